"""Driver: the one loop that advances a run.

Record, perform, listen: what jobs report and what `decide` wishes is folded
and appended to the log in one transaction; then the few events that ask for
something are performed; then it waits for the next report. One thread runs
it. Nothing it knows is lost with it: the next driver folds the same log.
"""

from __future__ import annotations

import json
import os
import queue
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.decide import decide, next_deadline
from hyperstep.engine.events import (
    AskedByOthers,
    DriverStarted,
    Event,
    JobEnded,
    JobRequested,
    JobStopRequested,
    ModelRequested,
    Recorded,
    RunEnded,
    StepEnded,
    StepReady,
    TrialAnswered,
    TrialSuggested,
    TrialTableRequested,
    TrialTableStored,
)
from hyperstep.engine.ids import JobId, RunId
from hyperstep.engine.interfaces import ArtifactStore, Clock, Compute, EventLog, Registry
from hyperstep.engine.lineage import traced
from hyperstep.engine.recovery import unanswered
from hyperstep.engine.state import RunState
from hyperstep.engine.storage import Storage
from hyperstep.engine.trial_table import trial_table

POLL = 0.1  # seconds between looks at the log for what other processes asked
GRACE = 10.0  # seconds that a job has to end by itself

OnEvent = Callable[[Recorded], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a driver works with. storage: the disk, shared with the compute."""

    log: EventLog
    registry: Registry
    artifacts: ArtifactStore
    compute: Compute
    clock: Clock
    boot: str = ""
    storage: Storage = field(default_factory=Storage)


class Driver:
    """Advances one run to its end, or until it is interrupted."""

    def __init__(self, run: RunId, means: Means, on_event: OnEvent | None = None) -> None:
        self.run = run
        self.state = RunState(run)
        self._means = means
        self._on_event = on_event
        self._inbox: queue.SimpleQueue[Sequence[Event]] = queue.SimpleQueue()
        self._scanned = 0
        self._interrupts = 0
        self._heard_interrupts = 0
        means.storage.tell(lambda event: self._inbox.put([event]))

    def interrupt(self, times: int) -> None:
        """Ask the loop to stop its jobs and return; to kill them if that was asked `times` > 1, this one included.

        Safe in a signal handler or thread.
        """
        self._interrupts = max(self._interrupts, times)
        self._inbox.put(())
        self._means.storage.hurry()

    def drive(self) -> RunEnded | None:
        """Run the loop; returns the run's end, or None if it was interrupted before.

        Raises OSError if it is interrupted while the storage is full or fails; what runs goes on and can be adopted.
        """
        self._take_up()
        self._advance(())
        while self.state.ended is None and not (self._interrupts and not self.state.jobs):
            self._advance(self._take())
            if self._interrupts and self._means.storage.fault is not None:
                raise self._means.storage.fault
            if self._interrupts > self._heard_interrupts:
                self._heard_interrupts = self._interrupts
                self._means.compute.interrupt(grace=GRACE if self._interrupts == 1 else 0.0)
        return self.state.ended

    def _take_up(self) -> None:
        """Fold what is recorded, do again what wasn't seen done, and adopt the jobs that may still run."""
        for recorded in self._means.log.read(run=self.run):
            self._scanned = recorded.number
            self.state.apply(recorded)
        if self.state.ended is not None:
            return
        questions = unanswered(self.state)
        living = list(self.state.jobs.values())
        self._record([DriverStarted(pid=os.getpid(), host=socket.gethostname(), boot=self._means.boot)])
        for job, answers in self.state.waiting.items():
            for message, granted in answers:
                self._answer(job, message, granted.version)
        for one in living:
            self._means.compute.adopt(one.request.job, one.heard, self._inbox.put)
            if one.stop is not None:
                self._means.compute.stop(one.request.job.id, grace=one.request.job.grace)
        self._inbox.put(self._answers(questions))
        for question in questions:
            self._perform(question)

    def _take(self) -> list[Event]:
        """Wait for reports, a deadline, or a look at the log; returns all that is there."""
        events: list[Event] = []
        try:
            events.extend(self._inbox.get(timeout=self._patience()))
            while True:
                events.extend(self._inbox.get_nowait())
        except queue.Empty:
            pass
        self._hear_others()
        self._means.compute.check()
        self._means.storage.look()
        return events

    def _patience(self) -> float:
        deadline = next_deadline(self.state)
        return POLL if deadline is None else min(POLL, max(0.0, deadline - self._means.clock.elapsed()))

    def _hear_others(self) -> None:
        """Fold the wishes that other processes have appended."""
        if not self._means.log.tail_changed():
            return
        for recorded in self._means.log.read(after=self._scanned, run=self.run):
            self._scanned = recorded.number
            if isinstance(recorded.event, AskedByOthers):
                self._fold([recorded])

    def _advance(self, reported: Sequence[Event]) -> None:
        """Fold reports, decide until nothing more is wished, record all of it at once, then perform it."""
        self._record(reported, decisions=not self._interrupts)

    def _counts(self, event: Event) -> bool:
        # A job's end is counted once: what a job says after its recorded end is kept in its folder, not here.
        return not isinstance(event, JobEnded) or event.job in self.state.jobs

    def _traced(self, event: Event) -> Event:
        return traced(self.state, event) if isinstance(event, ModelRequested) else event

    def _record(self, events: Iterable[Event], *, decisions: bool = False) -> None:
        clock = self._means.clock
        batch: list[Event] = []
        now, elapsed = clock.now(), clock.elapsed()
        for event in filter(self._counts, events):
            batch.append(self._traced(event))
            self.state.apply(Recorded(number=0, run=self.run, at=now, elapsed=elapsed, event=batch[-1]))
        while decisions:
            wishes = decide(self.state, elapsed)
            if not wishes:
                break
            for event in [*wishes, *self._answers(wishes)]:
                self.state.apply(Recorded(number=0, run=self.run, at=now, elapsed=elapsed, event=event))
                batch.append(event)
        if not batch:
            return
        self._told(self._kept(lambda: self._append(batch)))
        for event in batch:
            self._perform(event)

    def _append(self, batch: Sequence[Event]) -> Sequence[Recorded]:
        self._means.artifacts.sync(_handed_on(batch))
        return self._means.log.append(self.run, batch)

    def _kept(self, work: Callable[[], T]) -> T:
        """Do something that writes, again and again while the storage is out; until then all else waits."""
        return self._means.storage.keep(work, give_up=lambda: self._interrupts > 0)

    def _answer(self, job: JobId, message: int, version: int) -> None:
        self._kept(lambda: self._means.compute.answer(job, message, version))

    def _fold(self, recorded: Sequence[Recorded]) -> None:
        for one in recorded:
            self.state.apply(one)
        self._told(recorded)

    def _told(self, recorded: Sequence[Recorded]) -> None:
        if self._on_event is not None:
            for one in recorded:
                self._on_event(one)

    def _answers(self, questions: Iterable[Event]) -> list[Event]:
        """What is asked of earlier runs, answered at once: it changes nothing, so it needn't be recorded first."""
        registry = self._means.registry
        answers: list[Event] = []
        for question in questions:
            match question:
                case StepReady(reusable=True):
                    answers.append(registry.find_equal(question))
                case TrialSuggested(key=key) if key:
                    answers.append(registry.find_trial(question))
        return answers

    def _perform(self, event: Event) -> None:
        means = self._means
        match event:
            case JobRequested(job=job):
                means.compute.start(job, self._inbox.put)
            case JobStopRequested(job=job_id):
                living = self.state.jobs.get(job_id)
                if living is not None:
                    means.compute.stop(job_id, grace=living.request.job.grace)
            case TrialTableRequested(step=step, ids=ids):
                table = json.dumps(trial_table(means.log, step, ids), indent=1).encode()
                artifact = self._kept(lambda: means.artifacts.put_bytes(table))
                self._inbox.put([TrialTableStored(step=step, artifact=artifact, ids=ids)])
            case ModelRequested(job=job_id, through=message):
                self._fold(self._kept(lambda: means.registry.register(self.run, event)))
                for number, granted in self.state.waiting.get(job_id, ()):
                    if number == message:
                        self._answer(job_id, message, granted.version)
            case _:
                pass


def _handed_on(events: Iterable[Event]) -> list[Artifact]:
    """What is there already and is handed on: an earlier driver may have stored it without syncing it."""
    found: list[Artifact] = []
    for event in events:
        match event:
            case StepEnded(outputs=outputs) | TrialAnswered(outputs=outputs):
                found += outputs.values()
            case ModelRequested(artifact=artifact) | TrialTableStored(artifact=artifact):
                found.append(artifact)
    return found
