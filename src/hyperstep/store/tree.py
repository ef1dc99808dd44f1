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


Skip = Callable[[str, str], None]
"""Is told the path of what can't be entered, and why."""


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
            descriptor = os.open(self.name, _FILE, dir_fd=self.parent)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                return None
            raise
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        return None

    @property
    def name(self) -> str:
        """Its name in the open folder."""
        return self.path.rpartition("/")[2]


def walk(root: int, keep: Keep = lambda _path, _is_folder: True, skip: Skip | None = None) -> Iterator[Found]:
    """What lies below an open folder, folder by folder, names sorted.

    A `Found` can be opened until the next one is asked for. What vanishes meanwhile is left out.
    skip: told of a folder that may not be read, or lies deeper than DEEPEST, and it is left out; if there is none,
    PermissionError or DefinitionError is raised.
    """
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            parent = _open_folder(root, below)
        except PermissionError as error:
            if skip is None:
                raise
            skip(below, forbidden(error))
            continue
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
                if not is_folder:
                    yield Found(path, parent, entry.is_file(follow_symlinks=False))
                elif path.count("/") < DEEPEST:
                    folders.append(path)
                elif skip is not None:
                    skip(path, f"lies more than {DEEPEST} folders deep")
                else:
                    raise DefinitionError(f"There are folders more than {DEEPEST} deep: {path[:60]!r}… goes on.")
        finally:
            os.close(parent)
        pending.extend(reversed(folders))


def forbidden(error: PermissionError) -> str:
    """Why something can't be read, in words."""
    return f"can't be read ({error.strerror})"


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
