"""All ten distributions come out of every sampler's cube as they are defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from hyperstep.search.distributions import (
    choice,
    lognormal,
    loguniform,
    normal,
    qlognormal,
    qloguniform,
    qnormal,
    quniform,
    randint,
    uniform,
)
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import text_of

TRIALS = 4096
CRITICAL = 1.63 / math.sqrt(TRIALS)  # of the Kolmogorov-Smirnov distance at 1 %; for discrete values, at less

CONTINUOUS = {
    "uniform": (uniform(0.05, 1.0), stats.uniform(0.05, 0.95)),
    "loguniform": (loguniform(-6, -1), stats.loguniform(math.exp(-6), math.exp(-1))),
    "normal": (normal(10, 3), stats.norm(10, 3)),
    "lognormal": (lognormal(0.5, 0.8), stats.lognorm(0.8, scale=math.exp(0.5))),
}
ROUNDED = {
    "quniform": (quniform(1, 100, 5), stats.uniform(1, 99)),
    "qloguniform": (qloguniform(0, 5, 2), stats.loguniform(1, math.exp(5))),
    "qnormal": (qnormal(10, 3, 2), stats.norm(10, 3)),
    "qlognormal": (qlognormal(0, 1, 2), stats.lognorm(1)),
}
COUNTED = {"choice": choice("a", "b", "b", None), "randint": randint(7)}
WEIGHTS = {"choice": {"a": 1 / 4, "b": 2 / 4, "None": 1 / 4}, "randint": {str(n): 1 / 7 for n in range(7)}}
ALL_TEN = SearchSpace({name: kind for name, (kind, _) in (CONTINUOUS | ROUNDED).items()} | COUNTED)
SAMPLERS = [RandomSampler(seed=11), SobolSampler(seed=11), BayesianSampler(seed=12)]


@pytest.fixture(scope="module", params=SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def drawn(request):
    """What a sampler draws before any trial has ended, by name."""
    history = History(Goal.MAXIMIZE)
    for number in range(TRIALS):
        history.suggest(number, request.param.suggest(ALL_TEN, history))
    return {name: [trial.values[name] for trial in history.running.values()] for name in ALL_TEN.names}


def test_all_ten_are_drawn():
    assert len({type(kind) for kind in ALL_TEN.dimensions.values()}) == 10


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_values_pass_a_kolmogorov_smirnov_test(drawn, name):
    assert stats.kstest(drawn[name], CONTINUOUS[name][1].cdf).statistic < CRITICAL


@pytest.mark.parametrize("name", ROUNDED)
def test_rounded_values_are_multiples_as_likely_as_what_is_rounded_to_them(drawn, name):
    kind, reference = ROUNDED[name]
    found = np.array(drawn[name])

    assert all(type(value) is float and (value / kind.q).is_integer() for value in drawn[name])
    distances = [(found <= value).mean() - reference.cdf(value + kind.q / 2) for value in set(drawn[name])]
    assert max(map(abs, distances)) < CRITICAL


@pytest.mark.parametrize("name", COUNTED)
def test_counted_values_are_as_likely_as_they_are_given(drawn, name):
    texts = [text_of(value) for value in drawn[name]]
    counts = [texts.count(text) for text in WEIGHTS[name]]

    assert sum(counts) == TRIALS
    assert stats.chisquare(counts, [TRIALS * weight for weight in WEIGHTS[name].values()]).pvalue > 0.01


def test_the_bounds_of_logarithmic_ones_are_exponents_of_e(drawn):
    logarithms = np.log(drawn["loguniform"])

    assert -6 <= logarithms.min() < -5.99
    assert -1.01 < logarithms.max() <= -1
    assert (min(drawn["qloguniform"]), max(drawn["qloguniform"])) == (2.0, 148.0)  # of 1 and exp(5), by 2


def test_whole_floats_reach_a_script_without_their_point(drawn):
    assert {text_of(value) for value in drawn["quniform"]} == {str(n) for n in range(0, 101, 5)}


def test_a_grid_has_each_value_of_what_can_be_counted_once():
    space = SearchSpace(
        {"a": choice("x", "y", "y"), "b": randint(3), "c": quniform(1, 12, 5), "d": qloguniform(0, 2, 2)}
    )
    history = History(Goal.MAXIMIZE)
    while (values := GridSampler().suggest(space, history)) is not None:
        history.suggest(history.suggested, values)

    rows = [tuple(trial.values.values()) for trial in history.running.values()]
    assert len(rows) == len(set(rows)) == 2 * 3 * 3 * 4
    assert [sorted(set(column)) for column in zip(*rows, strict=True)] == [
        ["x", "y"],
        [0, 1, 2],
        [0.0, 5.0, 10.0],
        [2.0, 4.0, 6.0, 8.0],
    ]
