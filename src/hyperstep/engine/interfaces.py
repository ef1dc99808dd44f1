"""The seams of the engine: what it asks of a compute, a log, an artifact store, a registry and a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from hyperstep.engine.artifact import Artifact, Collected, Member
from hyperstep.engine.events import (
    Event,
    JobEvent,
    ModelRequested,
    Recorded,
    ReuseAnswered,
    StepReady,
    TrialAnswered,
    TrialSuggested,
)
from hyperstep.engine.ids import JobId, RunId
from hyperstep.engine.job import Job
from hyperstep.pipeline.environment import Environment

Report = Callable[[Sequence[JobEvent]], None]
"""Takes events of one job that must be recorded together, in order. Thread-safe."""


class Compute(Protocol):
    """Where jobs run. Every job that was started or adopted reports exactly one JobEnded, whatever happens.

    A job that there is no room for waits inside, in order: the engine counts no slots.
    """

    def start(self, job: Job, report: Report) -> None:
        """Begin a job, now or when there is room. What goes wrong is reported as JobEnded, never raised."""

    def prepare(self, environment: Environment, scripts: Sequence[tuple[Path, str]]) -> None:
        """Get ready for jobs that will run these scripts, each a source folder and a path below it. Returns at once."""

    def adopt(self, job: Job, heard: int, report: Report) -> None:
        """Take up a job that an earlier driver requested and whose end isn't recorded.

        heard: number of the job's last message that is recorded. Reports what it said since, and its end: the real
        one if it ended or ends, INTERRUPTED if it never began, LOST if no trace of it is left to run.
        """

    def stop(self, job: JobId, *, grace: float) -> None:
        """Ask a job and all it started to end, and kill what is left after `grace` seconds."""

    def interrupt(self, *, grace: float) -> None:
        """Stop every job, as INTERRUPTED; those that waited for room included."""

    def answer(self, job: JobId, message: int, version: int) -> None:
        """Tell a script that waits on its message which version its model has."""

    def check(self) -> None:
        """Raise what went wrong in a thread of its own, if anything did: a fault of ours ends the driver, loudly."""

    def close(self) -> None:
        """Let go of everything; jobs that still run go on and can be adopted."""


class EventLog(Protocol):
    """An append-only log of events, numbered from 1 without gaps."""

    def append(self, run: RunId, events: Sequence[Event]) -> Sequence[Recorded]:
        """Record events in one transaction: all of them or, if it raises, none."""

    def read(self, *, after: int = 0, run: RunId | None = None) -> Iterator[Recorded]:
        """The events with a number above `after`, in order; of one run, or of all."""

    def tail_changed(self) -> bool:
        """True if another process may have appended since the last call. Cheap: asked while idle."""


class ArtifactStore(Protocol):
    """Files and folders by content; put twice, stored once."""

    def put(self, path: Path) -> tuple[Artifact, tuple[Member, ...]]:
        """Store a file or a folder; members are a folder's files, sorted by path, or empty for a file."""

    def put_bytes(self, content: bytes) -> Artifact:
        """Store bytes as a file."""

    def collect(self, folder: Path, path: str) -> Collected:
        """Store what a job made at a path below its folder, which may hold anything, and tell what is left out of it.

        Nothing outside of the folder is read, whatever is changed in it meanwhile.
        """

    def sync(self, artifacts: Iterable[Artifact]) -> None:
        """Have what is stored survive a loss of power too, from now on."""

    def checkout(self, artifact: Artifact, to: Path) -> None:
        """Write a file or folder (or the part that `artifact.member` names) at `to`, which doesn't exist yet."""


class Registry(Protocol):
    """Models by name and version; and what earlier steps can be taken again."""

    def register(self, run: RunId, wish: ModelRequested) -> Sequence[Recorded]:
        """Grant a wish in one transaction: pick the version, record ModelRegistered. Granted before: nothing new.

        Returns the events that it recorded.
        """

    def find_equal(self, ready: StepReady) -> ReuseAnswered:
        """The newest completed step with the same fingerprint whose artifacts are all still stored, or none."""

    def find_trial(self, suggested: TrialSuggested) -> TrialAnswered:
        """The newest trial with the same key whose artifacts are all still stored, or none.

        One that completed, or that an equal policy stopped.
        """


class Clock(Protocol):
    """Time, read in one place so that tests can move it."""

    def now(self) -> float:
        """Seconds since the epoch: a label, nothing else."""

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps and goes on from driver to driver until the machine boots."""
