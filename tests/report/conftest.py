"""A run that was recorded, with a search of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from hyperstep import (
    Limits,
    MedianStoppingPolicy,
    Output,
    Parameter,
    Pipeline,
    RegisterStep,
    Step,
    TuneStep,
    choice,
    loguniform,
    maximize,
    randint,
    uniform,
)
from hyperstep.engine import events as e
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.search.trial import TrialStatus
from hyperstep.workspace import Workspace

TREE = Artifact(digest="ab" * 32, size=1, kind="tree")

Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Records run 1 with n trials, three reports each; each 7th stopped, each 11th failed. Returns its folder."""
    return _recorder(tmp_path)


@pytest.fixture
def twin(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The same in a workspace of its own."""
    return _recorder(tmp_path_factory.mktemp("twin"))


def _recorder(folder: Path) -> Record:
    def recorded(count: int, *, metric: str = "r2", reason: str = "exit code 1", model: str = "ridge") -> Path:
        prep = Step("prep.py", name="prep data", arguments=["--share", Parameter("share", 0.3), Output("data")])
        tune = TuneStep(
            Step("train.py", arguments=[prep.output("data")]),
            name="tune",
            space={"alpha": uniform(0, 1), "lr": loguniform(-9, 0), "depth": choice(4, 8, 16), "layers": randint(6)},
            metric=maximize(metric),
            policy=MedianStoppingPolicy(),
            limits=Limits(trials=max(1, count), concurrent=4),
        )
        pipeline = Pipeline("ridge", [prep, tune, RegisterStep(model, tune.best_file("outputs/model"))])
        with Workspace.open(folder) as workspace:
            run = workspace.store.new_run(
                e.RunSubmitted(pipeline=pipeline, sources={".": TREE}, parameters={"share": 0.3})
            )
            workspace.store.append(run, list(_story(tune, count, metric, reason, model)))
        return folder

    return recorded


def _story(tune: TuneStep, count: int, metric: str, reason: str, model: str) -> Iterator[e.Event]:
    draw, best = Random(count), (-1.0, 0)
    yield e.DriverStarted(pid=1, boot="a")
    yield e.StepReady(step="1/prep-data", fingerprint="f")
    yield e.ReuseAnswered(step="1/prep-data", reused="0/prep-data")
    yield e.StepEnded(step="1/prep-data", result=e.Result.COMPLETED, reused="0/prep-data")
    yield e.StepReady(step="1/tune", fingerprint="g")
    for number in range(count):
        values = tune.space.values_at([draw.random() for _ in tune.space.axes])
        job = Job(id=f"1/tune/{number}.0", script="train.py", source=TREE)
        status = (
            TrialStatus.STOPPED
            if number % 7 == 3
            else TrialStatus.FAILED
            if number % 11 == 5
            else TrialStatus.COMPLETED
        )
        yield e.TrialSuggested(step="1/tune", number=number, values=values)
        yield e.JobRequested(job=job)
        yield e.JobStarted(job=job.id, pid=7, start="fork")
        score = 0.2 - 0.1 * float(str(values["alpha"])) + draw.gauss(0, 0.005)
        if status is not TrialStatus.FAILED:
            points = tuple(e.Point(metric, score * share) for share in (0.5, 0.8, 1.0))
            yield e.MetricsLogged(job=job.id, points=points, through=3)
        yield e.JobEnded(job=job.id, outcome=Outcome(ending=Ending.EXITED, seconds=2.0))
        ended = score if status is not TrialStatus.FAILED else None
        words = "" if status is TrialStatus.COMPLETED else reason
        yield e.TrialEnded(step="1/tune", number=number, status=status, score=ended, reason=words)
        if status is TrialStatus.COMPLETED:
            best = max(best, (score, number))
    if count:
        wish = e.ModelRequested(
            request="1/register", name=model, artifact=TREE, step="1/tune", trial=f"1/tune/{best[1]}", aliases=("prod",)
        )
        yield e.StepEnded(step="1/tune", result=e.Result.COMPLETED, best=best[1])
        yield wish
        yield e.ModelRegistered(request=wish.request, name=model, version=1)
        yield e.RunEnded(result=e.Result.COMPLETED)
