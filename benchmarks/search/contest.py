"""Searches that are played without running anything: a task answers at once, workers take turns."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median
from typing import Any, Protocol

from hyperstep.search.distributions import Choice
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.sampler import Sampler
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus
from hyperstep.search.values import Values


class Task(Protocol):
    """Something to minimize whose whole truth is known."""

    name: str
    space: SearchSpace

    def loss(self, values: Values) -> float:
        """What a trial of these values reports."""

    def result(self, values: Values) -> float:
        """How far from the best they are; 0 or the smallest rank is perfect."""


@dataclass(frozen=True)
class Played:
    """The result of one search, and the seconds of CPU that its suggestions took."""

    result: float
    seconds: float


Contestant = Callable[[Task, int, int, int], Played]  # task, trials, workers, seed


def ours(make: Callable[[int], Sampler]) -> Contestant:
    """One of our samplers."""

    def play(task: Task, trials: int, workers: int, seed: int) -> Played:
        sampler, history, seconds = make(seed), History(Goal.MINIMIZE), 0.0
        while history.suggested < trials or history.running:
            if history.suggested == trials or len(history.running) == workers:
                number, trial = next(iter(history.running.items()))
                history.report(number, task.loss(trial.values))
                history.end(number, TrialStatus.COMPLETED)
                continue
            start = time.process_time()
            values = sampler.suggest(task.space, history)
            seconds += time.process_time() - start
            if values is None:
                trials = history.suggested
            else:
                history.suggest(history.suggested, values)
        best = history.best()
        return Played(math.inf if best is None else task.result(best.values), seconds)

    return play


def optunas_default(task: Task, trials: int, workers: int, seed: int) -> Played:
    """Optuna as it comes: its own study, its own objects, options of rising numbers as whole numbers."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    running: deque[tuple[Any, Values]] = deque()
    best, found, seconds = math.inf, math.inf, 0.0
    asked = 0
    while asked < trials or running:
        if asked == trials or len(running) == workers:
            trial, values = running.popleft()
            loss = task.loss(values)
            study.tell(trial, loss)
            if loss < best:
                best, found = loss, task.result(values)
            continue
        start = time.process_time()
        trial = study.ask()
        values = {name: _asked(trial, name, axis) for name, axis in task.space.dimensions.items()}
        seconds += time.process_time() - start
        running.append((trial, values))
        asked += 1
    return Played(found, seconds)


def _asked(trial: Any, name: str, distribution: Any) -> Any:
    if not isinstance(distribution, Choice):
        return trial.suggest_float(name, distribution.low, distribution.high)
    options = distribution.options
    if distribution.ordered:
        return options[trial.suggest_int(name, 0, len(options) - 1)]
    return trial.suggest_categorical(name, options)


def contestants() -> dict[str, Contestant]:
    """Who takes part; Optuna where it is installed."""
    known: dict[str, Contestant] = {
        "random": ours(RandomSampler),
        "sobol": ours(SobolSampler),
        "bayesian": ours(BayesianSampler),
    }
    if find_spec("optuna") is not None:
        known["optuna"] = optunas_default
    return known


@dataclass
class Results:
    """Results by contestant and task, one for each seed."""

    by_name: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def median(self, name: str, task: str) -> float:
        return median(self.by_name[name][task])


def play(
    tasks: Sequence[Task], players: Mapping[str, Contestant], *, trials: int, workers: int, seeds: Iterable[int]
) -> Results:
    """Every contestant on every task with every seed."""
    results = Results()
    for name, player in players.items():
        total, count = 0.0, 0
        for task in tasks:
            for seed in seeds:
                played = player(task, trials, workers, seed)
                results.by_name.setdefault(name, {}).setdefault(task.name, []).append(played.result)
                total, count = total + played.seconds, count + trials
        results.seconds[name] = total / count
    return results


def duel(results: Results, one: str, other: str) -> str:
    """In how many pairs of equal task and seed each came closer, and the chance of that if they were equal."""
    pairs = [
        pair
        for task in results.by_name[one]
        for pair in zip(results.by_name[one][task], results.by_name[other][task], strict=True)
    ]
    wins, losses = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    fewer, decided = min(wins, losses), wins + losses
    chance = min(1.0, 2 * sum(math.comb(decided, k) for k in range(fewer + 1)) / 2**decided)  # sign test, two-sided
    return f"{one} against {other}: {wins} closer, {losses} farther, {len(pairs) - decided} equal (p = {chance:.2g})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join(['---'] * len(header))} |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
