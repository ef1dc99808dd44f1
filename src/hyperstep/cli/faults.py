"""Faults of the storage in one line: what happened, at which file, and what to do."""

from __future__ import annotations

import errno
import sqlite3

ADVICE = {
    errno.ENOSPC: "Free space.",
    errno.EDQUOT: "Free space of your quota.",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f).",
    errno.EACCES: "Look at who may read and write there, or name another folder with --workspace.",
    errno.EPERM: "Look at who may read and write there, or name another folder with --workspace.",
    errno.EROFS: "Make it writable, or name another folder with --workspace.",
    errno.ENOTDIR: "There is a file where a folder was expected: move it away.",
    errno.EEXIST: "There is something where a folder was expected: move it away.",
    errno.EBADMSG: "Move it away and run again, or take it from a backup.",
}


def storage_faults() -> tuple[type[Exception], ...]:
    """What a full, damaged or forbidden file raises."""
    return OSError, sqlite3.DatabaseError


def told(error: BaseException) -> str:
    """The line; a note that was added to the error stands at its end.

    Raises the error again if it is no fault of the storage but one of our own.
    """
    if isinstance(error, (sqlite3.ProgrammingError, sqlite3.IntegrityError)):
        raise error
    if isinstance(error, OSError):
        place = repr(error.filename) if error.filename is not None else "A file or the output"
        what, advice = f"{place}: {error.strerror or error}.", ADVICE.get(error.errno or 0, "")
    else:
        what, advice = f"The workspace's hyperstep.db can't be read: {error}.", ADVICE[errno.EBADMSG]
    return " ".join(filter(None, (what, advice, *getattr(error, "__notes__", ()))))
