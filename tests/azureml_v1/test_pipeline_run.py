"""Pipelines that run for real: values, searches, what is handed on, reuse, and what runs tell."""

from __future__ import annotations

import json
import textwrap
import time
from pathlib import Path

import pytest

from hyperstep.azureml_v1 import run
from hyperstep.azureml_v1.compute import AmlCompute, ComputeTarget
from hyperstep.azureml_v1.dataset import Dataset
from hyperstep.azureml_v1.endpoint import PipelineEndpoint
from hyperstep.azureml_v1.exceptions import ActivityFailedException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.expressions import choice
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.output_dataset_config import OutputFileDatasetConfig
from hyperstep.azureml_v1.pipeline import Pipeline
from hyperstep.azureml_v1.pipeline_data import PipelineData
from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter, TrainingOutput
from hyperstep.azureml_v1.pipeline_run import PipelineRun
from hyperstep.azureml_v1.run import STATUSES, Run
from hyperstep.azureml_v1.samplings import GridParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRunConfig
from hyperstep.azureml_v1.steps import CommandStep, HyperDriveStep, PythonScriptStep, StepSequence
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.engine.events import Result, TrialStatus

WAITING = """
import os, time
deadline = time.monotonic() + 60
while not os.path.exists(%r) and time.monotonic() < deadline:
    time.sleep(0.01)
"""
PREPARE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--table")
with open(parser.parse_args().table, "w") as table:
    table.write("1 2 3")
print("prepared")
"""

TRAIN = """
import argparse, os
from hyperstep import tracking
parser = argparse.ArgumentParser()
for name in ("--table", "--size", "--alpha"):
    parser.add_argument(name)
given = parser.parse_args()
assert open(given.table).read() == "1 2 3"
assert os.environ["AML_PARAMETER_size"] == given.size
tracking.metric("score", float(given.alpha) * float(given.size))
with open("outputs/model.txt", "w") as model:
    model.write("alpha " + given.alpha)
"""

REGISTER = """
import argparse, json
parser = argparse.ArgumentParser()
for name in ("--model", "--metrics", "--report"):
    parser.add_argument(name)
given = parser.parse_args()
with open(given.report, "w") as report:
    json.dump({"model": open(given.model).read(), "metrics": json.load(open(given.metrics))}, report)
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path / "home"))
    (tmp_path / "src").mkdir()
    for name, text in (("prepare.py", PREPARE), ("train.py", TRAIN), ("register.py", REGISTER)):
        (tmp_path / "src" / name).write_text(textwrap.dedent(text))
    workspace = Workspace.create("ws-test", exist_ok=True)
    ComputeTarget.create(workspace, "cpu-cluster", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2"))
    return workspace


@pytest.fixture
def source(tmp_path):
    return str(tmp_path / "src")


def tutorial(workspace, source):
    """The pipeline of the tutorial: prepare, search, register; made from its last step alone."""
    table = PipelineData("table").as_dataset()
    model = PipelineData(
        "model",
        pipeline_output_name="best_model",
        training_output=TrainingOutput("Model", model_file="outputs/model.txt"),
    )
    metrics = PipelineData("metrics", pipeline_output_name="all_metrics")
    report = PipelineData("report", pipeline_output_name="report")
    PythonScriptStep(
        "prepare.py",
        name="prep data",
        arguments=["--table", table],
        outputs=[table],
        compute_target="cpu-cluster",
        source_directory=source,
    )
    script = ScriptRunConfig(
        source,
        "train.py",
        arguments=["--table", table, "--size", PipelineParameter("size", 0.5)],
        compute_target="cpu-cluster",
    )
    search = HyperDriveConfig(
        GridParameterSampling({"--alpha": choice(1, 2)}),
        "score",
        PrimaryMetricGoal.MAXIMIZE,
        max_total_runs=4,
        max_concurrent_runs=2,
        run_config=script,
    )
    outputs = [model]
    HyperDriveStep("tune", search, inputs=[table], outputs=outputs, metrics_output=metrics)
    assert outputs == [model, metrics]
    register = PythonScriptStep(
        "register.py",
        name="register model",
        arguments=["--model", model, "--metrics", metrics, "--report", report],
        inputs=[model, metrics],
        outputs=[report],
        compute_target="cpu-cluster",
        source_directory=source,
        allow_reuse=False,
    )
    return Pipeline(workspace, steps=[register])


def report_of(run, folder):
    reference = run.get_pipeline_output("report")
    assert reference.download(str(folder)) == 1
    return json.loads((folder / reference.path_on_datastore).read_text())


def test_the_graph_of_the_tutorial(workspace, source, capsys):
    pipeline = tutorial(workspace, source)
    graph = pipeline.graph

    assert pipeline.validate() == []
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(" is ready to be created [")[0] for line in said[-3:]] == [
        "Step register model",
        "Step tune",
        "Step prep data",
    ]
    assert [(edge.source_node.name, edge.name, edge.dest_node.name) for edge in graph.edges] == [
        ("prep data", "table", "tune"),
        ("tune", "model", "register model"),
        ("tune", "metrics", "register model"),
    ]
    assert {node.name: node.allow_reuse for node in graph.nodes} == {
        "prep data": True,
        "tune": True,
        "register model": False,
    }
    assert graph.params == {"size": "0.5"}
    assert {name: where[1] for name, where in graph.pipeline_outputs.items()} == {
        "best_model": "model",
        "all_metrics": "metrics",
        "report": "report",
    }


def test_the_best_model_and_all_metrics_reach_the_last_step(workspace, source, tmp_path, capsys):
    run = tutorial(workspace, source).submit("exp")
    said = capsys.readouterr().out

    assert "Created step register model [" in said
    assert f"Submitted PipelineRun {run.id}" in said
    assert run.wait_for_completion(show_output=False) == "Finished"
    report = report_of(run, tmp_path)
    assert report["model"] == "alpha 2"
    assert sorted(report["metrics"].values(), key=str) == [{"score": [0.5]}, {"score": [1.0]}]
    assert set(report["metrics"]) == {f"HD_{run.id}_1_0", f"HD_{run.id}_1_1"}
    assert [child.name for child in run.get_children()] == ["register model", "tune", "prep data"]
    [prepare] = run.find_step_run("prep data")
    assert prepare.get_status() == "Finished"
    assert "prepared" in prepare.get_stdout_log()
    assert run.get_status() == "Finished"
    assert list(prepare.get_outputs()) == ["table"]


def test_a_second_run_reuses_all_but_the_step_that_may_not_be(workspace, source):
    first = Experiment(workspace, "exp").submit(tutorial(workspace, source))
    first.wait_for_completion(show_output=False)
    second = Experiment(workspace, "exp").submit(tutorial(workspace, source))
    second.wait_for_completion(show_output=False)
    reused = {step.name: step.properties.get("azureml.reusedrunid") for step in second.get_steps()}

    assert reused == {"prep data": f"{first.id}_0", "tune": f"{first.id}_1", "register model": None}


def test_an_endpoint_submits_its_default_with_the_sources_of_its_publication(workspace, source, tmp_path):
    PipelineEndpoint.publish(workspace, "train", "trains", tutorial(workspace, source))
    (tmp_path / "src" / "train.py").write_text("raise SystemExit('changed since')")
    endpoint = PipelineEndpoint.get(workspace, name="train")
    run = Experiment(workspace, "exp").submit(endpoint, pipeline_parameters={"size": "3"})

    assert run.wait_for_completion(show_output=False) == "Finished"
    assert {"score": [6.0]} in report_of(run, tmp_path)["metrics"].values()
    published = endpoint.get_pipeline()
    assert [one.id for one in PipelineRun.get_pipeline_runs(workspace, published.id)] == [run.id]


def test_a_failed_step_fails_its_run_and_says_why(workspace, source, tmp_path, capsys):
    (tmp_path / "src" / "prepare.py").write_text("raise SystemExit('no table today')")
    run = tutorial(workspace, source).submit("exp")
    with pytest.raises(ActivityFailedException) as caught:
        run.wait_for_completion(show_output=True)

    assert "prep data" in caught.value.message
    assert "no table today" in capsys.readouterr().out
    assert run.wait_for_completion(show_output=False, raise_on_error=False) == "Failed"
    [prepare] = run.find_step_run("prep data")
    assert prepare.get_status() == "Failed"


def test_an_output_that_a_pipeline_doesnt_name(workspace, source):
    run = tutorial(workspace, source).submit("exp")

    with pytest.raises(ValueError, match="no output named 'nothing'; it has all_metrics, best_model, report"):
        run.get_pipeline_output("nothing")
    run.cancel()
    assert run.wait_for_completion(show_output=False, raise_on_error=False) in ("Canceled", "Finished")


def test_an_output_is_delivered_to_its_place_and_registered(workspace, source, tmp_path):
    store = workspace.get_default_datastore()
    made = OutputFileDatasetConfig("made", destination=(store, "tables/{output-name}"))
    step = PythonScriptStep(
        "prepare.py",
        arguments=["--table", made.register_on_complete("numbers")],
        compute_target="cpu-cluster",
        source_directory=source,
    )
    run = Pipeline(workspace, steps=[step]).submit("exp")

    assert run.wait_for_completion(show_output=False) == "Finished"
    assert [one.name for one in run.get_steps()] == ["prepare.py"]
    assert store.download(str(tmp_path / "got"), prefix="tables/") == 1
    assert (tmp_path / "got" / "tables" / "made").read_text() == "1 2 3"
    assert Dataset.get_by_name(workspace, "numbers").version == 1
    (output,) = run.get_steps()[0].get_details()["outputDatasets"]
    assert output["outputDetails"] == {"outputName": "made"}
    assert Path(output["dataset"].download(str(tmp_path / "again"))[0]).read_text() == "1 2 3"


def test_a_command_gets_data_from_a_store_and_a_parameter(workspace, source):
    store = workspace.get_default_datastore()
    (Path(store._local("")) / "raw.txt").write_text("raw data")
    raw = store.path("raw.txt", data_reference_name="raw")
    step = CommandStep(
        ["cat", raw, "&& echo and", PipelineParameter("word", "x y")],
        name="show",
        inputs=[raw],
        compute_target="cpu-cluster",
        source_directory=source,
    )
    run = Pipeline(workspace, steps=[step]).submit("exp", {"word": "a  b"})
    run.wait_for_completion(show_output=False)

    assert "raw dataand a  b" in run.find_step_run("show")[0].get_stdout_log()


def test_steps_of_one_name_are_all_found_and_regenerating_reuses_none(workspace, source):
    def pipeline():
        table = [PipelineData("table"), PipelineData("table")]
        steps = [
            PythonScriptStep(
                "prepare.py",
                name="x",
                arguments=["--table", one],
                outputs=[one],
                compute_target="cpu-cluster",
                source_directory=source,
            )
            for one in table
        ]
        return Pipeline(workspace, steps=StepSequence(steps))

    first = pipeline().submit("exp")
    first.wait_for_completion(show_output=False)
    second = pipeline().submit("exp", regenerate_outputs=True)
    second.wait_for_completion(show_output=False)

    assert [step.id for step in second.find_step_run("x")] == [f"{second.id}_1", f"{second.id}_0"]
    assert not any(step.properties.get("azureml.reusedrunid") for step in second.get_steps())


RUN_STATUSES = {
    *("NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running", "Finalizing", "CancelRequested"),
    *("Canceled", "Completed", "Failed", "NotResponding", "Paused"),
}
STEP_STATUSES = {
    *("NotStarted", "Queued", "Running", "Failed", "Finished", "Canceled", "PartiallyExecuted", "Bypassed")
}


def test_every_state_of_the_engine_has_a_word_of_v1():
    states = {"submitted", "waiting", "running", "reused", *(state.value for state in [*Result, *TrialStatus])}

    assert set(STATUSES) == states
    assert {*STATUSES.values(), "Queued"} <= RUN_STATUSES
    assert set(run.ENDED) == {"Canceled", "Completed", "Failed"}
    assert {STATUSES[state] for state in states - {"submitted", "waiting", "running"}} == set(run.ENDED)


def test_a_pipeline_and_its_steps_say_finished_where_a_run_says_completed(workspace, source, tmp_path):
    begin, fail = tmp_path / "begin", "raise SystemExit(1)"
    (tmp_path / "src" / "slow.py").write_text(WAITING % str(begin))
    (tmp_path / "src" / "fail.py").write_text(fail)
    steps = [
        PythonScriptStep(name, compute_target="cpu-cluster", source_directory=source)
        for name in ("slow.py", "fail.py", "prepare.py")
    ]
    steps[1].run_after(steps[0])
    steps[2].run_after(steps[1])
    pipeline = Pipeline(workspace, steps=steps).submit("exp")
    seen = [(pipeline.get_status(), *(step.get_status() for step in pipeline.get_steps()))]
    deadline = time.monotonic() + 60
    while seen[-1][3] != "Running" and time.monotonic() < deadline:
        seen.append((pipeline.get_status(), *(step.get_status() for step in pipeline.get_steps())))
        time.sleep(0.02)
    begin.touch()
    pipeline.wait_for_completion(show_output=False, raise_on_error=False)
    ended = [step.get_status() for step in pipeline.get_steps()]

    assert seen[-1] == ("Running", "NotStarted", "NotStarted", "Running")
    assert {status for status, *_ in seen} <= {"NotStarted", "Running"}
    assert {status for _, *steps in seen for status in steps} <= STEP_STATUSES
    assert (pipeline.get_status(), ended) == ("Failed", ["Canceled", "Failed", "Finished"])
    assert Run(pipeline.experiment, pipeline.get_steps()[-1].id).get_status() == "Completed"
    assert [one.name for one in pipeline.get_children(status="Completed")] == ["slow.py"]
    assert [one.name for one in pipeline.get_children(status="Finished")] == ["slow.py"]
