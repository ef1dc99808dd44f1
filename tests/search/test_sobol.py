"""A Sobol search fills the cube evenly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from hyperstep.errors import SpaceError
from hyperstep.search.distributions import normal, uniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.directions import AXES, BITS, reversed_bits
from hyperstep.search.samplers.sobol import SobolSampler, raw
from hyperstep.search.space import SearchSpace
from hyperstep.testing.samplers import SamplerContract


class TestContract(SamplerContract):
    sampler = SobolSampler(seed=5)


def cube(axes: int) -> SearchSpace:
    return SearchSpace({f"x{axis}": uniform(0, 1) for axis in range(axes)})


def drawn(sampler, space, points):
    history = History(Goal.MAXIMIZE)
    for number in range(points):
        history.suggest(number, sampler.suggest(space, history))
    return np.array([list(trial.values.values()) for trial in history.running.values()])


def test_before_scrambling_the_points_are_those_of_joe_and_kuo():
    ours = [[reversed_bits(raw(index, axis)) / 2**BITS for axis in range(AXES)] for index in range(256)]

    theirs = qmc.Sobol(AXES, scramble=False).random_base2(8)  # in the order of a Gray code
    assert sorted(map(tuple, ours)) == sorted(map(tuple, theirs.tolist()))


def test_each_axis_has_one_point_in_each_of_its_equal_parts():
    points = drawn(SobolSampler(seed=1), cube(AXES), 64)

    for axis in range(AXES):
        assert sorted(np.floor(points[:, axis] * 64)) == list(range(64))


def test_two_axes_have_one_point_in_each_cell_of_every_shape():
    points = drawn(SobolSampler(seed=2), cube(2), 64)

    for halvings in range(7):
        cells = np.floor(points * [2**halvings, 2 ** (6 - halvings)])
        assert len(set(map(tuple, cells.tolist()))) == 64


@pytest.mark.parametrize("seed", range(5))
def test_the_points_are_more_even_than_random_ones(seed):
    even = qmc.discrepancy(drawn(SobolSampler(seed), cube(5), 128))

    assert even < min(qmc.discrepancy(np.random.default_rng(n).random((128, 5))) for n in range(10)) / 2


def test_different_seeds_scramble_differently():
    first, second = (drawn(SobolSampler(seed), cube(3), 16) for seed in (0, 1))

    assert not np.intersect1d(first, second).size


def test_every_distribution_is_followed():
    values = drawn(SobolSampler(seed=3), SearchSpace({"a": normal(10, 3)}), 1024)[:, 0]

    assert stats.kstest(values, stats.norm(10, 3).cdf).statistic < 2 / 1024


def test_a_space_with_too_many_axes_is_refused():
    with pytest.raises(SpaceError, match=r"65 axes.*at most 64.*RandomSampler"):
        SobolSampler().suggest(cube(65), History(Goal.MAXIMIZE))
