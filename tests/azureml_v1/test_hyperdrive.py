"""Configurations of searches check what v1 checks, and are written as v1 writes them."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException
from hyperstep.azureml_v1.expressions import uniform
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, HyperDriveRunConfig, PrimaryMetricGoal, read_back
from hyperstep.azureml_v1.policies import BanditPolicy
from hyperstep.azureml_v1.samplings import BayesianParameterSampling, RandomParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRunConfig
from hyperstep.errors import UnsupportedV1

MAXIMIZE = PrimaryMetricGoal.MAXIMIZE
ALPHA = {"--alpha": uniform(0.05, 1.0)}
ALIKE = "primary_metric_%s should be the same for all runs. Current run's %s is %s, while a run with %s was found"


class Earlier:
    """A search that has ended, as resume_from looks at it."""

    def __init__(self, run_id="HD_1_0", config=None, status="Completed"):
        self.id = run_id
        self.hyperdrive_config = config or configured()
        self.status = status

    def get_status(self):
        return self.status


def configured(**changes):
    given = {
        "hyperparameter_sampling": RandomParameterSampling(ALPHA),
        "primary_metric_name": "m",
        "primary_metric_goal": MAXIMIZE,
        "max_total_runs": 4,
        "run_config": ScriptRunConfig("src/steps", "train.py"),
        **changes,
    }
    return HyperDriveConfig(**given)


def test_a_configuration_is_written_with_all_that_the_service_was_told():
    config = configured(
        primary_metric_name="r2", policy=BanditPolicy(evaluation_interval=2, slack_factor=0.1), max_concurrent_runs=2
    )

    assert config._document("myexp") == {
        "name": "myexp",
        "platform": "AML",
        "generator_config": {"name": "RANDOM", "parameter_space": {"--alpha": ["uniform", [0.05, 1.0]]}},
        "policy_config": {
            "name": "Bandit",
            "properties": {"evaluation_interval": 2, "delay_evaluation": 0, "slack_factor": 0.1},
        },
        "primary_metric_config": {"name": "r2", "goal": "maximize"},
        "max_total_jobs": 4,
        "max_concurrent_jobs": 2,
        "max_duration_minutes": 10080,
        "resume_from": [],
        "resume_child_runs": [],
    }


@pytest.mark.parametrize(
    ("limits", "total", "concurrent"),
    [
        ({"max_total_runs": 4}, 4, 4),
        ({"max_total_runs": 4, "max_concurrent_runs": 0}, 4, 4),
        ({"max_total_runs": 4, "max_concurrent_runs": 8}, 4, 8),
        ({"max_total_runs": 0}, 0, 0),
        ({"max_total_runs": 1001}, 1001, 1001),
        ({"max_total_runs": 2.5}, 2, 2),
    ],
)
def test_limits_are_written_unchecked(limits, total, concurrent):
    document = configured(**limits)._document("")

    assert (document["max_total_jobs"], document["max_concurrent_jobs"]) == (total, concurrent)
    assert document["policy_config"] == {"name": "Default"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run_config": None}, "HyperDriveConfig expects at least one of estimator, run_config, pipeline to be set"),
        ({"estimator": object()}, "HyperDriveConfig expects only one of estimator, run_config, pipeline to be set"),
        ({"run_config": object()}, "Expected type ScriptRunConfig for run_config but got [Scrubbed]"),
        ({"hyperparameter_sampling": None}, "HyperDriveConfig expects hyperparameter_sampling to be set"),
        (
            {"resume_from": [Earlier(f"HD_{number}_0") for number in range(6)]},
            "HyperDriveConfig expects the number of parent runs to not exceed than 5",
        ),
        (
            {"resume_from": [Earlier(config=configured(primary_metric_name="z"))]},
            ALIKE % ("name", "name", "m", "z"),
        ),
        (
            {"resume_from": Earlier(config=configured(primary_metric_goal=PrimaryMetricGoal.MINIMIZE))},
            ALIKE % ("goal", "goal", "maximize", "minimize"),
        ),
        (
            {"resume_from": [Earlier(), Earlier()]},
            "resume_from cannot contain duplicate runs. More than one run with id 'HD_1_0' was found",
        ),
        (
            {"resume_from": [Earlier(status="Failed")]},
            "All resume_from runs should be completed or canceled. A resume_from run with status 'Failed' was found.",
        ),
        (
            {"resume_from": [Earlier(config=configured(max_total_runs=998))]},
            "The number of total runs should not be greater than 1000. ",
        ),
    ],
)
def test_a_configuration_refuses_in_the_words_of_v1(changes, message):
    with pytest.raises(HyperDriveConfigException) as raised:
        configured(**changes)

    assert raised.value.message == message


def test_a_goal_that_is_text_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'str' object has no attribute 'name'"):
        configured(primary_metric_goal="maximize")


def test_a_bayesian_search_goes_on_in_the_same_space_only():
    earlier = configured(hyperparameter_sampling=BayesianParameterSampling({"--alpha": uniform(0, 2)}))

    with pytest.raises(HyperDriveConfigException, match="same parameter space"):
        configured(hyperparameter_sampling=BayesianParameterSampling(ALPHA), resume_from=Earlier(config=earlier))


@pytest.mark.parametrize("changes", [{"resume_child_runs": ["HD_1_0_0"]}, {"run_config": None, "pipeline": object()}])
def test_what_is_not_done_here_says_so(changes):
    with pytest.raises(UnsupportedV1, match="isn't done here"):
        configured(**changes)


def test_goals_are_read_in_either_case():
    assert PrimaryMetricGoal.from_str("maximize") is MAXIMIZE
    assert PrimaryMetricGoal.from_str("MINIMIZE").name == "MINIMIZE"
    assert MAXIMIZE.value == "MAXIMIZE"


def test_no_other_goal_is_read():
    with pytest.raises(HyperDriveConfigException) as raised:
        PrimaryMetricGoal.from_str("max")

    assert raised.value.message == "The primary metric goal expects either 'maximize' or 'minimize'."


def test_the_old_name_makes_a_configuration_of_an_estimator():
    estimator = ScriptRunConfig("src", "train.py")
    config = HyperDriveRunConfig(
        estimator=estimator,
        hyperparameter_sampling=RandomParameterSampling(ALPHA),
        primary_metric_name="m",
        primary_metric_goal=MAXIMIZE,
        max_total_runs=3,
    )

    assert isinstance(config, HyperDriveConfig)
    assert config.estimator is estimator


def test_what_was_written_reads_back():
    document = configured(policy=BanditPolicy(slack_amount=0.2), max_duration_minutes=30)._document("")

    assert read_back(document)._document("") == document
