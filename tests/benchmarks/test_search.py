"""The benchmarks of samplers and policies measure what they say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.search.contest import Results, duel, ours, play
from benchmarks.search.curves import EPOCHS, search
from benchmarks.search.functions import TASKS, Function, sphere

from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.samplers.random import RandomSampler

BOTTOMS = {
    "sphere": [0.3] * 12,
    "rosenbrock": [1.0] * 4,
    "branin": [(3.14159265 + 5) / 15, 2.275 / 15],
    "hartmann6": [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
    "ackley": [0.0] * 5,
    "rastrigin": [0.0] * 4,
}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_minimum_of_each_function_is_0_and_lies_inside(task):
    bottom = BOTTOMS[task.formula.__name__][: task.axes]

    assert task.formula(bottom) == pytest.approx(0, abs=1e-5)
    assert all(task.low < x < task.high for x in bottom)
    assert task.loss(task.space.values_at([0.9] * task.axes)) > 0


@pytest.mark.parametrize("workers", [1, 8])
def test_every_search_makes_all_its_trials(workers):
    seen = []

    class Counted(Function):
        def loss(self, values):
            seen.append(values)
            return super().loss(values)

        def result(self, values):
            return len(seen)

    results = play([Counted(sphere, 2)], {"random": ours(RandomSampler)}, trials=20, workers=workers, seeds=range(2))

    assert results.by_name["random"] == {"sphere 2": [20, 40]}


def test_a_duel_is_a_sign_test():
    results = Results({"a": {"t": [1, 1, 1, 1, 1, 5]}, "b": {"t": [2, 2, 2, 2, 0, 5]}})

    said = duel(results, "a", "b")

    assert said == f"a against b: 4 closer, 1 farther, 1 equal (p = {stats.binomtest(1, 5).pvalue:.2g})"


def test_a_policy_saves_epochs_and_may_lose_score():
    rising = [[quality * epoch / EPOCHS for epoch in range(1, EPOCHS + 1)] for quality in (0.5, 0.9, 0.1, 0.2, 0.3)]
    late = [0.0] * (EPOCHS - 1) + [1.0]

    assert search(NoPolicy(), rising).epochs == 5 * EPOCHS
    assert search(NoPolicy(), [*rising, late]).best == 1.0
    assert search(AshaPolicy(), [*rising, late]).best == 0.9
    assert search(AshaPolicy(), rising).epochs < 3 * EPOCHS
