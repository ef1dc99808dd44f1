"""Policies check their arguments, and are written as v1 writes them."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException, HyperDriveRehydrateException
from hyperstep.azureml_v1.policies import (
    BanditPolicy,
    MedianStoppingPolicy,
    NoTerminationPolicy,
    TruncationSelectionPolicy,
    _policy_from_dict,
)

ONE = "Bandit termination policy expects exactly one of slack factor or slack amount to be set."
WHOLE = "Expected type int for %s but got [Scrubbed]"


def written(name, interval=1, delay=0, **more):
    return {"name": name, "properties": {"evaluation_interval": interval, "delay_evaluation": delay, **more}}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (BanditPolicy(slack_factor=0.1), written("Bandit", slack_factor=0.1)),
        (BanditPolicy(2, 0.1), written("Bandit", 2, slack_factor=0.1)),
        (BanditPolicy(slack_amount=0.2, evaluation_interval=100, delay_evaluation=200),
         written("Bandit", 100, 200, slack_amount=0.2)),
        (BanditPolicy(slack_factor=0.15, evaluation_interval=1, delay_evaluation=10),
         written("Bandit", 1, 10, slack_factor=0.15)),
        (BanditPolicy(slack_factor=0), written("Bandit", slack_amount=None)),
        (BanditPolicy(slack_amount=0), written("Bandit", slack_amount=0)),
        (BanditPolicy(slack_factor=0, slack_amount=0), written("Bandit", slack_amount=0)),
        (BanditPolicy(slack_factor=0, slack_amount=0.2), written("Bandit", slack_amount=0.2)),
        (BanditPolicy(slack_factor=-0.5), written("Bandit", slack_factor=-0.5)),
        (BanditPolicy(slack_factor="x"), written("Bandit", slack_factor="x")),
        (BanditPolicy(evaluation_interval=0, slack_factor=0.1), written("Bandit", 0, slack_factor=0.1)),
        (BanditPolicy(evaluation_interval=-1, slack_factor=0.1), written("Bandit", -1, slack_factor=0.1)),
        (BanditPolicy(delay_evaluation=-5, slack_factor=0.1), written("Bandit", 1, -5, slack_factor=0.1)),
        (MedianStoppingPolicy(), written("MedianStopping")),
        (MedianStoppingPolicy(1, 5), written("MedianStopping", 1, 5)),
        (TruncationSelectionPolicy(10, 1, 5),
         written("TruncationSelection", 1, 5, truncation_percentage=10, exclude_finished_jobs=False)),
        (TruncationSelectionPolicy(1),
         written("TruncationSelection", truncation_percentage=1, exclude_finished_jobs=False)),
        (TruncationSelectionPolicy(99),
         written("TruncationSelection", truncation_percentage=99, exclude_finished_jobs=False)),
        (NoTerminationPolicy(), {"name": "Default"}),
    ],
)  # fmt: skip
def test_a_policy_is_written_with_what_it_was_given(policy, expected):
    assert policy.to_json() == expected


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (BanditPolicy, {}, ONE),
        (BanditPolicy, {"slack_factor": 0.1, "slack_amount": 0.2}, ONE),
        (BanditPolicy, {"evaluation_interval": 1.0, "slack_factor": 0.1}, WHOLE % "evaluation_interval"),
        (BanditPolicy, {"evaluation_interval": None, "slack_factor": 0.1}, WHOLE % "evaluation_interval"),
        (BanditPolicy, {"delay_evaluation": 1.5, "slack_factor": 0.1}, WHOLE % "delay_evaluation"),
        (MedianStoppingPolicy, {"evaluation_interval": "1"}, WHOLE % "evaluation_interval"),
        (MedianStoppingPolicy, {"delay_evaluation": 2.0}, WHOLE % "delay_evaluation"),
        (TruncationSelectionPolicy, {"truncation_percentage": 0},
         "truncation_percentage expects value to be between 1 and 99."),
        (TruncationSelectionPolicy, {"truncation_percentage": 100},
         "truncation_percentage expects value to be between 1 and 99."),
        (TruncationSelectionPolicy, {"truncation_percentage": 10.0}, WHOLE % "truncation_percentage"),
        (TruncationSelectionPolicy, {"truncation_percentage": 10, "evaluation_interval": 2.5},
         WHOLE % "evaluation_interval"),
    ],
)  # fmt: skip
def test_a_policy_refuses_in_the_words_of_v1(kind, given, message):
    with pytest.raises(HyperDriveConfigException) as raised:
        kind(**given)

    assert raised.value.message == message


def test_a_truncation_needs_its_percentage():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'truncation_percentage'"):
        TruncationSelectionPolicy()


@pytest.mark.parametrize(
    "policy",
    [BanditPolicy(slack_amount=0.1), MedianStoppingPolicy(2, 5), TruncationSelectionPolicy(20), NoTerminationPolicy()],
)
def test_a_written_policy_reads_back(policy):
    found = policy.to_json()

    read = _policy_from_dict({**found, "name": found["name"].lower()})

    assert type(read) is type(policy)
    assert read.to_json() == found


@pytest.mark.parametrize(
    ("found", "error", "message"),
    [
        ({"name": "nope"}, HyperDriveConfigException, "Unknown policy nope."),
        ({"name": "Bandit"}, HyperDriveRehydrateException, "Could not find properties in dict_policy"),
        ({}, HyperDriveRehydrateException, "Could not find name in dict_policy"),
    ],
)
def test_what_is_no_policy_is_refused(found, error, message):
    with pytest.raises(error) as raised:
        _policy_from_dict(found)

    assert raised.value.message == message
