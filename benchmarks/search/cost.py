"""What one suggestion costs, as trials add up: CPU milliseconds, a history built as the engine builds it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

from benchmarks.search.contest import table
from hyperstep.search.distributions import choice, loguniform, quniform, uniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus

SIZES = (100, 1000, 10_000)
RUNNING = 8
SPACE = SearchSpace(
    {
        "rate": loguniform(-10, 0),
        "decay": loguniform(-12, -2),
        "width": choice(16, 32, 64, 128),
        "kind": choice("a", "b", "c"),
        "part": quniform(0, 100, 5),
        "share": uniform(0, 1),
    }
)


def ours(size: int, count: int) -> list[float]:
    """Seconds of CPU of suggestions after `size` finished trials, with RUNNING more that have not ended."""
    history, scores, quick, sampler = History(Goal.MAXIMIZE), random.Random(0), RandomSampler(), BayesianSampler()
    for number in range(size):
        history.suggest(number, quick.suggest(SPACE, history) or {})
        history.report(number, scores.random())
        history.end(number, TrialStatus.COMPLETED)
    taken = []
    for number in range(size, size + RUNNING + count):
        start = time.process_time()
        values = sampler.suggest(SPACE, history)
        taken.append(time.process_time() - start)
        history.suggest(number, values or {})
        if number >= size + RUNNING:
            history.report(number - RUNNING, scores.random())
            history.end(number - RUNNING, TrialStatus.COMPLETED)
    return taken[RUNNING:]


def optunas(size: int, count: int) -> list[float]:
    """The same of Optuna as it comes."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    floats = optuna.distributions.FloatDistribution
    axes = {
        "rate": floats(4.5e-5, 1.0, log=True),
        "decay": floats(6.1e-6, 0.14, log=True),
        "width": optuna.distributions.IntDistribution(0, 3),
        "kind": optuna.distributions.CategoricalDistribution(["a", "b", "c"]),
        "part": floats(0, 100, step=5),
        "share": floats(0, 1),
    }
    study, scores = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0)), random.Random(0)
    drawn = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(size):
        params = drawn.ask(axes).params
        study.add_trial(optuna.trial.create_trial(params=params, distributions=axes, value=scores.random()))
    running, taken = [], []
    for number in range(RUNNING + count):
        start = time.process_time()
        running.append(study.ask(axes))
        taken.append(time.process_time() - start)
        if number >= RUNNING:
            study.tell(running.pop(0), scores.random())
    return taken[RUNNING:]


def run(seeds: int, trials: int) -> str:
    """Ask `trials` times at each size; `seeds` isn't used."""
    del seeds
    players: dict[str, Callable[[int, int], list[float]]] = {"bayesian": ours}
    if find_spec("optuna") is not None:
        players["optuna"] = optunas
    rows = [[name, *(f"{1000 * median(play(size, trials)):.1f}" for size in SIZES)] for name, play in players.items()]
    heading = f"CPU ms of one suggestion, median of {trials}, {len(SPACE.axes)} axes, {RUNNING} trials running\n"
    return heading + "\n" + table(["finished trials", *(f"{size:,}" for size in SIZES)], rows)
