from __future__ import annotations

import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hyperstep.charts.scales import Scale, robust, span

numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e308, max_value=1e308)
positive = st.floats(min_value=sys.float_info.min, max_value=1e308)


@given(values=st.lists(numbers, min_size=1), kind=st.just("linear"))
def test_a_span_holds_its_values(values, kind):
    scale = span(values, kind)

    assert all(scale.low <= value <= scale.high for value in values)
    assert scale.low < scale.high


@given(values=st.lists(positive, min_size=1))
def test_a_logarithmic_span_holds_its_values_and_stays_above_zero(values):
    scale = span(values, "log")

    assert all(0 <= scale.share(value) <= 1 for value in values)
    assert 0 < scale.low < scale.high


@given(ends=st.tuples(numbers, numbers), pair=st.tuples(numbers, numbers))
def test_more_is_never_further_down(ends, pair):
    assume(ends[0] < ends[1])
    scale = Scale(*ends)

    assert scale.share(min(pair)) <= scale.share(max(pair))


@given(ends=st.tuples(numbers, numbers), most=st.integers(1, 12))
def test_ticks_are_few_rising_and_within_the_ends(ends, most):
    assume(ends[0] < ends[1])
    ticks = Scale(*ends).ticks(most)

    assert ticks == sorted(set(ticks))
    assert all(ends[0] <= tick <= ends[1] for tick in ticks)
    assert len(ticks) <= most * 4 / 3 + 1


@given(ends=st.tuples(positive, positive))
def test_logarithmic_ticks_are_few_rising_and_within_the_ends(ends):
    assume(ends[0] < ends[1])
    ticks = Scale(*ends, "log").ticks(5)

    assert ticks == sorted(set(ticks))
    assert all(ends[0] <= tick <= ends[1] for tick in ticks)
    assert len(ticks) <= 9


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.17, 0.206, [0.17, 0.18, 0.19, 0.2]),
        (0, 97, [0, 20, 40, 60, 80]),
        (-3, 3, [-3, -2, -1, 0, 1, 2, 3]),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert Scale(low, high).ticks(5) == ticks


def test_decades_are_the_ticks_of_a_logarithmic_scale():
    assert Scale(1e-5, 1e-1, "log").ticks(6) == [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]


def test_each_category_has_a_tick():
    assert Scale(-0.5, 3.5, "category").ticks(12) == [0, 1, 2, 3]


@pytest.mark.parametrize("sign", [1, -1])
def test_one_disaster_does_not_press_the_rest_flat(sign):
    scores = [sign * (0.9 - 0.01 * number) for number in range(20)] + [sign * -1e9]
    scale, beyond = robust(scores, more_is_better=sign > 0)

    assert beyond == 1
    assert scale.high - scale.low < 1


def test_scores_that_are_spread_evenly_are_all_shown():
    assert robust([0.01 * number for number in range(50)], more_is_better=True)[1] == 0


@given(scores=st.lists(numbers), up=st.booleans())
def test_the_better_end_is_always_shown(scores, up):
    scale, _ = robust(scores, more_is_better=up)

    if scores:
        assert scale.low <= (max(scores) if up else min(scores)) <= scale.high
