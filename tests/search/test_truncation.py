"""Truncation ends the worst share at each look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.errors import DefinitionError
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.trial import TrialStatus
from hyperstep.testing.policies import PolicyContract

MAXIMIZE, MINIMIZE = Goal.MAXIMIZE, Goal.MINIMIZE


class TestContract(PolicyContract):
    policy = TruncationSelectionPolicy(40)


class TestContractRunningOnly(PolicyContract):
    policy = TruncationSelectionPolicy(60, exclude_finished=True)


def told(goal, curves):
    history = History(goal)
    for number, curve in enumerate(curves):
        history.suggest(number, {"a": number})
        for score in curve:
            history.report(number, score)
    return history


def stopped(history, percentage, *, reports=None, exclude_finished=False):
    policy = TruncationSelectionPolicy(percentage, exclude_finished=exclude_finished)
    return [
        number
        for number, trial in history.running.items()
        if (reports is None or len(trial.scores) == reports) and policy.reason_to_stop(trial, history)
    ]


@pytest.mark.parametrize(
    ("goal", "scores", "expected"),
    [
        (MAXIMIZE, [0.1, 0.2, 0.3, 0.4, 0.5], [0]),
        (MAXIMIZE, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], [0, 1]),
        (MINIMIZE, [0.1, 0.2, 0.3, 0.4, 0.5], [4]),
        (MAXIMIZE, [0.1, 0.2, 0.3, 0.4], []),  # 20 % of 4 is no whole trial
        (MAXIMIZE, [0.1, 0.1, 0.3, 0.4, 0.5], []),  # 20 % of 5 is one, but two are equally bad
    ],
)
def test_the_worst_fifth_ends(goal, scores, expected):
    assert stopped(told(goal, [[score] for score in scores]), 20) == expected


def test_what_a_trial_reported_later_is_not_looked_at():
    history = told(MAXIMIZE, [[0.1, 0.2, 0.9], [0.5, 0.6], [0.5, 0.5], [0.4, 0.5], [0.4, 0.4]])
    late = told(MAXIMIZE, [[0.1, 0.2], [0.5, 0.6, 0.0], [0.5, 0.5], [0.4, 0.5], [0.4, 0.4]])

    assert stopped(history, 20, reports=2) == []  # the worst after two reports is trial 0, which went on
    assert stopped(late, 20, reports=2) == [0]


def test_finished_trials_can_be_left_out_of_the_ranking():
    history = told(MAXIMIZE, [[0.1], [0.2], [0.3], [0.4]])
    history.end(0, TrialStatus.COMPLETED)
    history.end(1, TrialStatus.STOPPED)

    assert stopped(history, 50) == []
    assert stopped(history, 50, exclude_finished=True) == [2]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=20), st.integers(1, 99))
def test_never_more_than_the_share_ends(scores, percentage):
    found = stopped(told(MAXIMIZE, [[score] for score in scores]), percentage)

    assert len(found) <= len(scores) * percentage / 100
    kept = [score for number, score in enumerate(scores) if number not in found]
    assert all(scores[number] < min(kept) for number in found)


def test_the_reason_names_the_score_and_the_least_that_is_kept():
    history = told(MAXIMIZE, [[0.1], [0.2], [0.3], [0.4], [0.5]])

    assert TruncationSelectionPolicy(20).reason_to_stop(history.trial(0), history) == (
        "After 1 report its best score is 0.1, less than 0.2: the worst 20 % end, one of 5 trials."
    )
    assert TruncationSelectionPolicy(40).reason_to_stop(history.trial(0), history) == (
        "After 1 report its best score is 0.1, less than 0.3: the worst 40 % end, 2 of 5 trials."
    )


@pytest.mark.parametrize("percentage", [0, 100, 20.0, True, "20", None])
def test_a_share_is_a_whole_percentage(percentage):
    with pytest.raises(DefinitionError, match=r"truncation_percentage = .*1 to 99"):
        TruncationSelectionPolicy(percentage)
