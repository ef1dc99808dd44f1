"""Bandit stops what has fallen behind by more than the slack."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.errors import DefinitionError
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policy import is_due
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.testing.policies import PolicyContract

MAXIMIZE, MINIMIZE = Goal.MAXIMIZE, Goal.MINIMIZE


class TestFactor(PolicyContract):
    policy = BanditPolicy(slack_factor=0.1)


class TestAmount(PolicyContract):
    policy = BanditPolicy(slack_amount=0.05)


class TestNoSlack(PolicyContract):
    policy = BanditPolicy(slack_amount=0)


def verdict(policy, goal, best, own):
    history = History(goal)
    for number, score in enumerate((best, own)):
        history.suggest(number, {"a": number})
        history.report(number, score)
    return policy.reason_to_stop(history.trial(1), history)


@pytest.mark.parametrize(
    ("goal", "slack", "best", "own", "stopped"),
    [
        (MAXIMIZE, {"slack_factor": 0.2}, 0.8, 0.65, True),
        (MAXIMIZE, {"slack_factor": 0.2}, 0.8, 0.67, False),
        (MAXIMIZE, {"slack_amount": 0.2}, 0.8, 0.59, True),
        (MAXIMIZE, {"slack_amount": 0.2}, 0.8, 0.61, False),
        (MAXIMIZE, {"slack_factor": 0.1}, 1.0, 0.9, True),
        (MAXIMIZE, {"slack_factor": 0.1}, 1.0, 0.92, False),
        (MAXIMIZE, {"slack_factor": 0.1}, 0.8, 0.8, False),
        (MINIMIZE, {"slack_factor": 0.2}, 1.0, 1.21, True),
        (MINIMIZE, {"slack_factor": 0.2}, 1.0, 1.19, False),
        (MINIMIZE, {"slack_amount": 0.2}, 1.0, 1.25, True),
        (MINIMIZE, {"slack_amount": 0.2}, 1.0, 1.15, False),
    ],
)
def test_azures_worked_examples_come_out_as_documented(goal, slack, best, own, stopped):
    assert (verdict(BanditPolicy(**slack), goal, best, own) is not None) is stopped


@pytest.mark.parametrize(
    ("goal", "best", "own", "stopped"),
    [
        (MAXIMIZE, -1.0, -1.09, False),
        (MAXIMIZE, -1.0, -1.11, True),
        (MINIMIZE, -1.0, -0.92, False),
        (MINIMIZE, -1.0, -0.90, True),
        (MAXIMIZE, 0.0, -1e-9, True),
    ],
)
def test_with_negative_scores_the_slack_still_lies_on_the_worse_side(goal, best, own, stopped):
    assert (verdict(BanditPolicy(slack_factor=0.1), goal, best, own) is not None) is stopped


def test_the_reason_names_both_numbers_and_the_rule():
    reason = verdict(BanditPolicy(slack_factor=0.2), MAXIMIZE, 0.8, 0.65)

    assert reason == ("After 1 report its best score is 0.65, less than 0.666667 (0.8 / 1.2): trial 0 had 0.8 by then.")


@given(st.floats(0.01, 100), st.floats(0, 2), st.floats(0.001, 0.999))
def test_maximizing_and_minimizing_the_negative_agree(best, factor, share):
    own = best * share
    policy = BanditPolicy(slack_factor=factor)

    stops = [verdict(policy, goal, sign * best, sign * own) is None for goal, sign in ((MAXIMIZE, 1), (MINIMIZE, -1))]

    assert stops[0] == stops[1]


def test_trials_are_compared_at_the_same_number_of_reports():
    history = History(MAXIMIZE)
    for number, reported in enumerate(([0.1, 0.9], [0.1])):
        history.suggest(number, {"a": number})
        for score in reported:
            history.report(number, score)

    assert BanditPolicy(slack_factor=0.1).reason_to_stop(history.trial(1), history) is None


def test_the_best_score_so_far_counts_and_not_the_last():
    history = History(MAXIMIZE)
    for number, reported in enumerate(([0.8, 0.8], [0.8, 0.1])):
        history.suggest(number, {"a": number})
        for score in reported:
            history.report(number, score)

    assert BanditPolicy(slack_factor=0.1).reason_to_stop(history.trial(1), history) is None


def test_a_trial_of_an_earlier_search_may_be_the_best():
    earlier = Trial(number=0, values={"a": 0}, scores=(0.9,), status=TrialStatus.COMPLETED)
    history = History(MAXIMIZE, prior=(earlier,))
    history.suggest(0, {"a": 1})
    history.suggest(1, {"a": 2})
    history.report(0, 0.5)
    history.report(1, 0.4)

    reason = BanditPolicy(slack_factor=0.1).reason_to_stop(history.trial(1), history)

    assert reason is not None
    assert "a trial of an earlier search had 0.9" in reason
    assert BanditPolicy(slack_factor=0.1).reason_to_stop(history.trial(0), history) is None


def test_a_trial_without_a_number_is_stopped_once_another_has_one():
    reason = verdict(BanditPolicy(slack_factor=0.1), MAXIMIZE, 0.8, math.nan)

    assert reason is not None
    assert "no score that is a number" in reason


@pytest.mark.parametrize(
    ("interval", "delay", "due"),
    [
        (1, 0, [1, 2, 3]),
        (1, 5, [5, 6, 7]),
        (100, 200, [200, 300, 400]),
        (2, 0, [2, 4, 6]),
        (2, 5, [6, 8, 10]),
        (1, 10, [10, 11, 12]),
    ],
)
def test_a_policy_is_due_when_azure_says_so(interval, delay, due):
    policy = BanditPolicy(evaluation_interval=interval, slack_factor=0.1, delay_evaluation=delay)

    assert [reports for reports in range(401) if is_due(policy, reports)][:3] == due


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, ["either slack_factor or slack_amount", "neither"]),
        ({"slack_factor": 0.1, "slack_amount": 0.2}, ["both"]),
        ({"slack_factor": -0.1}, ["-0.1", "0 or more"]),
        ({"slack_factor": "x"}, ["'x'"]),
        ({"slack_amount": math.nan}, ["nan"]),
        ({"slack_factor": 0.1, "evaluation_interval": 0}, ["evaluation_interval = 0", "1 or more"]),
        ({"slack_factor": 0.1, "evaluation_interval": 1.0}, ["evaluation_interval = 1.0"]),
        ({"slack_factor": 0.1, "delay_evaluation": -1}, ["delay_evaluation = -1"]),
    ],
)
def test_what_is_no_bandit_is_refused_with_its_values(arguments, words):
    with pytest.raises(DefinitionError) as error:
        BanditPolicy(**arguments)

    assert all(word in str(error.value) for word in words), str(error.value)
