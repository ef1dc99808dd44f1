"""Pipelines and scripts for the engine's tests."""

from __future__ import annotations

from world import Script

from hyperstep.engine.events import Point
from hyperstep.engine.job import Job
from hyperstep.pipeline.data import Output
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.search.distributions import uniform
from hyperstep.search.metric import maximize
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.sampler import Sampler
from hyperstep.search.samplers.random import RandomSampler


def tutorial(
    *,
    trials: int = 4,
    concurrent: int = 2,
    policy: TerminationPolicy | None = None,
    sampler: Sampler | None = None,
    space: object = None,
    best_file: str = "outputs/model",
    table: bool = False,
    **limits: float,
) -> Pipeline:
    """Prepare, tune, register: the three steps of the tutorial."""
    prep = Step("prep.py", arguments=["--data", Output("data")])
    train = Step("train.py", arguments=["--data", prep.output("data")])
    tune = TuneStep(
        train,
        name="tune",
        space=space or {"alpha": uniform(0.0, 1.0)},
        metric=maximize("r2"),
        sampler=sampler or RandomSampler(seed=7),
        policy=policy or NoPolicy(),
        limits=Limits(trials=trials, concurrent=concurrent, **limits),
    )
    steps = [prep, tune, RegisterStep("ridge", tune.best_file(best_file))]
    if table:
        steps.append(Step("report.py", arguments=["--trials", tune.trial_table()]))
    return Pipeline("tutorial", steps)


def alpha_of(job: Job) -> float:
    return float(job.arguments[job.arguments.index("--alpha") + 1])


def training(job: Job, reports: int = 3) -> Script:
    """Trials report a score that rises towards 1 - (alpha - 0.3)^2; other steps log nothing."""
    if "--alpha" not in job.arguments:
        return Script()
    top = 1 - (alpha_of(job) - 0.3) ** 2
    return Script(points=[Point("r2", top * (k + 1) / reports) for k in range(reports)])
