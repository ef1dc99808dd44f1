"""Smooth functions with known minima: how close to the bottom a search comes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from benchmarks.search.contest import contestants, duel, play, table
from hyperstep.search.distributions import Uniform
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values

HARTMANN_A = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
HARTMANN_P = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)
HARTMANN_C = (1.0, 1.2, 3.0, 3.2)


def sphere(x: Sequence[float]) -> float:
    return sum((v - 0.3) ** 2 for v in x)


def rosenbrock(x: Sequence[float]) -> float:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def branin(x: Sequence[float]) -> float:
    a, b = x[0] * 15 - 5, x[1] * 15
    slope = b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6
    return slope**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10 - 0.39788735772973816


def hartmann6(x: Sequence[float]) -> float:
    peaks = (
        c * math.exp(-sum(a * (v - p) ** 2 for a, v, p in zip(row, x, place, strict=True)))
        for c, row, place in zip(HARTMANN_C, HARTMANN_A, HARTMANN_P, strict=True)
    )
    return 3.32236801141551 - sum(peaks)


def ackley(x: Sequence[float]) -> float:
    squares = sum(v * v for v in x) / len(x)
    waves = sum(math.cos(2 * math.pi * v) for v in x) / len(x)
    return 20 + math.e - 20 * math.exp(-0.2 * math.sqrt(squares)) - math.exp(waves)


def rastrigin(x: Sequence[float]) -> float:
    return sum(v * v - 10 * math.cos(2 * math.pi * v) + 10 for v in x)


@dataclass(frozen=True)
class Function:
    """A function over a cube whose minimum is 0, not in its middle."""

    formula: Callable[[Sequence[float]], float]
    axes: int
    low: float = 0.0
    high: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.formula.__name__} {self.axes}"

    @cached_property
    def space(self) -> SearchSpace:
        return SearchSpace({f"x{axis}": Uniform(self.low, self.high) for axis in range(self.axes)})

    def loss(self, values: Values) -> float:
        return self.formula([float(value) for value in values.values() if isinstance(value, (int, float))])

    def result(self, values: Values) -> float:
        return self.loss(values)


TASKS = (
    Function(sphere, 2),
    Function(sphere, 5),
    Function(sphere, 12),
    Function(rosenbrock, 4, -2, 2),
    Function(branin, 2),
    Function(hartmann6, 6),
    Function(ackley, 5, -16, 24),
    Function(rastrigin, 4, -6.144, 4.096),
)


def run(seeds: int, trials: int) -> str:
    """Play with 1 and 8 workers."""
    parts = []
    for workers in (1, 8):
        results = play(TASKS, contestants(), trials=trials, workers=workers, seeds=range(seeds))
        parts.append(f"{workers} at a time, {trials} trials, {seeds} seeds: median distance from the minimum\n")
        rows = [[task.name, *(f"{results.median(name, task.name):.3g}" for name in results.by_name)] for task in TASKS]
        rows.append(["CPU ms a suggestion", *(f"{results.seconds[name] * 1e3:.2f}" for name in results.by_name)])
        parts.append(table(["function, axes", *results.by_name], rows) + "\n")
        parts += [duel(results, "bayesian", other) for other in ("random", "optuna") if other in results.by_name]
        parts.append("")
    return "\n".join(parts)
