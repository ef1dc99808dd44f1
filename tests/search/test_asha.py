"""ASHA lets the best share of those at a rung go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.errors import DefinitionError
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policy import is_due
from hyperstep.testing.policies import PolicyContract


class TestContract(PolicyContract):
    policy = AshaPolicy()


class TestContractManyRungs(PolicyContract):
    policy = AshaPolicy(eta=2, first_rung=1)


def told(scores, reports=1, goal=Goal.MAXIMIZE):
    history = History(goal)
    for number, score in enumerate(scores):
        history.suggest(number, {"a": number})
        for _ in range(reports):
            history.report(number, score)
    return history


def test_only_at_rungs_is_anything_stopped():
    policy = AshaPolicy(eta=3, first_rung=2)
    rungs = []
    for reports in range(1, 60):
        history = told([0.9, 0.1], reports)
        if is_due(policy, reports) and policy.reason_to_stop(history.trial(1), history):
            rungs.append(reports)

    assert rungs == [2, 6, 18, 54]


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ([0.1], [0]),
        ([0.1, 0.2], [1]),
        ([0.1, 0.2, 0.3, 0.4, 0.5], [4]),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [4, 5]),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.5], [4, 5]),
        ([0.5, 0.5, 0.5], [0, 1, 2]),
    ],
)
def test_the_best_third_goes_on_and_whoever_equals_it(scores, kept):
    history, policy = told(scores), AshaPolicy(eta=3, first_rung=1)

    assert [n for n, trial in history.running.items() if policy.reason_to_stop(trial, history) is None] == kept


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40, unique=True), st.integers(2, 5))
def test_one_of_eta_goes_on(scores, eta):
    history, policy = told(scores, goal=Goal.MINIMIZE), AshaPolicy(eta=eta, first_rung=1)

    kept = [n for n, trial in history.running.items() if policy.reason_to_stop(trial, history) is None]

    assert sorted(scores[n] for n in kept) == sorted(scores)[: max(1, len(scores) // eta)]


def test_the_reason_names_the_score_and_what_the_last_of_the_best_had():
    history, policy = told([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), AshaPolicy(first_rung=1)

    assert policy.reason_to_stop(history.trial(0), history) == (
        "After 1 report its best score is 0.1, less than 0.5: only the best 2 of 6 trials go on."
    )
    assert AshaPolicy(eta=4, first_rung=1).reason_to_stop(history.trial(0), history) == (
        "After 1 report its best score is 0.1, less than 0.6: only the best of 6 trials goes on."
    )


@pytest.mark.parametrize("arguments", [{"eta": 1}, {"eta": 2.5}, {"first_rung": 0}, {"first_rung": True}])
def test_a_rung_is_a_whole_number_of_reports(arguments):
    with pytest.raises(DefinitionError, match=r"AshaPolicy has (eta|first_rung) = .*or more"):
        AshaPolicy(**arguments)
