"""Grid search tries every combination once, in order."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given

from hyperstep.errors import SpaceError
from hyperstep.search.distributions import choice, quniform, randint, uniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.space import SearchSpace
from hyperstep.testing.samplers import SamplerContract
from hyperstep.testing.strategies import finite_distributions, spaces


class TestContract(SamplerContract):
    sampler = GridSampler()
    finite_only = True


def tried(space):
    history = History(Goal.MAXIMIZE)
    while (values := GridSampler().suggest(space, history)) is not None:
        history.suggest(history.suggested, values)
    return [tuple(trial.values.values()) for trial in history.running.values()]


@given(spaces(finite_distributions(), dimensions=3))
def test_the_grid_is_the_product_of_the_values(space):
    assert tried(space) == list(product(*(axis.values() for axis in space.dimensions.values())))


def test_azures_worked_example_has_six_combinations():
    space = SearchSpace({"num_hidden_layers": choice(1, 2, 3), "batch_size": choice(16, 32)})

    assert tried(space) == [(1, 16), (1, 32), (2, 16), (2, 32), (3, 16), (3, 32)]


def test_whole_and_rounded_numbers_can_be_counted_too():
    assert tried(SearchSpace({"a": randint(2), "b": quniform(0, 5, 5)})) == [(0, 0.0), (0, 5.0), (1, 0.0), (1, 5.0)]


def test_a_dimension_that_cannot_be_counted_is_refused_by_name():
    with pytest.raises(SpaceError, match=r"'lr' is uniform\(0, 1\), which has endlessly many values"):
        tried(SearchSpace({"a": randint(2), "lr": uniform(0, 1)}))
