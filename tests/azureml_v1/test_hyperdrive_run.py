"""Searches that run for real, submitted directly and looked at as v1 code does."""

from __future__ import annotations

import json
import math
import time
import uuid

import pytest

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.expressions import choice, randint
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.hyperdrive_run import HyperDriveRun, HyperDriveStepRun, space_size
from hyperstep.azureml_v1.policies import BanditPolicy
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.samplings import GridParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRunConfig
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.running import run as run_pipeline
from hyperstep.search.distributions import choice as engine_choice
from hyperstep.search.metric import minimize
from hyperstep.search.samplers.grid import GridSampler

TRAIN = """
import argparse, sys, time
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--case", type=int)
parser.add_argument("--test_size")
case = parser.parse_args().case
run = Run.get_context()
for score in {0: [0.5], 1: [0.1, 0.9, 0.3], 2: [], 3: [0.7, 0.8], 4: [0.95], 5: [0.8]}[case]:
    run.log("m", score)
with open("outputs/case.txt", "w") as file:
    file.write(run.id)
sys.exit(1 if case == 4 else 0)
"""


def configured(folder, goal=PrimaryMetricGoal.MAXIMIZE, **changes):
    given = {
        "hyperparameter_sampling": GridParameterSampling({"--case": choice(range(6))}),
        "primary_metric_name": "m",
        "primary_metric_goal": goal,
        "max_total_runs": 6,
        "max_concurrent_runs": 2,
        "run_config": ScriptRunConfig(str(folder), "train.py", arguments=["--test_size", 0.2]),
        **changes,
    }
    return HyperDriveConfig(**given)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace with one search of each goal: (folder, the one that maximizes, the one that minimizes)."""
    folder = tmp_path_factory.mktemp("searches")
    (folder / "src").mkdir()
    (folder / "src" / "train.py").write_text(TRAIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPERSTEP_WORKSPACE", str(folder))
        experiment = Experiment(Workspace.create("ws-test", exist_ok=True), "searches")
        runs = [
            experiment.submit(configured(folder / "src", goal), tags={"by": "hand"})
            for goal in (PrimaryMetricGoal.MAXIMIZE, PrimaryMetricGoal.MINIMIZE)
        ]
        for run in runs:
            run.wait_for_completion(raise_on_error=False)
        yield folder, *runs


@pytest.fixture
def search(home, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(home[0]))
    return home[1]


@pytest.fixture
def smallest(home, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(home[0]))
    return home[2]


def ids(rows):
    return [row["run_id"].rpartition("_")[2] for row in rows]


def test_a_search_that_is_submitted_by_itself_is_a_hyperdrive_run(search):
    assert isinstance(search, HyperDriveRun)
    assert search.id == "HD_1_0"
    assert search.type == "hyperdrive"
    assert search.get_status() == "Completed"
    assert search.parent is None


def test_the_search_is_what_the_experiment_lists(search, smallest):
    assert [run.id for run in search.experiment.get_runs()] == [smallest.id, search.id]


def test_children_are_sorted_by_the_best_that_they_logged(search):
    rows = search.get_children_sorted_by_primary_metric()

    assert [(row["best_primary_metric"], row["status"]) for row in rows] == [
        (0.95, "Failed"),
        (0.9, "Completed"),
        (0.8, "Completed"),
        (0.8, "Completed"),
        (0.5, "Completed"),
        (None, "Completed"),
    ]
    assert ids(rows)[:5] == ["4", "1", "3", "5", "0"]
    assert list(rows[0]) == ["run_id", "hyperparameters", "best_primary_metric", "status"]
    assert json.loads(rows[0]["hyperparameters"]) == {"--case": 4}


def test_top_reverse_and_discard_choose_among_them(search):
    sort = search.get_children_sorted_by_primary_metric

    assert ids(sort(top=2)) == ["4", "1"]
    assert ids(sort(reverse=True)) == ["0", "3", "5", "1", "4", "2"]
    assert ids(sort(discard_no_metric=True)) == ["4", "1", "3", "5", "0"]


def test_the_smallest_comes_first_where_less_is_better(smallest):
    rows = smallest.get_children_sorted_by_primary_metric()

    assert [(name, row["best_primary_metric"]) for name, row in zip(ids(rows), rows, strict=True)] == [
        ("1", 0.1), ("0", 0.5), ("3", 0.7), ("5", 0.8), ("4", 0.95), ("2", None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"top": -1}, "Value of parameter top should be 0 or a positive integer"),
        ({"top": 1.5}, "Value of parameter top should be 0 or a positive integer"),
        ({"reverse": 1}, "Type of parameter reverse should be bool"),
    ],
)
def test_what_cannot_be_sorted_by_is_an_assertion(search, given, message):
    with pytest.raises(AssertionError, match=message):
        search.get_children_sorted_by_primary_metric(**given)


def test_the_best_run_may_be_a_failed_one_unless_that_is_left_out(search):
    best = search.get_best_run_by_primary_metric

    assert best().id == "HD_1_0_4"
    assert best(include_failed=False).id == "HD_1_0_1"
    assert best(include_failed=False, include_canceled=False).id == "HD_1_0_1"
    assert isinstance(best(), Run)


def test_the_best_run_has_its_metrics_and_files(search, tmp_path):
    best = search.get_best_run_by_primary_metric(include_failed=False)
    best.download_file("outputs/case.txt", str(tmp_path / "case.txt"))

    assert best.get_metrics() == {"m": [0.1, 0.9, 0.3]}
    assert (tmp_path / "case.txt").read_text() == best.id


def test_metrics_of_all_children_leave_out_those_without(search):
    assert search.get_metrics() == {
        "HD_1_0_0": {"m": 0.5},
        "HD_1_0_1": {"m": [0.1, 0.9, 0.3]},
        "HD_1_0_3": {"m": [0.7, 0.8]},
        "HD_1_0_4": {"m": 0.95},
        "HD_1_0_5": {"m": 0.8},
    }


def test_hyperparameters_are_texts_by_child(search):
    found = search.get_hyperparameters()

    assert {child: json.loads(text) for child, text in found.items()} == {
        f"HD_1_0_{number}": {"--case": number} for number in range(6)
    }


def test_children_come_newest_first(search):
    assert [child.id for child in search.get_children()] == [f"HD_1_0_{number}" for number in range(5, -1, -1)]
    assert next(iter(search.get_children())).parent == search


def test_a_search_has_the_tags_and_properties_of_v1(search):
    tags, properties = search.get_tags(), search.get_properties()

    assert tags["by"] == "hand"
    assert json.loads(tags["generator_config"])["name"] == "GRID"
    assert json.loads(tags["primary_metric_config"]) == {"name": "m", "goal": "maximize"}
    assert json.loads(tags["policy_config"]) == {"name": "Default"}
    assert (tags["max_total_jobs"], tags["max_concurrent_jobs"], tags["max_duration_minutes"]) == ("6", "2", "10080")
    assert tags["_aml_system_HD_1_0_3"] == '{"--case": 3}'
    assert properties["best_child_run_id"] == "HD_1_0_1"
    assert math.isclose(float(properties["score"]), 0.9)
    assert properties["resume_from"] == "null"
    assert properties["space_size"] == "6"


def test_a_search_tells_the_platform_what_each_child_runs(search, smallest):
    told, same = (json.loads(run.get_tags()["platform_config"]) for run in (search, smallest))
    snapshot = told["Definition"].pop("SnapshotId")

    assert told == {
        "ServiceArmScope": "subscriptions//resourceGroups//providers/Microsoft.MachineLearningServices/"
        "workspaces/ws-test/experiments/searches",
        "SubscriptionId": "",
        "ResourceGroupName": "",
        "WorkspaceName": "ws-test",
        "ExperimentName": "searches",
        "Definition": {
            "Overrides": {
                "script": "train.py",
                "arguments": ["--test_size", 0.2],  # a number stays one, though scripts read text
                "target": "local",
                "framework": "Python",
                "communicator": "None",
                "maxRunDurationSeconds": 30 * 24 * 60 * 60,
                "nodeCount": 1,
            },
            "TargetDetails": None,
        },
    }
    assert str(uuid.UUID(snapshot)) == snapshot == search.get_snapshot_id()
    assert same["Definition"]["SnapshotId"] == snapshot, "one folder, unchanged, has one id"


def test_a_search_has_a_log_of_what_happened(search, tmp_path):
    path = tmp_path / "log.txt"
    search.download_file("azureml-logs/hyperdrive.txt", str(path))
    lines = path.read_text().splitlines()
    said = [line.rpartition("]")[2] for line in lines]

    assert search.get_file_names() == ["azureml-logs/hyperdrive.txt"]
    assert all(line.startswith("<START>[") and line.endswith("<END>") for line in lines)
    assert {line.split("][")[1] for line in lines} == {"API", "GENERATOR", "SCHEDULER"}
    assert said[0] == f"The search {search.id} begins.<END>"
    assert f'Sampled {search.id}_4: {{"--case": 4}}<END>' in said
    assert f"{search.id}_4 is Failed, best primary metric 0.95: ended with exit code 1<END>" in said
    assert said[-1] == f"The search is Completed; the best child run is {search.id}_1<END>"
    assert search.get_details_with_logs()["logFiles"] == {"azureml-logs/hyperdrive.txt": path.read_text()}


def test_a_run_that_is_found_again_knows_its_configuration(search):
    again = HyperDriveRun(search.experiment, search.id)

    assert again.hyperdrive_config._document("") == search.hyperdrive_config._document("")


def test_a_search_has_no_diagnostics_and_does_not_fail_on_request(search):
    with pytest.raises(NotImplementedError):
        search.get_diagnostics()
    with pytest.raises(NotImplementedError):
        search.fail()


def test_a_space_of_ranges_has_no_size():
    sizes = [space_size(space) for space in ({"a": choice(1, 2), "b": choice(3, 4, 5)}, {"a": randint(3)}, {}, None)]

    assert sizes == ["6", "infinite_space_size", "1", "1"]


def test_the_best_run_may_be_a_cancelled_one_unless_that_is_left_out(search, tmp_path):
    (tmp_path / "train.py").write_text(TRAIN.replace("with open", "while case == 1: time.sleep(0.1)\nwith open"))
    run = Experiment(search.experiment.workspace, "cancelled").submit(configured(tmp_path))
    deadline = time.monotonic() + 60
    while sum(child.get_status() in ("Completed", "Failed") for child in run.get_children()) < 5:
        assert time.monotonic() < deadline, [child.get_status() for child in run.get_children()]
        time.sleep(0.1)
    run.cancel()
    run.wait_for_completion()
    best = run.get_best_run_by_primary_metric
    rows = run.get_children_sorted_by_primary_metric()

    assert run.get_status() == "Canceled"
    assert [(name, row["best_primary_metric"], row["status"]) for name, row in zip(ids(rows), rows, strict=True)] == [
        ("4", 0.95, "Failed"),
        ("1", 0.9, "Canceled"),
        ("3", 0.8, "Completed"),
        ("5", 0.8, "Completed"),
        ("0", 0.5, "Completed"),
        ("2", None, "Completed"),
    ]
    assert best().id.endswith("_4")
    assert best(include_failed=False).id.endswith("_1")
    assert best(include_canceled=False).id.endswith("_4")
    assert best(include_failed=False, include_canceled=False).id.endswith("_3")


def test_nothing_is_the_best_where_nothing_was_logged(search, tmp_path):
    (tmp_path / "train.py").write_text("")
    run = Experiment(search.experiment.workspace, "silent").submit(configured(tmp_path, max_total_runs=1))
    run.wait_for_completion(raise_on_error=False)

    assert run.get_best_run_by_primary_metric() is None


def test_a_step_run_of_a_script_is_no_search(search):
    script = Experiment(search.experiment.workspace, "scripts").submit(
        ScriptRunConfig(search._node()["source"], "train.py", arguments=["--case", 0])
    )
    script.wait_for_completion()

    with pytest.raises(ValueError, match=r"^Step run with wrong type has been provided\. step_type: "):
        HyperDriveStepRun(script)


def test_a_search_learns_from_an_earlier_one_and_may_find_its_best_there(search):
    config = configured(
        search._node()["source"],
        hyperparameter_sampling=GridParameterSampling({"--case": choice(0)}),
        max_total_runs=1,
        policy=BanditPolicy(slack_factor=0.5),
        resume_from=search,
    )
    run = Experiment(search.experiment.workspace, "resumed").submit(config)
    run.wait_for_completion()

    assert json.loads(run.get_properties()["resume_from"]) == [search.id]
    assert run.get_best_run_by_primary_metric().id == "HD_1_0_4"
    assert run.get_best_run_by_primary_metric(include_resume_from_runs=False).parent == run


def test_a_search_that_no_v1_code_submitted_is_looked_at_in_the_same_way(home, monkeypatch):
    folder = home[0]
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(folder))
    (folder / "src" / "plain.py").write_text(
        "import sys; from hyperstep import tracking; tracking.metric('loss', float(sys.argv[2]))"
    )
    script = Step("plain.py", source=Source(str(folder / "src")))
    tune = TuneStep(script, space={"x": engine_choice(3, 1, 2)}, metric=minimize("loss"), sampler=GridSampler())
    run_pipeline(Pipeline("plain", (tune,)), workspace=folder)
    (pipeline_run,) = Experiment(Workspace.get("ws-test"), "plain").get_runs()
    (step,) = pipeline_run.get_steps()
    search = HyperDriveStepRun(step)

    assert [row["best_primary_metric"] for row in search.get_children_sorted_by_primary_metric()] == [1, 2, 3]
    assert search.get_best_run_by_primary_metric().get_metrics() == {"loss": 1}
    assert json.loads(search.get_tags()["platform_config"])["ExperimentName"] == "plain"
    with pytest.raises(HyperDriveConfigException, match="unknown sampling method"):
        search.hyperdrive_config._document("")
