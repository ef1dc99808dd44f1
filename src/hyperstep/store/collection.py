"""Collection: the files of a place in a job's folder, and what of it isn't stored, and why.

The job may have left anything there, and something of it may still run. So a
path is opened one name at a time; a link counts only if what it leads to lies
in the job's folder too, and then as the file that it leads to; nothing is
opened that isn't a file or a folder; and there is an end to files and bytes.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from hyperstep.engine.artifact import LeftOut
from hyperstep.store.tree import Found, forbidden, walk

MOST_FILES = 100_000
MOST_BYTES = 10**12
LONGEST_PATH = 2048
"""Bytes of a path below the place; with a folder in front it has to be one that the system takes (4,096 bytes)."""

_TOLD = 1000  # of what is left out; more is only counted by those who look at the disk
_DEEPEST_LINK = 64
_MOST_LINKS = 40  # that lead to each other, as the kernel counts
_ANY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHANGED = (errno.EINVAL, errno.ELOOP, errno.ENOENT, errno.ENOTDIR, errno.ENXIO)

_KINDS = {
    stat.S_IFLNK: "is a link",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}
_WAS_CHANGED = "was changed while it was stored"


class _Unfit(Exception):
    """Something isn't stored, and this is why."""


class Collection:
    """A place below a job's folder; a context manager. Not there at all: there are no files, and nothing is left out.

    left_out: grows while `files` is read; at most 1,000 of them, paths seen from the place, empty for itself.
    is_folder: True if the place is one, or a link to one.
    """

    def __init__(self, folder: Path, path: str) -> None:
        self.left_out: list[LeftOut] = []
        self.is_folder = False
        self._real = f"{folder.parent.resolve()}/{folder.name}"  # as a script sees it; not led on by a link itself
        self._path = path
        self._folder = self._place = -1
        self._files = 0
        self._bytes = 0
        self._room = 0

    def __enter__(self) -> Collection:
        try:
            self._folder = os.open(self._real, _ANY | os.O_DIRECTORY)
            disk = os.fstatvfs(self._folder)
            self._room = disk.f_bavail * disk.f_frsize
            self._place = self._open(self._path)
            self.is_folder = stat.S_ISDIR(os.fstat(self._place).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except PermissionError as error:
            self._skip("", forbidden(error))
        except _Unfit as unfit:
            self._skip("", str(unfit))
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def files(self) -> Iterator[tuple[str, int, int]]:
        """Each file's path below the place, a descriptor until the next is asked for, and how many bytes to read."""
        if self._place < 0:
            return
        if not self.is_folder:
            yield from self._offered("", os.dup(self._place))
            return
        for found in walk(self._place, skip=self._skip):
            try:
                descriptor = self._open_found(found)
            except PermissionError as error:
                self._skip(found.path, forbidden(error))
            except _Unfit as unfit:
                self._skip(found.path, str(unfit))
            else:
                yield from self._offered(found.path, descriptor)

    def _offered(self, path: str, descriptor: int) -> Iterator[tuple[str, int, int]]:
        try:
            status = os.fstat(descriptor)
            why = self._too_much(path, status)
            if why:
                self._skip(path, why)
                return
            self._files += 1
            self._bytes += status.st_size
            yield path, descriptor, status.st_size
        finally:
            os.close(descriptor)

    def _too_much(self, path: str, status: os.stat_result) -> str:
        if self._files >= MOST_FILES:
            return f"is one more than the {MOST_FILES:,} files that are stored"
        if self._bytes + status.st_size > MOST_BYTES:
            return f"is more than the {MOST_BYTES / 1e12:g} TB that are stored"
        if status.st_size - status.st_blocks * 512 > self._room:
            return f"is mostly holes, and without them larger than the disk has room for: {status.st_size:,} bytes"
        if len(os.fsencode(path)) > LONGEST_PATH:
            return f"has a path of more than {LONGEST_PATH:,} bytes"
        return ""

    def _open_found(self, found: Found) -> int:
        descriptor = found.open()
        if descriptor is not None:
            return descriptor
        try:
            mode = os.stat(found.name, dir_fd=found.parent, follow_symlinks=False).st_mode
            if not stat.S_ISLNK(mode):
                raise _Unfit(_kind(mode))
            descriptor = self._open(f"{self._path}/{found.path}")
        except (FileNotFoundError, NotADirectoryError):
            raise _Unfit("has vanished") from None
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise _Unfit("is a link to a folder")

    def _open(self, path: str) -> int:
        """A descriptor of a file or folder below the job's folder, whatever links lead there in between."""
        chain = [os.dup(self._folder)]
        rest = path.split("/")[::-1]
        links = 0
        try:
            while rest:
                name = rest.pop()
                if name == "..":
                    if len(chain) == 1:
                        raise _Unfit("is a link that leads out of the job's folder")
                    os.close(chain.pop())
                elif name not in ("", "."):
                    target = self._step(chain, name)
                    links += target is not None
                    if links > _MOST_LINKS:
                        raise _Unfit("is a link that leads nowhere")
                    rest += (target or "").split("/")[::-1]
            return chain.pop()
        except (FileNotFoundError, NotADirectoryError):
            if links:
                raise _Unfit("is a link that leads nowhere") from None
            raise
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise _Unfit("has a name that is too long") from None
            raise
        finally:
            for descriptor in chain:
                os.close(descriptor)

    def _step(self, chain: list[int], name: str) -> str | None:
        """Open one more name of a path; of a link it is the path to go on with."""
        mode = os.stat(name, dir_fd=chain[-1], follow_symlinks=False).st_mode
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise _Unfit(_kind(mode))
        if len(chain) > _DEEPEST_LINK:
            raise _Unfit(f"lies more than {_DEEPEST_LINK} folders deep")
        try:
            if stat.S_ISLNK(mode):
                return self._seen_from(chain, os.readlink(name, dir_fd=chain[-1]))
            descriptor = os.open(name, _ANY, dir_fd=chain[-1])
        except OSError as error:
            if error.errno in _CHANGED:
                raise _Unfit(_WAS_CHANGED) from error
            raise
        chain.append(descriptor)
        if stat.S_IFMT(os.fstat(descriptor).st_mode) != stat.S_IFMT(mode):
            raise _Unfit(_WAS_CHANGED)
        return None

    def _seen_from(self, chain: list[int], target: str) -> str:
        """A link's target as a path from the last of the chain, which is cut to the job's folder if it is absolute."""
        if not target.startswith("/"):
            return target
        if not f"{target}/".startswith(f"{self._real}/"):
            raise _Unfit("is a link that leads out of the job's folder")
        while len(chain) > 1:
            os.close(chain.pop())
        return target.removeprefix(self._real)

    def _skip(self, path: str, why: str) -> None:
        if len(self.left_out) < _TOLD:
            self.left_out.append(LeftOut(path=path, why=why))

    def _close(self) -> None:
        for descriptor in (self._folder, self._place):
            if descriptor >= 0:
                os.close(descriptor)


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), _WAS_CHANGED)  # a file or folder by now
