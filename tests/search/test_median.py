"""Median stopping ends what never did as well as others do on average."""

from __future__ import annotations

import math
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.errors import DefinitionError
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.testing.policies import PolicyContract

MAXIMIZE, MINIMIZE = Goal.MAXIMIZE, Goal.MINIMIZE


class TestContract(PolicyContract):
    policy = MedianStoppingPolicy()


class TestContractLater(PolicyContract):
    policy = MedianStoppingPolicy(evaluation_interval=2, delay_evaluation=3)


def stopped(goal, curves, policy=MedianStoppingPolicy()):  # noqa: B008 - a frozen value
    history = History(goal)
    for number, curve in enumerate(curves):
        history.suggest(number, {"a": number})
        for score in curve:
            history.report(number, score)
    return [number for number in range(len(curves)) if policy.reason_to_stop(history.trial(number), history)]


@pytest.mark.parametrize(
    ("goal", "curves", "expected"),
    [
        (MAXIMIZE, [[0.5] * 5, [0.6] * 5, [0.7] * 5, [0.8] * 5, [0.1, 0.2, 0.3, 0.4, 0.5]], [0, 4]),
        (MINIMIZE, [[0.5] * 5, [0.4] * 5, [0.3] * 5, [0.2] * 5, [0.9, 0.8, 0.7, 0.6, 0.5]], [0, 4]),
        (MAXIMIZE, [[0.9, 0.1, 0.1, 0.1, 0.1], [0.5] * 5, [0.6] * 5, [0.7] * 5], [1]),
    ],
)
def test_azures_rule_gives_these_verdicts(goal, curves, expected):
    assert stopped(goal, curves) == expected


@given(st.lists(st.lists(st.floats(-1, 1), min_size=4, max_size=4), min_size=1, max_size=9))
def test_the_limit_is_the_median_of_all_averages(curves):
    limit = median(mean(curve) for curve in curves)
    top = max(map(max, curves))

    surely = [n for n, curve in enumerate(curves) if max(curve) < limit - 1e-9 and max(curve) < top]
    perhaps = [n for n, curve in enumerate(curves) if max(curve) < limit + 1e-9 and max(curve) < top]

    assert set(surely) <= set(stopped(MAXIMIZE, curves)) <= set(perhaps)


def test_only_trials_that_came_as_far_are_compared_with():
    assert stopped(MAXIMIZE, [[0.9], [0.8, 0.8], [0.5, 0.5]]) == [2]


def test_the_reason_names_the_score_and_the_median():
    history = History(MAXIMIZE)
    for number, score in enumerate((0.5, 0.6, 0.7)):
        history.suggest(number, {"a": number})
        history.report(number, score)

    assert MedianStoppingPolicy().reason_to_stop(history.trial(0), history) == (
        "After 1 report its best score is 0.5, less than 0.6, the median of 3 trials' averages."
    )


def test_reports_that_are_not_numbers_count_in_no_average():
    assert stopped(MAXIMIZE, [[math.nan, 0.5], [0.6, math.inf], [-math.inf, math.nan]]) == [0, 2]


def test_averages_too_large_for_a_float_stop_nothing():
    assert stopped(MAXIMIZE, [[1e308, 1e308], [1e308, 1e308], [0.0, 1.0]]) == []


def test_a_schedule_that_counts_no_reports_is_refused():
    with pytest.raises(DefinitionError, match="evaluation_interval = 0"):
        MedianStoppingPolicy(evaluation_interval=0)
