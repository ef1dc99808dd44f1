"""Plans become pipelines: every kind of argument, names, searches, and what every job is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1.answers.translate import pipeline, unheard, unique
from hyperstep.errors import SubmissionError
from hyperstep.pipeline import accept
from hyperstep.pipeline.data import BestFile, Dataset, JobName, Joined, Output, OutputOf, TrialTable
from hyperstep.pipeline.fingerprint import fingerprint
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.tune import TuneStep
from hyperstep.workspace import Workspace

SEARCH = {
    "generator_config": {"name": "RANDOM", "parameter_space": {"--alpha": ["uniform", [0, 1]]}},
    "policy_config": {"name": "Default"},
    "primary_metric_config": {"name": "m", "goal": "maximize"},
    "max_total_jobs": 4,
    "max_concurrent_jobs": 2,
    "max_duration_minutes": 10080,
    "resume_from": [],
    "resume_child_runs": [],
}


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path) as workspace:
        yield workspace


def node(name="x", **changes):
    return {
        "name": name,
        "type": "PythonScriptStep",
        "source": "/src",
        "script": "a.py",
        "command": None,
        "arguments": [],
        "variables": {},
        "inputs": {},
        "outputs": {},
        "environment": {"name": "", "variables": {}, "python": None, "pip": [], "conda": []},
        "target": "",
        "after": [],
        "reuse": True,
        "timeout": None,
        "version": None,
        "hyperdrive": None,
        **changes,
    }


def plan(*nodes, **changes):
    return {
        "experiment": "e",
        "workspace": {"name": "ws", "subscription_id": "s", "resource_group": "rg"},
        "name": "",
        "kind": "pipeline",
        "tags": {"t": "1"},
        "properties": {"p": "2"},
        "parameters": {"size": "0.2"},
        "nodes": list(nodes),
        **changes,
    }


def test_every_kind_of_argument_becomes_hypersteps(workspace):
    maker = node("make", variables={"D": {"output": "table"}})
    search = node("tune", hyperdrive=SEARCH)
    reader = node(
        "read",
        arguments=[
            "--n",
            3,
            {"parameter": "size"},
            {"output": "report"},
            {"output_of": [0, "table"]},
            {"best_file": [1, "outputs/model"]},
            {"trial_table": 1},
            {"dataset": "/data"},
            {"join": ["--data=", {"output_of": [0, "table"]}]},
        ],
    )
    step = pipeline(workspace, plan(maker, search, reader)).steps[2]

    assert step.arguments == (
        "--n",
        3,
        Parameter("size", "0.2"),
        Output("report"),
        OutputOf("make", "table"),
        BestFile("tune", "outputs/model"),
        TrialTable("tune", ids="HD_{run}_{position}_{trial}"),
        Dataset("/data"),
        Joined(("--data=", OutputOf("make", "table"))),
    )


def test_every_job_is_told_who_it_is(workspace):
    inputs = {"in": {"kind": "file", "paths": []}}
    step, search = pipeline(workspace, plan(node(inputs=inputs), node(hyperdrive=SEARCH))).steps

    assert step.variables["AZUREML_RUN_ID"] == JobName("{run}_{position}")
    assert search.step.variables["AZUREML_RUN_ID"] == JobName("HD_{run}_{position}_{trial}")
    assert step.variables["AZUREML_ARM_SUBSCRIPTION"] == "s"
    assert step.variables["AZUREML_ARM_RESOURCEGROUP"] == "rg"
    assert step.variables["AZUREML_ARM_WORKSPACE_NAME"] == "ws"
    assert step.variables["AZUREML_ARM_PROJECT_NAME"] == JobName("e", counts=False)
    assert json.loads(step.variables["HYPERSTEP_V1"]) == {"kind": "pipeline", "inputs": inputs}


def test_the_tags_of_a_submission_are_those_of_the_script_that_was_submitted(workspace):
    (step,) = pipeline(workspace, plan(node(), kind="script")).steps
    side = json.loads(step.variables["HYPERSTEP_V1"])

    assert (side["tags"], side["properties"]) == ({"t": "1"}, {"p": "2"})


def test_the_tags_of_a_pipeline_do_not_keep_its_steps_from_being_reused(workspace):
    (one,), (other,) = (pipeline(workspace, plan(node(), tags={"t": text})).steps for text in "ab")

    assert one == other


@pytest.mark.parametrize("step", [node(), node(hyperdrive=SEARCH)])
def test_a_step_is_reused_whatever_the_experiment(workspace, step):
    assert compared(workspace, step, experiment="{one}") == compared(workspace, step, experiment="other")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"name": "y"}, False),
        ({"version": "2"}, False),
        ({"arguments": ["--b"]}, False),
        ({"variables": {"AML_PARAMETER_a": 1}}, False),
        ({"target": "gpu"}, True),
        ({"hyperdrive": SEARCH}, False),
    ],
)
def test_a_step_is_reused_if_all_is_the_same_that_v1_compares(workspace, changes, same):
    assert (compared(workspace, node(**changes)) == compared(workspace, node())) is same


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"max_total_jobs": 5}, False),
        ({"max_concurrent_jobs": 3}, False),
        ({"max_duration_minutes": 7}, False),
        ({"policy_config": {"name": "MedianStopping", "properties": {"evaluation_interval": 1}}}, False),
        ({"generator_config": {"name": "RANDOM", "parameter_space": {"--alpha": ["uniform", [0, 2]]}}}, False),
        ({"primary_metric_config": {"name": "n", "goal": "maximize"}}, False),
    ],
)
def test_a_search_is_reused_if_its_whole_configuration_is_the_same(workspace, changes, same):
    searched = compared(workspace, node(hyperdrive=SEARCH))

    assert (compared(workspace, node(hyperdrive={**SEARCH, **changes})) == searched) is same
    assert compared(workspace, node(hyperdrive=SEARCH, target="gpu")) != searched


def compared(workspace, node, **changes):
    (step,) = pipeline(workspace, plan(node, **changes)).steps
    return fingerprint(step, parameters={}, source="", inputs={})[0]


def test_a_search_keeps_its_script_and_tells_its_values_twice(workspace):
    (step,) = pipeline(workspace, plan(node(hyperdrive=SEARCH, timeout=60, reuse=False))).steps

    assert isinstance(step, TuneStep)
    assert (step.options, step.variables, step.reuse) == (True, "AZUREML_SWEEP_", False)
    assert step.step.timeout == 60


def test_the_values_of_a_search_do_not_follow_a_command(workspace):
    (step,) = pipeline(workspace, plan(node(script=None, command="python a.py", hyperdrive=SEARCH))).steps

    assert (step.options, step.step.command, step.step.script) == (False, "python a.py", "")


@pytest.mark.parametrize("run", ["42_0", "nonsense", "HD_42_0_1"])
def test_a_search_goes_on_from_nothing_but_a_search(workspace, run):
    with pytest.raises(SubmissionError, match="no HyperDriveRun"):
        pipeline(workspace, plan(node(hyperdrive={**SEARCH, "resume_from": [run]})))


def test_steps_wait_for_those_that_they_come_after(workspace):
    steps = pipeline(workspace, plan(node("a"), node("a"), node("b", after=[0, 1]))).steps

    assert [step.name for step in steps] == ["a", "a (2)", "b"]
    assert steps[2].after == ("a", "a (2)")


@given(st.lists(st.text(max_size=300), max_size=8))
def test_any_names_become_different_names_that_steps_can_have(names):
    found = unique(names)

    assert len(set(found)) == len(names)
    assert all(accept.title(name, "A name") == name for name in found)


@pytest.mark.parametrize(
    ("command", "warned"),
    [
        ("python a.py", True),
        ("python a.py --alpha $AZUREML_SWEEP_alpha", False),
        ("python a.py --values=alpha", False),
    ],
)
def test_a_command_that_takes_no_notice_of_the_values_is_warned_about(command, warned):
    found = list(unheard(plan(node(script=None, command=command, hyperdrive=SEARCH))))

    assert bool(found) == warned


def test_a_step_is_the_same_wherever_it_stands(workspace):
    alone = pipeline(workspace, plan(node("x"), node("tune", hyperdrive=SEARCH))).steps
    behind = pipeline(workspace, plan(node("first"), node("x"), node("tune", hyperdrive=SEARCH))).steps

    assert behind[1:] == alone
