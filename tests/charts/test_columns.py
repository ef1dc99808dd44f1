from __future__ import annotations

import math

import pytest

from hyperstep.charts.columns import columns_of
from hyperstep.search.distributions import (
    Branch,
    Choice,
    LogNormal,
    LogUniform,
    Normal,
    QLogUniform,
    QUniform,
    RandInt,
    Uniform,
)
from hyperstep.search.space import SearchSpace


def column(distribution, *values):
    (found,) = columns_of(SearchSpace({"x": distribution}), [{"x": value} for value in values])
    return found


@pytest.mark.parametrize(
    ("distribution", "kind"),
    [
        (Uniform(0, 1), "linear"),
        (Normal(0, 1), "linear"),
        (QUniform(0, 10, 2), "linear"),
        (RandInt(10), "linear"),
        (LogUniform(-9, 0), "log"),
        (LogNormal(0, 1), "log"),
        (QLogUniform(0, 5, 1), "log"),
        (Choice((1, 2, 4)), "category"),
        (Choice(("a", None)), "category"),
    ],
)
def test_an_axis_is_of_the_kind_that_its_distribution_is(distribution, kind):
    assert column(distribution, *[distribution.at(u) for u in (0.2, 0.5, 0.9)]).kind == kind


def test_the_ends_are_those_of_the_space():
    scale = column(LogUniform(math.log(1e-4), math.log(1e-1)), 0.002).scale()

    assert (scale.low, scale.high) == pytest.approx((1e-4, 1e-1))


def test_a_rounded_value_of_zero_makes_a_logarithmic_axis_linear():
    assert column(QLogUniform(-5, 1, 1), 0.0, 2.0).kind == "linear"


def test_categories_stand_in_the_order_of_the_choice():
    found = column(Choice(("sgd", "adam", None)), "adam", None)

    assert found.categories == ("sgd", "adam", "None")
    assert [found.text(index) for index in range(2)] == ["adam", "None"]


def test_what_lies_in_another_branch_has_no_place():
    space = SearchSpace({"kind": Choice(("plain", Branch("deep", {"depth": RandInt(5)})))})
    _, depth = columns_of(space, [{"kind": "plain"}, {"kind": "deep", "depth": 3}])

    assert math.isnan(depth.places[0])
    assert (depth.text(0), depth.text(1)) == ("", "3")


def test_a_name_that_two_branches_share_is_one_axis_over_both():
    space = SearchSpace({"kind": Choice((Branch("a", {"c": Uniform(0, 1)}), Branch("b", {"c": Uniform(0, 9)})))})
    _, found = columns_of(space, [{"kind": "a", "c": 0.5}, {"kind": "b", "c": 8.0}])

    assert (found.low, found.high) == (0, 9)


def test_a_text_tells_all_digits():
    assert column(Uniform(0, 1), 0.1234567890123456).text(0) == "0.1234567890123456"
