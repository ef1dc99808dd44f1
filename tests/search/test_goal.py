"""A goal knows which of two scores is better."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from hyperstep.search.goal import Goal
from hyperstep.testing.strategies import scores


@given(scores(), scores())
def test_of_two_scores_at_most_one_is_better(one, other):
    for goal in Goal:
        assert not (goal.better(one, other) and goal.better(other, one))


@pytest.mark.parametrize("strange", [math.nan, math.inf, -math.inf])
def test_any_number_is_better_than_none(strange):
    for goal in Goal:
        assert goal.better(-1e308, strange)
        assert not goal.better(strange, -1e308)
        assert not goal.better(strange, math.nan)


def test_the_direction_decides():
    assert Goal.MAXIMIZE.better(2, 1)
    assert Goal.MINIMIZE.better(1, 2)
    assert not Goal.MINIMIZE.better(1, 1)
