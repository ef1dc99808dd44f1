"""Live: a job between its start, or its adoption, and its end, as the driver's process knows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hyperstep.compute.link import Link
from hyperstep.compute.wire import Numbered, Wire, events, is_heavy
from hyperstep.engine.events import JobEvent
from hyperstep.engine.interfaces import ArtifactStore, Report
from hyperstep.engine.job import Ending, Job

Keep = Callable[[Callable[[], list[JobEvent]]], list[JobEvent]]


@dataclass(slots=True)
class Live:
    """A job, and what was asked of it.

    link: the supervisor that has it, once one has. wish: the ending that was asked for, and its grace in seconds.
    speaking: held while what the script said is read and reported, so that it is in order. ended: True once it is known
    how the job ended. over: True once that is reported; nothing is read after it. since: when we took it up, monotonic.
    """

    job: Job
    report: Report
    folder: str
    wire: Wire
    link: Link | None = None
    wish: tuple[Ending, float] | None = None
    speaking: threading.Lock = field(default_factory=threading.Lock)
    ended: bool = False
    over: bool = False
    since: float = field(default_factory=time.monotonic)

    def glance(self, artifacts: ArtifactStore) -> bool:
        """Report what the script has said; False if there is something that takes long, which is left."""
        if not self.speaking.acquire(blocking=False):
            return True  # who is at it looks again
        try:
            while batch := self._batch():
                if any(is_heavy(message) for _, message in batch):
                    return False
                self._report(artifacts)
        finally:
            self.speaking.release()
        return True

    def listen(self, artifacts: ArtifactStore) -> None:
        """Report what the script has said, and store what it has handed over."""
        with self.speaking:
            while self._batch():
                self._report(artifacts)

    def rest(self, artifacts: ArtifactStore, keep: Keep) -> list[JobEvent]:
        """What the script has said and nobody has reported. keep: does what stores, until it succeeds."""
        found: list[JobEvent] = []
        with self.speaking:
            while self._batch():
                found += keep(lambda: list(events(self.job.id, self.folder, self.wire.batch(), artifacts)))
                self.wire.done()
        return found

    def close(self) -> None:
        """Read nothing any more; whoever reads now is waited for."""
        with self.speaking:
            self.over = True
            self.wire.close()

    def _batch(self) -> list[Numbered]:
        return [] if self.over else self.wire.batch()

    def _report(self, artifacts: ArtifactStore) -> None:
        found = list(events(self.job.id, self.folder, self.wire.batch(), artifacts))
        self.wire.done()
        if found:
            self.report(found)
