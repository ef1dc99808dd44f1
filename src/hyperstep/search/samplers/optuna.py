"""Optuna: let Optuna's tree of Parzen estimators propose; needs the extra `optuna`.

Optuna sees the unit cube, choices as numbers of their options, and keeps
nothing: its study lives in memory and is told the history anew for each
suggestion, about a tenth of a millisecond for each trial. Its storage, pruners
and retries are not used.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hyperstep.errors import PluginError, SpaceError
from hyperstep.search.distribution import LAST, Distribution
from hyperstep.search.distributions import Choice
from hyperstep.search.history import WORST, History
from hyperstep.search.samplers.untried import untried
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus
from hyperstep.search.values import Value, Values

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial
    from optuna.trial import Trial as OptunaTrial

ASKED = 8  # proposals; if all were tried, points at random are taken


@dataclass(frozen=True, slots=True)
class OptunaSampler:
    """Ask Optuna.

    seed: with an equal version of Optuna, an equal seed proposes equal values.
    startup: how many trials are drawn at random before a model is fitted, 1 or more.
    """

    seed: int = 0
    startup: int = 10

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """Optuna's proposal, or None if every assignment of a finite space was tried.

        Raises PluginError if Optuna isn't installed.
        """
        try:
            import optuna
        except ImportError as error:
            raise PluginError(
                "OptunaSampler needs Optuna, which isn't installed here. Install hyperstep[optuna], or use "
                "BayesianSampler, which needs nothing more."
            ) from error
        generator = random.Random(f"{self.seed}/{history.suggested}")  # noqa: S311 - repeatable, not secret
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # else each study writes a line
        try:
            study = optuna.create_study(
                sampler=optuna.samplers.TPESampler(
                    n_startup_trials=self.startup, constant_liar=True, seed=generator.getrandbits(32)
                )
            )
            study.add_trials(_told(space, history))
            return untried(space, history, _points(study, space, generator), generator.random())
        finally:
            optuna.logging.set_verbosity(verbosity)


def _told(space: SearchSpace, history: History) -> Iterator[FrozenTrial]:
    """The history, less is better; a trial without a number is worse than any that has one."""
    from optuna.trial import TrialState, create_trial

    kinds = [_kind(axis.distribution) for axis in space.axes]
    earlier = [(-1 - index, trial) for index, trial in enumerate(history.prior)]
    for number, trial in (*earlier, *((trial.number, trial) for trial in history.finished), *history.running.items()):
        try:
            point = space.position(trial.values)
        except SpaceError:  # the space of an earlier search was another one
            continue
        score = history.score(number)
        running = trial.status is TrialStatus.RUNNING
        shares = {index: u for index, u in enumerate(point) if not math.isnan(u)}
        yield create_trial(
            state=TrialState.RUNNING if running else TrialState.COMPLETE,
            value=None if running else -(WORST if score is None else history.merit(score)),
            params={f"{index}": _internal(space.axes[index].distribution, u) for index, u in shares.items()},
            distributions={f"{index}": kinds[index] for index in shares},
        )


def _points(study: Study, space: SearchSpace, generator: random.Random) -> Iterator[list[float]]:
    for _ in range(ASKED):
        trial = study.ask()
        point: list[float] = []
        values: dict[str, Value] = {}
        for index, axis in enumerate(space.axes):
            u = 0.5
            if axis.applies(values):
                u = _share(trial, f"{index}", axis.distribution)
                values[axis.name] = axis.distribution.at(u)
            point.append(u)
        yield point
    while True:
        yield [generator.random() for _ in space.axes]


def _share(trial: OptunaTrial, name: str, distribution: Distribution) -> float:
    if not isinstance(distribution, Choice):
        return float(trial.suggest_float(name, 0.0, LAST))
    count = len(distribution.options)
    number = (
        trial.suggest_int(name, 0, count - 1) if distribution.ordered else trial.suggest_categorical(name, range(count))
    )
    return (int(number) + 0.5) / count


def _kind(distribution: Distribution) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(distribution, Choice):
        return FloatDistribution(0.0, LAST)
    count = len(distribution.options)
    return IntDistribution(0, count - 1) if distribution.ordered else CategoricalDistribution(range(count))


def _internal(distribution: Distribution, u: float) -> float:
    return int(u * len(distribution.options)) if isinstance(distribution, Choice) else u
