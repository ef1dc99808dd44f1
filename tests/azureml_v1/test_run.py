"""Runs of real jobs: what a script sees of its own, and what programs see of it afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from hyperstep import (
    Environment,
    Limits,
    NotFound,
    Output,
    OutputOf,
    Pipeline,
    RunFailed,
    Step,
    TuneStep,
    choice,
    maximize,
    run,
)
from hyperstep.azureml_v1 import hook
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.exceptions import (
    ActivityFailedException,
    ModelPathNotFoundException,
    ServiceException,
    UserErrorException,
)
from hyperstep.azureml_v1.model import Model
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.store import queries
from hyperstep.workspace import Workspace as HyperstepWorkspace

OLD = Path.home() / ".pyenv" / "versions" / "3.8.18" / "bin" / "python"

PREPARE = """
import json, os, sys
from azureml.core import Run, Workspace
from azureml.core.run import _OfflineRun

run = Run.get_context()
said = {"offline": type(run) == _OfflineRun, "id": run.id, "experiment": run.experiment.name,
        "workspace": isinstance(run.experiment.workspace, Workspace), "status": run.get_status()}
run.log("count", 3)
run.log("text", "words")
run.log_list("curve", [0.5, 0.25])
run.log_row("row", x=1, y="a")
run.log_list("long", ["word"] * 20000)
said["metrics"] = {name: value for name, value in run.get_metrics().items() if name != "long"}
run.tag("by", "script")
run.tag("gone")
run.remove_tags(["gone"])
run.add_properties({"kept": 1})
said["tags"] = run.get_tags()
os.makedirs("logs")
with open("logs/own.log", "w") as file:
    file.write("a line")
with open("outputs/model.txt", "w") as file:
    file.write("model")
run.upload_file("handed/over.txt", "outputs/model.txt")
said["files"] = run.get_file_names()
model = run.register_model(
    "fromjob", "handed/over.txt", tags={"a": "b"}, properties={"p": "q"}, description="of a job")
said["model"] = model.id
child = run.child_run(name="fold")
child.log("fold", 1)
child.complete()
said["children"] = [one.name for one in run.get_children()]
run.complete()
with open(sys.argv[1], "w") as made:
    json.dump(said, made)
print("prepared")
"""

TRAIN = """
import argparse
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=int)
parser.add_argument("--data")
given = parser.parse_args()
run = Run.get_context()
for number in range(3):
    Run.get_context().log("score", given.alpha * 10 + number)
run.log("parent", run.parent.id)
with open("outputs/model.txt", "w") as file:
    file.write("alpha %d" % given.alpha)
"""


def environment(python=None):
    return Environment(variables={"PYTHONPATH": hook.ENTRY}, python=python)


def tutorial(folder):
    (folder / "prepare.py").write_text(PREPARE)
    (folder / "train.py").write_text(TRAIN)
    prepare = Step("prepare.py", name="prepare", arguments=[Output("said")], environment=environment())
    train = Step("train.py", name="train", arguments=["--data", OutputOf("prepare", "said")], environment=environment())
    search = TuneStep(
        train,
        space={"alpha": choice(1, 2)},
        metric=maximize("score"),
        sampler=GridSampler(),
        limits=Limits(trials=2, concurrent=2),
    )
    return Pipeline("tutorial", [prepare, search])


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a workspace in which the pipeline ran twice; the second time all of it was reused."""
    folder = tmp_path_factory.mktemp("done")
    pipeline = tutorial(folder)
    with chdir(folder):
        run(pipeline, workspace=folder)
        run(pipeline, workspace=folder)
    return folder


@pytest.fixture
def workspace(done, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(done))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    return Workspace("s", "g", "local")


def tags_of(job):
    """All tags of a job, those that hold records too."""
    with HyperstepWorkspace.open(read_only=True) as opened:
        return queries.tags(opened.store.db, job)


def said_by(done):
    return json.loads((done / ".hyperstep" / "runs" / "1" / "prepare.0" / "made" / "said").read_text())


def test_a_job_knows_what_it_is(done):
    said = said_by(done)

    assert said["offline"] is False
    assert said["id"] == "1_0"
    assert said["experiment"] == "tutorial"
    assert said["workspace"] is True
    assert said["status"] == "Running"


def test_a_job_sees_at_once_what_it_has_logged(done):
    said = said_by(done)

    assert said["metrics"] == {"count": 3, "text": "words", "curve": [0.5, 0.25], "row": {"x": 1, "y": "a"}}
    assert said["tags"] == {"by": "script"}
    assert said["files"] == ["handed/over.txt", "logs/own.log", "outputs/model.txt"]
    assert said["children"] == ["fold"]


def test_a_program_sees_the_same_of_the_job(workspace, done):
    step = Run.get(workspace, "1_0")
    metrics = step.get_metrics()

    assert metrics.pop("long") == ["word"] * 20_000
    assert metrics == said_by(done)["metrics"]
    assert step.get_tags()["by"] == "script"
    assert "gone" not in step.get_tags()
    assert step.properties["kept"] == "1"
    assert step.get_file_names() == ["handed/over.txt", "logs/own.log", "outputs/model.txt", "user_logs/std_log.txt"]
    assert [child.get_metrics() for child in step.get_children()] == [{"fold": 1}]
    assert Run(step.experiment, "1_0").get_status() == "Completed"


def test_a_model_of_a_job_leads_back_to_it(workspace, done, tmp_path):
    model = Model(workspace, "fromjob")

    assert said_by(done)["model"] == model.id == "fromjob:1"
    assert (model.tags, model.properties, model.description) == ({"a": "b"}, {"p": "q"}, "of a job")
    assert model.run_id == "1_0"
    assert Path(model.download(str(tmp_path))).read_text() == "model"


@pytest.mark.parametrize("run_id", ["HD_1_1_0", "HD_2_1_0"])
def test_a_trial_tells_its_values_and_its_metrics(workspace, run_id):
    trial = Run.get(workspace, run_id)
    details = trial.get_details()

    assert trial.get_metrics() == {"score": [10, 11, 12], "parent": "HD_1_1"}
    assert sum(key.startswith("azureml_v1:") for key in tags_of("1/train/0.0")) == 2
    assert json.loads(trial.get_tags()["hyperparameters"]) == {"alpha": 1}
    assert details["runDefinition"]["arguments"][2:] == ["--alpha", "1"]
    assert details["runDefinition"]["arguments"][0] == "--data"
    assert details["runDefinition"]["script"] == "train.py"
    assert details["status"] == "Completed"
    assert details["startTimeUtc"] < details["endTimeUtc"]
    assert trial.type == "azureml.scriptrun"
    assert trial.number == int(run_id.split("_")[1])


def test_files_are_downloaded_by_name_folder_and_prefix(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trial = Run.get(workspace, "HD_1_1_1")
    trial.download_file("outputs/model.txt")
    trial.download_file("outputs/model.txt", "here/")
    trial.download_files(prefix="outputs/", output_directory="all", append_prefix=False)
    trial.download_files(output_directory="whole")

    for path in ("model.txt", "here/model.txt", "all/model.txt", "whole/outputs/model.txt"):
        assert (tmp_path / path).read_text() == "alpha 2"
    assert (tmp_path / "whole" / "user_logs" / "std_log.txt").exists()
    with pytest.raises(UserErrorException, match=r"outputs/none\.txt"):
        trial.download_file("outputs/none.txt")


def test_a_program_registers_what_a_job_made(workspace, tmp_path):
    trial = Run.get(workspace, "HD_1_1_1")
    model = trial.register_model("best", "outputs/model.txt", properties={"from": "outside"})
    whole = trial.register_model("folder", "outputs")

    assert Path(model.download(str(tmp_path))) == tmp_path / "model.txt"
    assert (tmp_path / "model.txt").read_text() == "alpha 2"
    assert (Path(whole.download(str(tmp_path))) / "model.txt").read_text() == "alpha 2"
    assert model.run_id == "HD_1_1_1"
    assert model.id in [one.id for one in Model.list(workspace, run_id="HD_1_1_1")]
    with pytest.raises(ModelPathNotFoundException, match="outputs/mode"):
        trial.register_model("best", "outputs/mode")


def test_tags_and_files_are_added_to_a_run_that_has_ended(workspace, tmp_path):
    (tmp_path / "late.txt").write_text("late")
    trial = Run.get(workspace, "HD_1_1_0")
    trial.tag("late", "yes")
    trial.upload_file("late.txt", str(tmp_path / "late.txt"))
    again = Run.get(workspace, "HD_1_1_0")
    again.download_file("late.txt", str(tmp_path / "copy.txt"))

    assert again.get_tags()["late"] == "yes"
    assert "late.txt" in again.get_file_names()
    assert (tmp_path / "copy.txt").read_text() == "late"


def test_waiting_shows_the_log_of_a_job(workspace, capsys):
    step = Run(Run.get(workspace, "1_0").experiment, "1_0")

    assert step.wait_for_completion(show_output=True)["runId"] == "1_0"
    assert "prepared\n" in capsys.readouterr().out
    assert "prepared\n" in step.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]


def test_the_logs_are_copied(workspace, tmp_path):
    [log] = Run(Run.get(workspace, "1_0").experiment, "1_0").get_all_logs(str(tmp_path))

    assert "prepared\n" in Path(log).read_text()


def test_the_address_of_a_run_is_a_folder(workspace, done):
    home = done.resolve() / ".hyperstep" / "runs"

    assert Run.get(workspace, "1").get_portal_url() == (home / "1").as_uri()
    assert Run.get(workspace, "HD_1_1").get_portal_url() == (home / "1" / "train").as_uri()
    assert Run.get(workspace, "2_0").get_portal_url() == (home / "1" / "prepare.0").as_uri()
    assert Run.get(workspace, "HD_1_1_1").get_portal_url() == (home / "1" / "train" / "1.0").as_uri()
    assert Run.get(workspace, "1_0").get_portal_url() == (home / "1" / "prepare.0").as_uri()


def test_one_child_of_a_search_isnt_cancelled_alone(workspace):
    with pytest.raises(UserErrorException, match="can't be cancelled alone"):
        Run.get(workspace, "HD_1_1_1").cancel()


def test_the_engine_answers_for_runs_that_the_command_line_submitted(workspace):
    first = ask("runs.run", run="1")
    second = ask("runs.run", run="2")

    assert [row["id"] for row in ask("runs.runs")] == ["2", "1"]
    assert ask("runs.runs", experiment="another") == []
    assert [row["id"] for row in ask("runs.runs", experiment="tutorial", limit=1)] == ["2"]
    assert first["kind"] == "pipeline"
    assert [step["state"] for step in first["steps"]] == ["completed", "completed"]
    assert [step["reused"] for step in second["steps"]] == ["1/prepare", "1/train"]
    assert second["steps"][0]["job"] == "1/prepare.0"
    assert [node["name"] for node in ask("runs.plan", run="1")["nodes"]] == ["prepare", "train"]
    assert [trial["scores"] for trial in ask("runs.trials", step="2/train")] == [[10, 11, 12], [20, 21, 22]]
    assert ask("runs.job", job="1/train/0.0")["state"] == "completed"
    assert ask("runs.metrics", jobs=["1/train/1.0"]) == {"1/train/1.0": {"score": [20, 21, 22]}}
    assert ask("runs.tags", job="1/prepare.0") == {"by": "script"}
    with pytest.raises(ServiceException, match="no step at position 5"):
        ask("runs.step", run="1", position=5)


def test_what_a_step_hands_on_is_saved(workspace, done, tmp_path):
    ask("files.output", step="2/prepare", output="said", to=str(tmp_path / "said.json"))
    ask("files.output", step="1/train", output="outputs/model.txt", to=str(tmp_path / "best.txt"))

    assert json.loads((tmp_path / "said.json").read_text()) == said_by(done)
    assert (tmp_path / "best.txt").read_text() == "alpha 2"
    with pytest.raises(NotFound, match="made nothing called 'none'"):
        ask("files.output", step="1/train", output="none", to=str(tmp_path / "none"))


def failing(folder, monkeypatch, script):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(folder))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    (folder / "fail.py").write_text(script)
    with pytest.raises(RunFailed):
        run(Pipeline("failing", [Step("fail.py", name="fail", environment=environment())]), workspace=folder)
    step = Run.get(Workspace("s", "g", "local"), "1_0")
    return Run(step.experiment, "1_0")


def test_a_failed_run_says_why_with_the_end_of_its_log(tmp_path, monkeypatch, capsys):
    script = "from azureml.core import Run\nRun.get_context().fail('no data')\nraise SystemExit('no data today')"
    step = failing(tmp_path, monkeypatch, script)
    with pytest.raises(ActivityFailedException) as caught:
        step.wait_for_completion()

    assert "exit code 1" in caught.value.message
    assert "no data today" in caught.value.message
    assert step.wait_for_completion(raise_on_error=False)["status"] == "Failed"


@pytest.mark.skipif(not OLD.exists(), reason="no Python 3.8 is there to try")
def test_a_job_of_python_3_8_logs_and_looks_as_any_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    answering = f"import os\nos.environ['HYPERSTEP_V1_PYTHON'] = {sys.executable!r}\n"
    (tmp_path / "prepare.py").write_text(answering + PREPARE)
    step = Step("prepare.py", name="prepare", arguments=[Output("said")], environment=environment(str(OLD)))
    run(Pipeline("tutorial", [step]), workspace=tmp_path)
    found = Run.get(Workspace("s", "g", "local"), "1_0")

    said = said_by(tmp_path)
    assert said["metrics"] == {name: value for name, value in found.get_metrics().items() if name != "long"}
    assert said["model"] == "fromjob:1"


def test_a_job_pays_little_to_find_its_run(done):
    heavy = "typing json re subprocess uuid tempfile shutil dataclasses datetime"
    script = (
        "import sys; before = set(sys.modules); from azureml.core import Run; Run.get_context();"
        f"print(sorted(set({heavy.split()!r}) & (set(sys.modules) - before)))"
    )
    variables = {
        "PYTHONPATH": hook.ENTRY,
        "HYPERSTEP_WIRE": str(done / ".hyperstep" / "runs" / "1" / "prepare.0" / "wire.jsonl"),
        "HYPERSTEP_JOB": "1/prepare.0",
        "HYPERSTEP_RUN": "1",
        "AZUREML_RUN_ID": "1_0",
    }
    said = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )

    assert said.stdout == "[]\n"
