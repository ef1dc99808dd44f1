"""A file that lies where a script may have put anything else: a link to another file, a pipe that has no end."""

from __future__ import annotations

import errno
import os
import stat

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_regular(path: str | os.PathLike[str]) -> int:
    """A descriptor to read a regular file from; it never waits.

    Raises FileNotFoundError if there is none at the path, whatever else is there.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            raise _none(path) from error
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise _none(path)


def _none(path: str | os.PathLike[str]) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "there is something else than a file", os.fspath(path))


def create(path: str, mode: int = 0o600) -> int:
    """A descriptor to write a new file by; raises FileExistsError if anything lies at the path, a link included."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
