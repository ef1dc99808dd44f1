"""The one loop: what it records, performs and hears, with a compute of threads in place of processes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from pipelines import training, tutorial
from world import RUN, Behaviour, World, artifact

from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.driver import Driver, Means
from hyperstep.engine.events import (
    ArtifactStored,
    DriverStarted,
    Event,
    JobEnded,
    JobEvent,
    JobRequested,
    ModelRegistered,
    ModelRequested,
    Recorded,
    Result,
    ReuseAnswered,
    RunCancelRequested,
    RunSubmitted,
    StepEnded,
    StepReady,
    TrialAnswered,
    TrialSuggested,
)
from hyperstep.engine.interfaces import Report
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.pipeline.environment import Environment


class MemoryLog:
    """A log that other threads may append to."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self.lock = threading.Lock()
        self.foreign = False

    def append(self, run: str, events: Sequence[Event]) -> Sequence[Recorded]:
        with self.lock:
            new = [
                Recorded(number=len(self.recorded) + 1 + i, run=run, at=0.0, elapsed=0.0, event=event)
                for i, event in enumerate(events)
            ]
            self.recorded += new
            return new

    def read(self, *, after: int = 0, run: str | None = None) -> Iterator[Recorded]:
        return iter([one for one in self.recorded[after:] if run in (None, one.run)])

    def tail_changed(self) -> bool:
        changed, self.foreign = self.foreign, False
        return changed

    def by_another(self, event: Event) -> None:
        self.append(RUN, [event])
        self.foreign = True

    def of(self, kind: type) -> list[Event]:
        return [one.event for one in self.recorded if isinstance(one.event, kind)]


class MemoryRegistry:
    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.granted: dict[str, int] = {}

    def register(self, run: str, wish: ModelRequested) -> Sequence[Recorded]:
        if wish.request in self.granted:
            return []
        self.granted[wish.request] = len(self.granted) + 1
        event = ModelRegistered(request=wish.request, name=wish.name, version=self.granted[wish.request])
        return self.log.append(run, [event])

    def find_equal(self, ready: StepReady) -> ReuseAnswered:
        return ReuseAnswered(step=ready.step)

    def find_trial(self, suggested: TrialSuggested) -> TrialAnswered:
        return TrialAnswered(step=suggested.step, number=suggested.number)


class MemoryArtifacts:
    """Notes what the log, if there is one, says to be handed on before it is safe."""

    def __init__(self, log: MemoryLog | None = None) -> None:
        self.synced: list[Artifact] = []
        self.too_late: set[Artifact] = set()
        self._log = log

    def put(self, path: Path) -> tuple[Artifact, tuple[Member, ...]]:
        raise AssertionError("the engine itself stores no files")

    def put_bytes(self, content: bytes) -> Artifact:
        return artifact(content.decode())

    def sync(self, artifacts: Iterable[Artifact]) -> None:
        new = list(artifacts)
        if self._log is not None:
            said = {artifact for event in self._log.of(StepEnded) for artifact in event.outputs.values()}
            self.too_late |= said - set(self.synced)
        self.synced += new

    def checkout(self, artifact: Artifact, to: Path) -> None:
        raise AssertionError("the engine itself takes no files out")


class StillClock:
    def now(self) -> float:
        return 0.0

    def elapsed(self) -> float:
        return 0.0


class ThreadCompute:
    """Runs behaviours by turns in one thread. `hold` keeps every job from ending until it is set."""

    def __init__(self, behaviour: Behaviour, *, held: bool = False) -> None:
        self.world = World(behaviour)
        self.reports: dict[str, Report] = {}
        self.go = threading.Event()
        self.wake = threading.Event()
        self.lock = threading.Lock()
        self.closed = False
        self.answers: list[tuple[str, int, int]] = []
        self.interrupts: list[float] = []
        if not held:
            self.go.set()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def start(self, job: Job, report: Report) -> None:
        with self.lock:
            self.reports[job.id] = report
            report(self._job_events(self.world.perform(JobRequested(job=job))))
        self.wake.set()

    def prepare(self, environment: Environment, scripts: Sequence[tuple[Path, str]]) -> None:
        pass

    def adopt(self, job: Job, heard: int, report: Report) -> None:
        with self.lock:
            self.reports[job.id] = report
            report(self._job_events(self.world.adopt(job, heard, lost=True)))

    def stop(self, job: str, *, grace: float) -> None:
        with self.lock:
            if job in self.world.running:
                self.world.running[job].stopping = True

    def interrupt(self, *, grace: float) -> None:
        with self.lock:
            self.interrupts.append(grace)
            for job in list(self.world.running):
                del self.world.running[job]
                self.reports[job]([JobEnded(job=job, outcome=Outcome(ending=Ending.INTERRUPTED))])

    def answer(self, job: str, message: int, version: int) -> None:
        self.answers.append((job, message, version))

    def check(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True
        self.go.set()
        self.wake.set()
        self.thread.join()

    def _work(self) -> None:
        while not self.closed:
            self.wake.wait()
            self.go.wait()
            with self.lock:
                if not self.world.running:
                    self.wake.clear()
                    continue
                events = self._job_events(self.world.turn())
                self.reports[events[0].job](events)

    @staticmethod
    def _job_events(events: Sequence[Event]) -> Sequence[JobEvent]:
        return [event for event in events if hasattr(event, "job")]


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    sources = {".": Artifact(digest="0" * 64, size=1, kind="tree")}
    log.append(RUN, [RunSubmitted(pipeline=tutorial(trials=6, table=True), sources=sources)])
    return log


def driver(log: MemoryLog, compute: ThreadCompute, on_event=None, artifacts=None) -> Driver:
    means = Means(
        log=log,
        registry=MemoryRegistry(log),
        artifacts=artifacts or MemoryArtifacts(),
        compute=compute,
        clock=StillClock(),
        boot="a",
    )
    return Driver(RUN, means, on_event)


def test_a_run_is_driven_to_its_end_and_every_event_is_told(log):
    compute = ThreadCompute(training)
    told: list[Recorded] = []
    ended = driver(log, compute, told.append).drive()
    compute.close()

    assert ended.result is Result.COMPLETED
    assert [one.event for one in told] == [one.event for one in log.recorded[1:]]
    assert len(log.of(TrialSuggested)) == 6
    assert log.of(ModelRegistered)[0].version == 1


def test_an_end_that_is_reported_again_is_counted_once(log):
    class Stammering(ThreadCompute):
        @staticmethod
        def _job_events(events: Sequence[Event]) -> Sequence[JobEvent]:
            found = list(ThreadCompute._job_events(events))
            return [*found, *(event for event in found if isinstance(event, JobEnded))]

    compute = Stammering(training)
    ended = driver(log, compute).drive()
    compute.close()

    assert ended.result is Result.COMPLETED
    jobs = [event.job for event in log.of(JobEnded)]
    assert len(jobs) == len(set(jobs))


def test_a_cancel_that_another_process_appends_ends_the_run(log):
    compute = ThreadCompute(training, held=True)
    log.by_another(RunCancelRequested(by="somebody"))
    threading.Timer(0.0, compute.go.set).start()
    ended = driver(log, compute).drive()
    compute.close()

    assert ended.result is Result.CANCELLED


def test_an_interrupted_run_stops_its_jobs_and_goes_on_when_it_is_driven_again(log):
    compute = ThreadCompute(training)
    first = driver(log, compute)

    def interrupt_in_the_search(recorded: Recorded) -> None:
        if isinstance(recorded.event, TrialSuggested) and recorded.event.number == 3:
            first.interrupt(1)

    first._on_event = interrupt_in_the_search
    assert first.drive() is None
    compute.close()
    values = {e.number: e.values for e in log.of(TrialSuggested)}
    assert first.state.jobs == {}

    compute = ThreadCompute(training)
    ended = driver(log, compute).drive()
    compute.close()

    assert ended.result is Result.COMPLETED
    assert len(log.of(DriverStarted)) == 2
    assert {e.number: e.values for e in log.of(TrialSuggested)}.items() >= values.items()
    assert len(log.of(TrialSuggested)) == 6


def test_a_run_that_has_ended_is_not_driven_again(log):
    compute = ThreadCompute(training)
    driver(log, compute).drive()
    recorded = len(log.recorded)
    again = driver(log, compute)
    ended = again.drive()
    compute.close()

    assert ended.result is Result.COMPLETED
    assert len(log.recorded) == recorded


def test_what_steps_hand_on_is_safe_on_the_disk_and_what_other_trials_made_is_not_waited_for(log):
    compute, artifacts = ThreadCompute(training), MemoryArtifacts(log)
    driver(log, compute, artifacts=artifacts).drive()
    compute.close()

    handed_on = {a.digest for e in log.of(StepEnded) for a in e.outputs.values()}
    made = {e.artifact.digest for e in log.of(ArtifactStored)}
    assert {artifact.digest for artifact in artifacts.synced} == handed_on
    assert not artifacts.too_late
    assert made - handed_on
