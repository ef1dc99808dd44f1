"""Events for the store's tests: of every kind, and in the order in which a run could make them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from hyperstep.engine import events as e
from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.events import Event, Point, Result
from hyperstep.engine.job import Ending, InputPath, Job, Outcome, OutputPath
from hyperstep.engine.storage import StorageBack, StorageFailed
from hyperstep.pipeline.data import Dataset, Output
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.search.distributions import choice, loguniform, uniform
from hyperstep.search.metric import maximize, minimize
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.trial import Trial, TrialStatus

PREP = Step(
    "prep.py",
    name="prep data",
    arguments=["--in", Dataset("data.csv"), "--size", Parameter("size", 0.5), "--out", Output("data")],
    source=Source("src", ignore=("*.log",)),
    environment=Environment(python="/venv", variables={"A": "1"}, start=Start.SPAWN, preload=("numpy",)),
)
TUNE = TuneStep(
    Step("train.py", arguments=["--data", PREP.output("data")]),
    name="tune",
    space={"--alpha": uniform(0.05, 1.0), "c": choice("a", 1, None, True), "lr": loguniform(-3, 0)},
    metric=maximize("r2"),
    policy=BanditPolicy(slack_factor=0.1, evaluation_interval=2),
    limits=Limits(trials=4),
)
REGISTER = RegisterStep("ridge", TUNE.best_file("outputs/model.pkl"), aliases=("production",), tags={"by": "me"})
REPORT = Step("report.py", arguments=["--trials", TUNE.trial_table()])
TUTORIAL = Pipeline("tutorial", [PREP, TUNE, REGISTER, REPORT])
SHORT = Pipeline("short", [TuneStep(Step("train.py"), name="tune", space={"a": choice(1, 2)}, metric=minimize("loss"))])

texts = st.text(st.characters(), max_size=8)  # lone surrogates included
floats = st.floats()
digests = st.sampled_from([f"{number:064x}" for number in range(4)])
artifacts = st.builds(Artifact, digest=digests, size=st.integers(0, 1 << 40), kind=st.sampled_from(["file", "tree"]))
keys = texts | st.text("$", min_size=1, max_size=3)
values = st.dictionaries(keys, st.one_of(texts, floats, st.integers(), st.booleans(), st.none()), max_size=3)
mappings = st.dictionaries(keys, texts, max_size=3)
outputs = st.dictionaries(keys, artifacts, max_size=2)
metric_names = st.one_of(st.sampled_from(["r2", "loss"]), texts)
points = st.builds(Point, metric_names, floats, st.none() | st.integers(-(2**63), 2**63 - 1), floats)
outcomes = st.builds(
    Outcome, ending=st.sampled_from(Ending), code=st.integers(0, 255), detail=texts, seconds=st.floats(0, 1e6)
)
members = st.builds(Member, path=texts, size=st.integers(0, 1 << 40), digest=digests)
trials = st.builds(Trial, number=st.integers(0, 9), values=values, scores=st.lists(floats, max_size=3).map(tuple))
prior = st.dictionaries(keys, st.lists(trials, max_size=2).map(tuple), max_size=2)
job_arguments = st.one_of(texts, st.builds(InputPath, name=texts), st.builds(OutputPath, name=texts))


def jobs(identity: st.SearchStrategy[str]) -> st.SearchStrategy[Job]:
    return st.builds(
        Job,
        id=identity,
        script=texts,
        arguments=st.lists(job_arguments, max_size=3).map(tuple),
        source=artifacts,
        inputs=outputs,
        outputs=st.lists(texts, max_size=2).map(tuple),
        environment=st.sampled_from([Environment(), PREP.environment]),
        variables=mappings,
        timeout=st.none() | st.floats(0.1, 1e5),
        grace=st.floats(0, 100),
    )


def events(run: str = "1") -> st.SearchStrategy[Event]:
    """Any event, of a run with a step `tune` of two trials with two attempts each, and a plain step `prep-data`."""
    return st.one_of(*kinds(run).values())


def kinds(run: str) -> dict[type[Event], st.SearchStrategy[Event]]:
    """How to draw an event of each kind."""
    step = st.sampled_from([f"{run}/tune", f"{run}/prep-data"])
    job = st.sampled_from([f"{run}/tune/{n}.{k}" for n in range(2) for k in range(2)] + [f"{run}/prep-data.0"])
    number = st.integers(0, 3)
    pipelines = st.sampled_from([TUTORIAL, SHORT])
    some_texts = st.lists(texts, max_size=2).map(tuple)
    trial = st.sampled_from(["", f"{run}/tune/0"])
    return {
        e.RunSubmitted: st.builds(
            e.RunSubmitted,
            pipeline=pipelines,
            parameters=values,
            sources=outputs,
            origin=texts,
            prior=prior,
            datasets=outputs,
            queued=st.booleans(),
            published=texts,
            request=texts,
        ),
        e.RunCancelRequested: st.builds(e.RunCancelRequested, by=texts),
        e.RunDeleted: st.builds(e.RunDeleted, by=texts),
        e.PipelinePublished: st.builds(
            e.PipelinePublished,
            name=texts,
            version=st.integers(1, 3),
            submission=st.builds(e.RunSubmitted, pipeline=pipelines, parameters=values),
            description=texts,
        ),
        e.TrialStopRequested: st.builds(e.TrialStopRequested, step=step, number=number, by=texts),
        e.SearchStopRequested: st.builds(e.SearchStopRequested, step=step, by=texts),
        e.DriverStarted: st.builds(e.DriverStarted, pid=number, host=texts, boot=texts),
        StorageFailed: st.builds(StorageFailed, detail=texts),
        StorageBack: st.builds(StorageBack, seconds=floats),
        e.ReuseAnswered: st.builds(e.ReuseAnswered, step=step, reused=step, outputs=outputs, best=st.none() | number),
        e.SearchExhausted: st.builds(e.SearchExhausted, step=step),
        e.TrialTableRequested: st.builds(e.TrialTableRequested, step=step),
        e.TrialTableStored: st.builds(e.TrialTableStored, step=step, artifact=artifacts),
        e.ModelRegistered: st.builds(e.ModelRegistered, request=texts, name=texts, version=number),
        e.ModelAliased: st.builds(e.ModelAliased, name=texts, alias=texts, version=number),
        e.RunEnded: st.builds(e.RunEnded, result=st.sampled_from(Result), reason=texts),
        e.StepReady: st.builds(e.StepReady, step=step, fingerprint=digests, parts=mappings),
        e.TrialSuggested: st.builds(e.TrialSuggested, step=step, number=number, values=values, key=digests),
        e.TrialAnswered: st.builds(e.TrialAnswered, step=step, number=number, found=trial, outputs=outputs),
        e.TrialEnded: st.builds(e.TrialEnded, step=step, number=number, score=st.none() | floats, reason=texts),
        e.JobRequested: st.builds(e.JobRequested, job=jobs(job)),
        e.JobStarted: st.builds(e.JobStarted, job=job, pid=number, host=texts, start=texts, reason=texts),
        e.MetricsLogged: st.builds(
            e.MetricsLogged, job=job, points=st.lists(points, max_size=5).map(tuple), through=number
        ),
        e.Tagged: st.builds(e.Tagged, job=job, key=texts, value=texts, through=number),
        e.ArtifactStored: st.builds(
            e.ArtifactStored, job=job, name=texts, artifact=artifacts, members=st.lists(members, max_size=2).map(tuple)
        ),
        e.JobStopRequested: st.builds(e.JobStopRequested, job=job, by=texts, reason=texts),
        e.JobEnded: st.builds(e.JobEnded, job=job, outcome=outcomes),
        e.ModelRequested: st.builds(
            e.ModelRequested,
            request=texts,
            name=texts,
            artifact=artifacts,
            aliases=some_texts,
            tags=mappings,
            trial=trial,
        ),
        e.StepEnded: st.builds(
            e.StepEnded,
            step=step,
            outputs=outputs,
            best=st.none() | number,
            reused=trial,
            reason=texts,
            notes=some_texts,
        ),
    }


def once(told: Sequence[Event]) -> list[Event]:
    """The events without those that a run makes only once per name: a second one would be a fault of the engine's."""
    kept, seen = [], set()
    for event in told:
        match event:
            case e.RunSubmitted():
                key: object = "submitted"
            case e.TrialSuggested(step=step, number=number):
                key = ("trial", step, number)
            case e.JobRequested(job=job):
                key = ("job", job.id)
            case e.ModelRegistered():
                continue  # made by `register`
            case _:
                key = object()
        if key not in seen:
            kept.append(event)
            seen.add(key)
    return kept


def artifact(number: int = 0, *, size: int = 10) -> Artifact:
    return Artifact(digest=f"{number:064x}", size=size)


def requested(identity: str, *, source: int = 7, **inputs: Artifact) -> e.JobRequested:
    return e.JobRequested(job=Job(id=identity, script="train.py", source=artifact(source), inputs=inputs))


def logged(job: str, *scores: float, name: str = "r2", through: int = 0) -> e.MetricsLogged:
    return e.MetricsLogged(job=job, points=tuple(Point(name, score, None, 1.0) for score in scores), through=through)


def ended(job: str, ending: Ending = Ending.EXITED, code: int = 0, seconds: float = 1.5) -> e.JobEnded:
    return e.JobEnded(job=job, outcome=Outcome(ending=ending, code=code, seconds=seconds))


def whole_run(run: str) -> list[Event]:
    """The tutorial from its start to its end, with three trials: one completed, one run twice, one stopped."""
    tune = f"{run}/tune"
    return [
        e.DriverStarted(pid=1, boot="b"),
        e.StepReady(step=f"{run}/prep-data", fingerprint="a" * 64),
        e.ReuseAnswered(step=f"{run}/prep-data"),
        requested(f"{run}/prep-data.0", size=artifact(3)),
        e.JobStarted(job=f"{run}/prep-data.0", pid=11, start="spawn", reason="asked for"),
        e.ArtifactStored(job=f"{run}/prep-data.0", name="data", artifact=artifact(4)),
        ended(f"{run}/prep-data.0"),
        e.StepEnded(step=f"{run}/prep-data", result=Result.COMPLETED, outputs={"data": artifact(4)}),
        e.StepReady(step=tune, fingerprint="b" * 64),
        e.ReuseAnswered(step=tune),
        e.TrialSuggested(step=tune, number=0, values={"--alpha": 0.5, "c": None}),
        requested(f"{tune}/0.0", data=artifact(4)),
        e.TrialSuggested(step=tune, number=1, values={"--alpha": 0.7, "c": "a"}),
        requested(f"{tune}/1.0", data=artifact(4)),
        e.JobStarted(job=f"{tune}/0.0", pid=12, start="fork"),
        logged(f"{tune}/0.0", 0.1, 0.3, 0.2),
        logged(f"{tune}/0.0", 9.0, name="loss"),
        logged(f"{tune}/1.0", 0.9),
        e.Tagged(job=f"{tune}/0.0", key="who", value="me", through=4),
        e.ArtifactStored(
            job=f"{tune}/0.0",
            name="outputs",
            artifact=artifact(5),
            members=(Member(path="model.pkl", size=10, digest=f"{6:064x}"),),
        ),
        ended(f"{tune}/0.0"),
        e.TrialEnded(step=tune, number=0, status=TrialStatus.COMPLETED, score=0.3),
        ended(f"{tune}/1.0", Ending.LOST),
        requested(f"{tune}/1.1", data=artifact(4)),
        logged(f"{tune}/1.1", float("nan"), 0.25),
        ended(f"{tune}/1.1", Ending.EXITED, 3),
        e.TrialEnded(step=tune, number=1, status=TrialStatus.FAILED, score=0.25, reason="ended with exit code 3"),
        e.TrialSuggested(step=tune, number=2, values={"--alpha": 0.1, "c": "a"}),
        requested(f"{tune}/2.0", data=artifact(4)),
        logged(f"{tune}/2.0", float("-inf")),
        e.JobStopRequested(job=f"{tune}/2.0", by="policy", reason="-inf is below 0.27"),
        ended(f"{tune}/2.0", Ending.STOPPED),
        e.TrialEnded(step=tune, number=2, status=TrialStatus.STOPPED, reason="-inf is below 0.27"),
        e.StepEnded(step=tune, result=Result.COMPLETED, outputs={"outputs": artifact(5)}, best=0, notes=("a note",)),
        e.ModelRequested(
            request=f"{run}/register-ridge",
            name="ridge",
            artifact=artifact(6),
            aliases=("production",),
            tags={"by": "me"},
            step=tune,
            trial=f"{tune}/0",
        ),
    ]
