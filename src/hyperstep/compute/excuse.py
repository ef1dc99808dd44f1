"""Excuse: a script that failed while the disk was full may not be to blame; it runs again when there is room."""

from __future__ import annotations

import errno
import os

from hyperstep.compute.live import Live
from hyperstep.engine.job import Ending, Outcome
from hyperstep.engine.storage import Storage

_LITTLE = 1 << 20  # bytes; with less left, a script that writes anything fails


def excused(outcome: Outcome, live: Live, storage: Storage) -> Outcome:
    """How a job ended; LOST in place of a failure that came while there was no room on its disk."""
    if outcome.ending is not Ending.EXITED or outcome.succeeded:
        return outcome
    if _is_full(live.folder):
        storage.notice(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), live.folder))
    if not storage.out_since(live.since):
        return outcome
    return Outcome(
        ending=Ending.LOST, detail=f"it {outcome.sentence()} while the storage was full", seconds=outcome.seconds
    )


def _is_full(folder: str) -> bool:
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < _LITTLE
