"""Distributions are exact, reversible and say what is wrong with them."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from hyperstep.document import Codec, encode
from hyperstep.errors import SpaceError
from hyperstep.plugins import known_kinds
from hyperstep.search.distribution import LAST
from hyperstep.search.distributions import (
    Choice,
    LogNormal,
    LogUniform,
    Normal,
    QLogNormal,
    QLogUniform,
    QNormal,
    QUniform,
    RandInt,
    Uniform,
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
from hyperstep.search.values import text_of
from hyperstep.testing.strategies import distributions, finite_distributions, shares

CONTINUOUS = [
    (Uniform(0.05, 1.0), stats.uniform(0.05, 0.95)),
    (LogUniform(-6, -1), stats.loguniform(math.exp(-6), math.exp(-1))),
    (Normal(10, 3), stats.norm(10, 3)),
    (LogNormal(0.5, 0.8), stats.lognorm(0.8, scale=math.exp(0.5))),
]

ROUNDED = [
    (QUniform(1, 100, 5), stats.uniform(1, 99)),
    (QLogUniform(0, 5, 2), stats.loguniform(1, math.exp(5))),
    (QNormal(10, 3, 2), stats.norm(10, 3)),
    (QLogNormal(0, 1, 2), stats.lognorm(1)),
]


def named(value: object) -> str:
    """How a test is called by its arguments: the same in every process."""
    return "scipy" if hasattr(value, "ppf") else str(value)


@pytest.mark.parametrize(("distribution", "reference"), CONTINUOUS, ids=named)
def test_draws_through_the_cube_follow_the_distribution(distribution, reference):
    cube = np.random.default_rng(7).random(5_000)

    drawn = [distribution.at(u) for u in cube]

    assert stats.kstest(drawn, reference.cdf).pvalue > 0.01


@pytest.mark.parametrize(("distribution", "reference"), CONTINUOUS, ids=named)
@given(u=st.floats(1e-9, 1 - 1e-9))
def test_a_continuous_value_is_the_quantile_at_its_coordinate(distribution, reference, u):
    assert distribution.at(u) == pytest.approx(reference.ppf(u), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("distribution", "reference"), ROUNDED, ids=named)
def test_each_multiple_has_the_probability_of_what_is_rounded_to_it(distribution, reference):
    steps = 200_000
    counts: dict[float, int] = {}
    for i in range(steps):
        value = distribution.at((i + 0.5) / steps)
        counts[value] = counts.get(value, 0) + 1

    q = distribution.q
    for value, count in counts.items():
        exact = reference.cdf(value + q / 2) - reference.cdf(value - q / 2)
        assert count / steps == pytest.approx(exact, abs=2 / steps)


@given(st.integers(1, 1000))
def test_each_whole_number_of_randint_owns_an_equal_part_of_the_interval(upper):
    distribution = randint(upper)

    for number in {0, upper // 2, upper - 1}:
        assert distribution.at(float(Fraction(2 * number + 1, 2 * upper))) == number
    assert distribution.at(0.0) == 0
    assert distribution.at(LAST) == upper - 1


def test_an_option_given_twice_is_twice_as_likely_and_counts_once():
    distribution = choice("a", "b", "b", "c")

    drawn = [distribution.at((i + 0.5) / 8) for i in range(8)]

    assert drawn == ["a", "a", "b", "b", "b", "b", "c", "c"]
    assert distribution.size == 3
    assert list(distribution.values()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("distribution", "u", "value"),
    [
        (quniform(1, 100, 5), (7.4 - 1) / 99, 5.0),
        (quniform(1, 100, 5), (98.0 - 1) / 99, 100.0),
        (quniform(1, 100, 5), (1.2 - 1) / 99, 0.0),  # below the lower bound: Azure rounds without a clip
        (quniform(1, 10, 1), (3.49 - 1) / 9, 3.0),
        (loguniform(-6, -1), 0.0, 0.0024787521766663585),
        (loguniform(-6, -1), LAST, 0.36787944117144233),
        (qloguniform(0, 5, 2), 2 / 5, 8.0),
        (qnormal(10, 3, 2), NormalDist(10, 3).cdf(10.7), 10.0),
        (lognormal(0, 1), 0.5, 1.0),
        (qlognormal(0, 1, 2), NormalDist().cdf(1.0), 2.0),
    ],
    ids=str,
)
def test_values_are_those_that_azure_documents(distribution, u, value):
    assert distribution.at(u) == pytest.approx(value)
    assert isinstance(distribution.at(u), float)


@given(distributions(), shares())
def test_a_value_lies_where_it_came_from(distribution, u):
    value = distribution.at(u)

    again = distribution.at(distribution.position(value))

    if isinstance(value, float) and distribution.size is None:
        assert again == pytest.approx(value, rel=1e-6, abs=1e-6)
    else:
        assert text_of(again) == text_of(value)


@given(distributions(), shares(), shares())
def test_coordinates_keep_the_order_of_numbers(distribution, u, v):
    assume(not isinstance(distribution, Choice))
    low, high = sorted((u, v))

    assert distribution.at(low) <= distribution.at(high)
    assert distribution.position(distribution.at(low)) <= distribution.position(distribution.at(high))


@given(finite_distributions(), st.lists(shares(), min_size=1, max_size=30))
def test_a_finite_distribution_lists_each_of_its_values_once(distribution, cube):
    listed = [text_of(value) for value in distribution.values()]

    assert len(listed) == len(set(listed)) == distribution.size
    assert {text_of(distribution.at(u)) for u in cube} <= set(listed)
    assert all(text_of(distribution.at(distribution.position(value))) in listed for value in distribution.values())


@given(distributions())
def test_the_ends_of_the_interval_give_finite_values(distribution):
    for u in (0.0, 2**-60, LAST):
        value = distribution.at(u)

        assert not isinstance(value, float) or math.isfinite(value)
        assert 0 <= distribution.position(value) < 1


@given(distributions())
def test_a_distribution_survives_json(distribution):
    assert Codec(known_kinds()).decode(encode(distribution)) == distribution


@pytest.mark.parametrize(
    "constant", [normal(3, 0), lognormal(0, 0), qnormal(3, 0, 2), qlognormal(0, 0, 1), loguniform(-1, -1)]
)
def test_a_distribution_without_spread_has_one_value(constant):
    assert constant.size == 1
    assert list(constant.values()) == [constant.at(0.3)]
    assert constant.at(constant.position(constant.at(0.9))) == constant.at(0.1)


def test_a_large_distribution_is_counted_without_being_listed():
    distribution = quniform(0, 1e9, 0.5)

    assert distribution.size == 2_000_000_001
    assert distribution.values()[2_000_000_000] == 1e9
    assert list(distribution.values()[1:3]) == [0.5, 1.0]


@pytest.mark.parametrize("call", [choice(range(1, 5)), choice([1, 2, 3, 4]), choice(1, 2, 3, 4), Choice([1, 2, 3, 4])])
def test_a_choice_takes_options_one_list_or_one_range(call):
    assert call == Choice((1, 2, 3, 4))


def test_numpy_numbers_become_plain_ones():
    distribution = choice(*np.arange(3))

    assert distribution.options == (0, 1, 2)
    assert all(type(option) is int for option in distribution.options)
    assert encode(uniform(np.float32(0.5), np.int64(2))) == {"$": "Uniform", "low": 0.5, "high": 2}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: uniform(2, 1), ["uniform(2, 1)", "low must be less than high", "Swap"]),
        (lambda: uniform(1, 1), ["uniform(1, 1)", "choice(value)"]),
        (lambda: uniform("a", 1), ["low = 'a'", "finite number"]),
        (lambda: uniform(True, 2), ["low = True"]),
        (lambda: uniform(0, math.nan), ["high = nan"]),
        (lambda: uniform(0, math.inf), ["high = inf"]),
        (lambda: uniform(0, 10**400), ["high = 1000"]),
        (lambda: uniform(-1e308, 1e308), ["wider than a float"]),
        (lambda: loguniform(1, -1), ["loguniform(1, -1)", "Swap"]),
        (lambda: loguniform(0, 1000), ["exp(1000)", "natural-log", "log(b)"]),
        (lambda: loguniform(-1000, 0), ["exp(-1000)"]),
        (lambda: quniform(0, 1, 0), ["q = 0", "more than 0"]),
        (lambda: quniform(0, 1, -2), ["q = -2"]),
        (lambda: quniform(0, 1, None), ["q = None"]),
        (lambda: quniform(0, 1e20, 1), ["too small to tell apart"]),
        (lambda: normal(0, -1), ["sigma = -1", "can't be negative"]),
        (lambda: normal(0, 1e308), ["a float can't hold"]),
        (lambda: lognormal(0, 200), ["exp(1800)", "mu = log(m)"]),
        (lambda: choice(), ["no options"]),
        (lambda: choice([]), ["no options"]),
        (lambda: choice([1, 2], 3), ["[1, 2]", "a list"]),
        (lambda: choice({"a": 1}), ["a dict"]),
        (lambda: choice(math.nan), ["nan"]),
        (lambda: Choice("abc"), ["'abc'"]),
        (lambda: randint(0), ["randint(0)", "1 or more"]),
        (lambda: randint(2.5), ["2.5", "whole number"]),
        (lambda: randint("3"), ["'3'"]),
    ],
)
def test_what_cannot_be_sampled_is_refused_with_its_values(build, words):
    with pytest.raises(SpaceError) as error:
        build()

    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    ("distribution", "value"),
    [
        (uniform(0, 1), 1.5),
        (uniform(0, 1), "0.5"),
        (uniform(0, 1), True),
        (loguniform(-1, 1), 0.0),
        (normal(3, 0), 4.0),
        (lognormal(0, 1), -1.0),
        (quniform(0, 10, 5), 7.0),
        (quniform(0, 10, 5), 15.0),
        (qloguniform(0, 2, 1), -1.0),
        (qnormal(0, 1, 2), 1.0),
        (qnormal(0, 1, 2), math.inf),
        (qlognormal(0, 1, 2), -2.0),
        (randint(3), 3),
        (randint(3), 1.5),
        (choice("a", "b"), "c"),
    ],
    ids=str,
)
def test_a_value_of_elsewhere_has_no_position(distribution, value):
    with pytest.raises(SpaceError, match="isn't a value of"):
        distribution.position(value)


@pytest.mark.parametrize(
    "distribution",
    [uniform(0, 1), loguniform(0, 1), normal(0, 1), lognormal(0, 1), qnormal(0, 1, 1), qlognormal(0, 1, 1)],
)
def test_endless_values_are_not_listed(distribution):
    assert distribution.size is None
    with pytest.raises(SpaceError, match="endlessly many"):
        distribution.values()


def test_the_functions_of_azures_names_build_the_classes():
    assert [randint(3), uniform(0, 1), quniform(0, 9, 3), loguniform(0, 1), qloguniform(0, 1, 1)] == [
        RandInt(3),
        Uniform(0, 1),
        QUniform(0, 9, 3),
        LogUniform(0, 1),
        QLogUniform(0, 1, 1),
    ]
    assert [normal(0, 1), qnormal(0, 1, 1), lognormal(0, 1), qlognormal(0, 1, 1)] == [
        Normal(0, 1),
        QNormal(0, 1, 1),
        LogNormal(0, 1),
        QLogNormal(0, 1, 1),
    ]


@pytest.mark.parametrize(
    ("distribution", "ordered"),
    [
        (choice(1, 2, 4), True),
        (choice(0.1, 0.01, 0.001), True),
        (choice(1, 2), False),
        (choice(1, 3, 2), False),
        (choice(1, 2, 2), False),
        (choice(1, 2, "3"), False),
        (choice(1, 2, True), False),
    ],
    ids=str,
)
def test_a_choice_is_ordered_if_its_options_are_rising_or_falling_numbers(distribution, ordered):
    assert distribution.ordered is ordered
