"""SQLite's storage faults as the operating system's errors.

Whoever appends meets a full or failing disk as OSError, whether a file or the
database met it: ENOSPC, EIO, or EBUSY if another process wrote for too long.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ERRORS = {
    sqlite3.SQLITE_FULL: (errno.ENOSPC, "no space is left to write it"),
    sqlite3.SQLITE_IOERR: (errno.EIO, "reading or writing it met a fault of the storage"),
    sqlite3.SQLITE_BUSY: (errno.EBUSY, "another process has been writing it for over 5 seconds"),
    sqlite3.SQLITE_READONLY: (errno.EROFS, "it can only be read"),
    sqlite3.SQLITE_CANTOPEN: (errno.EACCES, "it can't be opened; look at who may read and write the folder"),
    sqlite3.SQLITE_NOTADB: (errno.EBADMSG, "it isn't a database"),
    sqlite3.SQLITE_CORRUPT: (errno.EBADMSG, "it is damaged"),
}


@contextmanager
def told_as_os_errors(path: Path) -> Iterator[None]:
    """Raise OSError for what the storage does; errors of our own SQL stay what they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        primary = error.sqlite_errorcode & 0xFF  # the rest says which part of the operation it was
        if primary not in _ERRORS:
            raise
        number, text = _ERRORS[primary]
        raise OSError(number, f"{text} (SQLite: {error})", str(path)) from error
