"""Kernels are densities over the unit interval, and draw what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from hyperstep.search.distributions import choice, qloguniform, quniform, randint, uniform
from hyperstep.search.samplers.kernels import Neighbours, Normals, Options, cumulative, fit_for

EXPONENT = -1 / 6
CENTRES = np.array([0.05, 0.3, 0.31, 0.9])
AXES = [
    (uniform(0, 1), Normals),
    (randint(1000), Normals),
    (choice(*range(100)), Normals),
    (randint(7), Neighbours),
    (choice(16, 32, 64, 128), Neighbours),
    (quniform(0, 10, 3), Neighbours),
    (qloguniform(-3, 2, 1), Neighbours),
    (choice("a", "b", "c"), Options),
    (choice(*"abcdefghij" * 10), Options),
    (choice(True, False), Options),
    (choice("only"), Options),
]


@pytest.mark.parametrize(("distribution", "kind"), AXES, ids=str)
def test_a_kernel_has_all_its_weight_on_the_interval(distribution, kind):
    kernels = fit_for(distribution)(CENTRES, EXPONENT)
    grid = (np.arange(6000) + 0.5) / 6000

    densities = np.exp(kernels.log_densities(grid))

    assert isinstance(kernels, kind)
    assert densities.shape == (6000, 4)
    assert densities.mean(axis=0) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(("distribution", "kind"), AXES, ids=str)
def test_draws_follow_the_density(distribution, kind):
    kernels = fit_for(distribution)(CENTRES, EXPONENT)
    shares = (np.arange(1500) + 0.5) / 1500
    bins = [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1.0]
    grid = (np.arange(6000) + 0.5) / 6000
    densities = np.exp(kernels.log_densities(grid))

    where = np.array([distribution.position(distribution.at(u)) for u in grid])
    for index in range(len(CENTRES)):
        drawn = np.array(kernels.draws([index] * len(shares), list(shares)))
        assert ((drawn >= 0) & (drawn < 1)).all()
        places = np.array([distribution.position(distribution.at(u)) for u in drawn])
        expected = np.histogram(where, bins, weights=densities[:, index])[0] / len(grid)
        assert np.histogram(places, bins)[0] / len(shares) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("distribution", "kind"), AXES[:9], ids=str)
def test_the_density_is_highest_at_its_centre(distribution, kind):
    centres = np.array([distribution.position(distribution.at(u)) for u in CENTRES])
    logs = fit_for(distribution)(centres, EXPONENT).log_densities(centres)

    for index in range(len(centres)):
        assert logs[index, index] >= logs[:, index].max() - 1e-9


def test_many_centres_close_together_have_narrow_kernels():
    wide = fit_for(uniform(0, 1))(np.linspace(0, 1, 30), EXPONENT)
    narrow = fit_for(uniform(0, 1))(np.linspace(0.4, 0.41, 30), EXPONENT)

    assert narrow.width < wide.width / 3


def test_centres_where_the_axis_does_not_apply_are_left_out():
    for distribution, _ in AXES:
        known = fit_for(distribution)(np.array([0.2, 0.3]), EXPONENT)
        more = fit_for(distribution)(np.array([0.2, math.nan, 0.3]), EXPONENT)

        points = np.array([0.1, 0.6])
        assert more.log_densities(points)[:, [0, 2]] == pytest.approx(known.log_densities(points))


def test_without_centres_there_are_no_kernels():
    for distribution, _ in AXES:
        assert fit_for(distribution)(np.empty(0), EXPONENT).log_densities(np.array([0.1])).shape == (1, 0)


def test_the_cumulative_normal_is_close():
    x = np.linspace(-8, 8, 10_001)

    assert np.abs(cumulative(x) - stats.norm.cdf(x)).max() < 1e-7
