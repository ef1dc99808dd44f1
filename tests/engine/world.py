"""A world without processes or clocks, in which the pure engine can be run, cut and resumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hyperstep.document import digest
from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.decide import decide, next_deadline
from hyperstep.engine.events import (
    ArtifactStored,
    DriverStarted,
    Event,
    JobEnded,
    JobRequested,
    JobStarted,
    JobStopRequested,
    MetricsLogged,
    ModelRegistered,
    ModelRequested,
    Point,
    Recorded,
    ReuseAnswered,
    RunSubmitted,
    StepReady,
    TrialAnswered,
    TrialSuggested,
    TrialTableRequested,
    TrialTableStored,
)
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.engine.recovery import unanswered
from hyperstep.engine.state import RunState
from hyperstep.pipeline.pipeline import Pipeline

RUN = "1"
OK = Outcome(ending=Ending.EXITED, code=0)


@dataclass
class Script:
    """What a job would do: log these points one by one, make these files, end like this."""

    points: Sequence[Point] = ()
    files: Sequence[str] = ("model",)
    outcome: Outcome = OK


Behaviour = Callable[[Job], Script]


def artifact(text: str) -> Artifact:
    return Artifact(digest=digest(text), size=len(text))


@dataclass
class RunningJob:
    job: Job
    script: Script
    said: int = 0
    stopping: bool = False


@dataclass
class World:
    """Runs scripts by turns, one report a turn; what was registered and earlier results outlive a driver."""

    behaviour: Behaviour
    running: dict[str, RunningJob] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    granted: dict[str, ModelRegistered] = field(default_factory=dict)
    earlier: dict[str, ReuseAnswered] = field(default_factory=dict)
    trials: dict[str, TrialAnswered] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)

    def perform(self, event: Event) -> list[Event]:
        match event:
            case JobRequested(job=job):
                self.running[job.id] = RunningJob(job, self.behaviour(job))
                self.starts.append(job.id)
                return [JobStarted(job=job.id, pid=1)]
            case JobStopRequested(job=job_id) if job_id in self.running:
                self.running[job_id].stopping = True
            case StepReady(reusable=True, step=step, fingerprint=fingerprint):
                found = self.earlier.get(fingerprint)
                return [
                    ReuseAnswered(step=step, reused=found.reused, outputs=found.outputs, best=found.best)
                    if found
                    else ReuseAnswered(step=step)
                ]
            case TrialSuggested(step=step, number=number, key=key) if key:
                found = self.trials.get(key)
                return [replace(found, step=step, number=number) if found else TrialAnswered(step=step, number=number)]
            case TrialTableRequested(step=step, ids=ids):
                return [TrialTableStored(step=step, artifact=artifact(f"table of {ids}"), ids=ids)]
            case ModelRequested(request=request, name=name):
                if request not in self.granted:
                    self.versions[name] = self.versions.get(name, 0) + 1
                    self.granted[request] = ModelRegistered(request=request, name=name, version=self.versions[name])
                return [self.granted[request]]
            case _:
                pass
        return []

    def turn(self) -> list[Event]:
        """The next report of the job that waited longest."""
        job_id = next(iter(self.running))
        running = self.running.pop(job_id)
        if running.stopping:
            return [JobEnded(job=job_id, outcome=Outcome(ending=Ending.STOPPED))]
        if running.said < len(running.script.points):
            point = running.script.points[running.said]
            running.said += 1
            self.running[job_id] = running
            return [MetricsLogged(job=job_id, points=(point,), through=running.said)]
        return [*self._made(running), JobEnded(job=job_id, outcome=running.script.outcome)]

    def adopt(self, job: Job, heard: int, *, lost: bool) -> list[Event]:
        self.running.pop(job.id, None)
        if lost:
            return [JobEnded(job=job.id, outcome=Outcome(ending=Ending.LOST))]
        self.running[job.id] = RunningJob(job, self.behaviour(job), said=heard)
        return []

    def _made(self, running: RunningJob) -> list[Event]:
        job = running.job
        made: list[Event] = [
            ArtifactStored(job=job.id, name=name, artifact=artifact(f"{job.script} {name} {job.arguments[2:]}"))
            for name in job.outputs
        ]
        if running.script.files:
            members = tuple(
                Member(path=path, size=1, digest=digest(f"{path} {job.arguments}")) for path in running.script.files
            )
            tree = Artifact(digest=digest([m.digest for m in members]), size=len(members), kind="tree")
            made.append(ArtifactStored(job=job.id, name="outputs", artifact=tree, members=members))
        return made


class Log:
    """An append-only log in memory, each event one second after the one before."""

    def __init__(self, recorded: Sequence[Recorded] = ()) -> None:
        self.recorded = list(recorded)

    @property
    def now(self) -> float:
        return float(len(self.recorded))

    def append(self, event: Event) -> Recorded:
        number = len(self.recorded) + 1
        one = Recorded(number=number, run=RUN, at=float(number), elapsed=float(number), event=event)
        self.recorded.append(one)
        return one

    @property
    def events(self) -> list[Event]:
        return [one.event for one in self.recorded]

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def run(
    log: Log,
    world: World,
    *,
    most: int = 100_000,
    cancel_at: int | None = None,
    asked: Mapping[int, Event] | None = None,
) -> RunState:
    """Drive to the end, as the driver does: fold, decide until nothing is wished, else listen.

    asked: what somebody else appends, by the number of events at which they do.
    """
    from hyperstep.engine.events import RunCancelRequested

    due = dict(asked or {}) | ({cancel_at: RunCancelRequested()} if cancel_at is not None else {})
    state = RunState(RUN, log.recorded)
    inbox: list[Event] = []
    for question in unanswered(state):
        inbox += world.perform(question)
    while state.ended is None:
        assert len(log.recorded) < most, "the run doesn't come to an end"
        for moment in [moment for moment in due if len(log.recorded) >= moment]:
            state.apply(log.append(due.pop(moment)))
        wishes = decide(state, log.now)
        for event in wishes:
            state.apply(log.append(event))
        for event in wishes:
            inbox += world.perform(event)
        if not wishes:
            if not inbox:
                assert world.running or next_deadline(state) is not None, "nothing runs and nothing is wished"
                inbox += world.turn()
            state.apply(log.append(inbox.pop(0)))
    return state


def start(pipeline: Pipeline, behaviour: Behaviour, **submitted: object) -> tuple[Log, World]:
    log = Log()
    sources = {".": Artifact(digest="0" * 64, size=1, kind="tree")}
    event = RunSubmitted(pipeline=pipeline, sources=sources, parameters=pipeline.parameters, **submitted)
    log.append(event)
    log.append(DriverStarted(pid=1, boot="a"))
    return log, World(behaviour)


def resume(recorded: Sequence[Recorded], before: World, *, lost: bool, boot: str = "a") -> tuple[Log, World]:
    """A new driver over a cut log: what was requested and hasn't ended still runs, or was lost with the machine."""
    log = Log(recorded)
    granted = {e.request: e for e in log.of(ModelRegistered)}
    world = World(
        before.behaviour,
        versions={e.name: e.version for e in granted.values()},
        granted=granted,
        earlier=before.earlier,
        trials=before.trials,
    )
    state = RunState(RUN, log.recorded)
    log.append(DriverStarted(pid=2, boot=boot))
    for living in list(state.jobs.values()):
        for event in world.adopt(living.request.job, living.heard, lost=lost):
            log.append(event)
    return log, world
