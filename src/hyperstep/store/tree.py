"""A folder's files, read without ever leaving the folder.

A folder may be hostile or change while it is read: a job wrote it, and may
still run. So nothing is opened through a symbolic link, at any depth, and
nothing that could block is opened at all. Names are text with undecodable
bytes as lone surrogates, as `os.fsdecode` makes them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hyperstep.errors import DefinitionError

DEEPEST = 256
"""Folders within folders; what is deeper was made by a fault or by malice."""

Keep = Callable[[str, bool], bool]
"""Takes a path below the folder, with `/`, and whether it is a folder itself; False leaves it out."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """Something that isn't a folder: its path below the root, and the open folder that it stands in."""

    path: str
    parent: int
    regular: bool

    def open(self) -> int | None:
        """A descriptor to read it from, or None if it is no regular file or has vanished."""
        if not self.regular:
            return None
        try:
            descriptor = os.open(self.path.rpartition("/")[2], _FILE, dir_fd=self.parent)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                return None
            raise
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        return None


def walk(root: int, keep: Keep = lambda _path, _is_folder: True) -> Iterator[Found]:
    """What lies below an open folder, folder by folder, names sorted.

    A `Found` can be opened until the next one is asked for. What vanishes meanwhile is left out.
    Raises DefinitionError if there is a folder deeper than DEEPEST.
    """
    pending = [""]
    while pending:
        below = pending.pop()
        parent = _open_folder(root, below)
        if parent is None:
            continue
        folders = []
        try:
            with os.scandir(parent) as entries:
                listed = sorted((entry.name, entry) for entry in entries)
            for name, entry in listed:
                path = f"{below}/{name}" if below else name
                is_folder = entry.is_dir(follow_symlinks=False)
                if not keep(path, is_folder):
                    continue
                if is_folder:
                    if path.count("/") >= DEEPEST:
                        raise DefinitionError(f"There are folders more than {DEEPEST} deep: {path[:60]!r}… goes on.")
                    folders.append(path)
                else:
                    yield Found(path, parent, entry.is_file(follow_symlinks=False))
        finally:
            os.close(parent)
        pending.extend(reversed(folders))


def _open_folder(root: int, below: str) -> int | None:
    """Open a folder by its path below `root`, one name at a time, so that no part of it can be a link."""
    folder = os.open(".", _FOLDER, dir_fd=root)
    for name in below.split("/") if below else ():
        try:
            inner = os.open(name, _FOLDER, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
                return None
            raise
        finally:
            os.close(folder)
        folder = inner
    return folder


def left_out(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Paths below a folder that storing it leaves out: symbolic links, pipes, sockets and devices."""
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return tuple(sorted(found.path for found in walk(root) if not found.regular))
    finally:
        os.close(root)
