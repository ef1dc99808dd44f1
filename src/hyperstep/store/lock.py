"""WorkspaceLock: one driver per workspace.

The kernel holds the lock for as long as the driver lives, however it dies.
It doesn't cross an exec; a process that forks without one must not outlive
the driver.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from hyperstep.errors import WorkspaceBusy
from hyperstep.failpoints import step


class WorkspaceLock:
    """Holds a file's lock while the `with` block runs.

    Entering raises WorkspaceBusy if another process has it; or waits for it, if `wait`.
    """

    def __init__(self, path: Path, *, wait: bool = False) -> None:
        self._path = path
        self._how = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
        self._file = -1

    def __enter__(self) -> Self:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, self._how)
        except OSError as error:
            holder = os.pread(file, 4096, 0)
            os.close(file)
            if not isinstance(error, BlockingIOError):
                raise
            raise WorkspaceBusy(
                f"The workspace {str(self._path.parent)!r} is driven by {_words(holder)}. One process at a time drives "
                f"a workspace: wait until it is done, or end it; `hyperstep resume` then goes on from there."
            ) from error
        self._file = file
        os.ftruncate(file, 0)
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()})
        os.pwrite(file, text.encode(), 0)
        step("driver.locked")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)
        self._file = -1


def is_held(path: Path) -> bool:
    """True if a process holds the lock of this file, or if that can't be told since the file can't be read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    try:
        if not os.fstat(file).st_size:  # its last holder ended well; so a look rarely is in the way of a new one
            return False
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _words(holder: bytes) -> str:
    try:
        found = json.loads(holder)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found["since"]))
        return f"process {found['pid']} on {found['host']} since {since}"
    except (ValueError, KeyError, TypeError):  # it has just begun and not written it yet
        return "another process"
