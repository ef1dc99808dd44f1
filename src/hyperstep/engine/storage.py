"""Storage: while the disk is full or fails nothing is lost, nothing new begins, and it ends by itself.

What has to be written is written again until it succeeds. From the first
failure to the moment when the reserve can be laid again the storage is out;
the log has both, as StorageFailed and StorageBack.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What the operating system says of a storage that may be back in a moment."""

PAUSE = 0.5  # seconds between two tries

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageFailed:
    """The disk is full or fails: nothing new begins until StorageBack; recorded as soon as that can be.

    detail: the file and what the operating system said.
    """

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageBack:
    """The disk can be written again; seconds: for how long it couldn't."""

    seconds: float


Told = Callable[[StorageFailed | StorageBack], None]


class Reserve(Protocol):
    """Room on the disk that is kept for what must be written though it is full."""

    def give(self) -> None:
        """Let it go, so that others can write."""

    def take(self) -> None:
        """Have it again. Raises OSError if there is no room."""


class _NoReserve:
    """For tests, and for storage that isn't a disk."""

    def give(self) -> None:
        """Nothing is held."""

    def take(self) -> None:
        """Nothing is needed."""


class Storage:
    """What the threads of a driver know of its disk. Thread-safe."""

    def __init__(self, reserve: Reserve | None = None) -> None:
        self._listeners: list[Told] = []
        self._reserve: Reserve = reserve or _NoReserve()
        self._lock = threading.Lock()
        self._fault: OSError | None = None
        self._since = 0.0
        self._back = 0.0
        self._hurried = threading.Condition()
        try:
            self._reserve.take()
        except OSError as fault:
            if fault.errno in FAULTS:
                self._fail(fault)  # without a reserve for another reason: a file may not be that large here

    def tell(self, told: Told) -> None:
        """Have `told` called when the storage fails and when it is back, in whichever thread notices it."""
        self._listeners.append(told)
        if self._fault is not None:
            told(_failed(self._fault))

    @property
    def fault(self) -> OSError | None:
        """What was last met, while it is out."""
        return self._fault

    def out_since(self, moment: float) -> bool:
        """True if it is out now or was at any time after a moment, in monotonic seconds."""
        with self._lock:
            return self._fault is not None or self._back > moment

    def notice(self, fault: OSError) -> None:
        """Somebody else has met a fault of it."""
        self._fail(fault)

    def keep(self, work: Callable[[], T], *, give_up: Callable[[], bool]) -> T:
        """Do something that writes, again and again while the storage is out; `work` begins anew each time.

        Raises what the storage last said once `give_up` is true, and any other error at once.
        """
        while True:
            try:
                return work()
            except OSError as fault:
                if fault.errno not in FAULTS:
                    raise
                self._fail(fault)
                if give_up():
                    raise
            self._pause()

    def wait(self, *, give_up: Callable[[], bool]) -> None:
        """Return when the storage isn't out, or once `give_up` is true: for what needn't begin now."""
        while self._fault is not None and not give_up():
            self._pause()

    def look(self) -> None:
        """If the storage is out, see whether it is back."""
        with self._lock:
            if self._fault is None:
                return
            try:
                self._reserve.take()
            except OSError as fault:
                if fault.errno in FAULTS:
                    self._fault = fault
                    return
            self._fault, self._back = None, time.monotonic()
        self._told(StorageBack(seconds=round(self._back - self._since, 3)))

    def hurry(self) -> None:
        """Have all who wait look now: their reason to give up may have come."""
        with self._hurried:
            self._hurried.notify_all()

    def _pause(self) -> None:
        with self._hurried:
            self._hurried.wait(PAUSE)
        self.look()

    def _fail(self, fault: OSError) -> None:
        with self._lock:
            self._reserve.give()
            known, self._fault = self._fault is not None, fault
            if known:
                return
            self._since = time.monotonic()
        self._told(_failed(fault))

    def _told(self, event: StorageFailed | StorageBack) -> None:
        for told in self._listeners:
            told(event)


def _failed(fault: OSError) -> StorageFailed:
    place = f"{fault.filename}: " if fault.filename else ""
    return StorageFailed(detail=f"{place}{fault.strerror or fault}")
