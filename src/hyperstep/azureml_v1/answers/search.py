"""Search: what a HyperDriveConfig says, in hyperstep's own words."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from hyperstep.errors import SpaceError
from hyperstep.pipeline.tune import Limits
from hyperstep.search import distributions
from hyperstep.search.distribution import Distribution
from hyperstep.search.goal import Goal
from hyperstep.search.metric import Metric
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.sampler import Sampler
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Value

WEEK = 10080
"""Minutes that a search may take if nothing else is said; this and more is no limit."""

Document = Mapping[str, Any]


def space(generator: Document) -> SearchSpace:
    """The search space of a sampling."""
    return SearchSpace({name: _distribution(name, one) for name, one in (generator["parameter_space"] or {}).items()})


def sampler(generator: Document, resumed: str = "") -> Sampler:
    """How a sampling goes through its space; without a seed of its own it draws the same values each time.

    resumed: the earlier searches that this one goes on from, whose values it mustn't draw again; empty for none.
    """
    properties = generator.get("properties") or {}
    seed = int(properties.get("seed") or zlib.crc32(resumed.encode()))
    match generator["name"]:
        case "GRID":
            return GridSampler()
        case "BayesianOptimization":
            return BayesianSampler(seed=seed)
        case _:
            sobol = str(properties.get("rule", "")).lower() == "sobol"
            return SobolSampler(seed=seed) if sobol else RandomSampler(seed=seed)


def policy(written: Document) -> TerminationPolicy:
    """When a trial is given up."""
    given = dict(written.get("properties", {}))
    schedule = {key: int(given[key]) for key in ("evaluation_interval", "delay_evaluation") if key in given}
    match written["name"]:
        case "Bandit" if "slack_factor" in given:
            return BanditPolicy(slack_factor=given["slack_factor"], **schedule)
        case "Bandit":  # v1 writes a slack factor of 0 as an amount that isn't given
            return BanditPolicy(slack_amount=given["slack_amount"] or 0, **schedule)
        case "MedianStopping":
            return MedianStoppingPolicy(**schedule)
        case "TruncationSelection":
            percentage = int(given["truncation_percentage"])
            finished = bool(given["exclude_finished_jobs"])
            return TruncationSelectionPolicy(percentage, exclude_finished=finished, **schedule)
        case _:
            return NoPolicy()


def metric(written: Document) -> Metric:
    """What the search goes by."""
    return Metric(written["name"], Goal(written["goal"]))


def limits(written: Document) -> Limits:
    """When the search ends. Where v1 would run all trials at once, there are as many as this machine has processors."""
    trials, concurrent = written["max_total_jobs"], written["max_concurrent_jobs"]
    if concurrent >= trials:
        concurrent = min(trials, _processors())
    minutes = written["max_duration_minutes"]
    return Limits(trials=trials, concurrent=concurrent, duration=minutes * 60 if minutes < WEEK else None)


def notes(name: str, written: Document) -> Iterator[str]:
    """What is to be said about a search: where it goes on otherwise than in Azure, or ends sooner than one may think.

    name: of its step.
    """
    trials, concurrent = written["max_total_jobs"], written["max_concurrent_jobs"]
    if concurrent >= trials > _processors():
        yield (
            f"{name}: all {trials} runs at once are too many for this machine, so {_processors()} run at once, as many "
            f"as it has processors. max_concurrent_runs, below {trials}, sets another number."
        )
    size = space(written["generator_config"]).size
    if written["generator_config"]["name"] == "GRID" and size is not None and trials < size:
        yield (
            f"{name}: the grid has {size} combinations, and max_total_runs={trials} ends the search before all were "
            f"tried. Set max_total_runs={size} to try all."
        )


def _processors() -> int:
    return len(os.sched_getaffinity(0))


def _distribution(name: str, expression: Any) -> Distribution:
    match expression:
        case ["choice", [[*options]]]:
            return distributions.choice(*map(_option, options))
        case [str(kind), [*arguments]] if kind in _MADE_BY:
            numbers = [int(argument) if isinstance(argument, bool) else argument for argument in arguments]
            made: Distribution = _MADE_BY[kind](*numbers)
            return made
        case _:
            raise SpaceError(
                f"{name!r} is {expression!r} in the parameter space, but an expression was expected, such as "
                f"uniform(0, 1) or choice(1, 2). A constant belongs into the script's arguments."
            )


def _option(option: Any) -> Value:
    """An option as a script gets it; a list or dict is written as JSON."""
    return json.dumps(option) if isinstance(option, (list, tuple, dict)) else option


_MADE_BY: Mapping[str, Any] = {
    name: getattr(distributions, name)
    for name in ("lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform").split()
}
