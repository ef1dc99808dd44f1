"""Scripts that v1 code submits: what they are given, what they log, and how their ends are waited for."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hyperstep.azureml_v1.dataset import Dataset
from hyperstep.azureml_v1.exceptions import ActivityFailedException, UserErrorException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.expressions import choice
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.samplings import GridParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRun, ScriptRunConfig
from hyperstep.azureml_v1.widgets import RunDetails
from hyperstep.azureml_v1.workspace import Workspace

LOOK = """
import json
from azureml.core import Run
run = Run.get_context()
said = {
    "id": run.id,
    "parent": run.parent and run.parent.id,
    "type": run.type,
    "tags": run.tags,
    "properties": run.properties.get("azureml.runsource"),
    "inputs": {name: open(path).read() for name, path in run.input_datasets.items()},
    "again": [one.id for one in run.experiment.get_runs()],
}
run.log("score", 1)
with open("outputs/said.json", "w") as file:
    json.dump(said, file)
"""

MORE = """
from azureml.core import Run, ScriptRunConfig
open("empty.py", "w").close()
Run.get_context().experiment.submit(ScriptRunConfig(".", "empty.py")).wait_for_completion()
"""

PIPELINE = """
from azureml.core import Run
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
open("empty.py", "w").close()
workspace = Run.get_context().experiment.workspace
step = PythonScriptStep("empty.py", source_directory=".")
run = Pipeline(workspace, [step]).submit("inner")
getattr(run, "get_steps", lambda: [run])()[0].wait_for_completion(show_output=False)
"""

ODD = """
import sys
from azureml.core import Run
alpha = int(sys.argv[-1])
if alpha == 2:
    sys.exit(1)
Run.get_context().log("score", alpha)
"""

SLOW = """
import os, time
print("first line", flush=True)
deadline = time.monotonic() + 60
while not os.path.exists(%r) and time.monotonic() < deadline:
    time.sleep(0.01)
print("second line")
"""

WAIT = """
from azureml.core import Workspace
run = Workspace.get("local").get_run("1_0")
run.wait_for_completion(show_output=True)
"""


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path / "home"))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    for name in ("home", "src"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "look.py").write_text(LOOK)
    return Experiment(Workspace("s", "g", "local"), "exp")


@pytest.fixture
def source(tmp_path):
    return str(tmp_path / "src")


def said_by(run, folder):
    run.download_file("outputs/said.json", str(folder / "said.json"))
    return json.loads((folder / "said.json").read_text())


def test_a_script_finds_its_inputs_tags_and_experiment(experiment, source, tmp_path):
    (tmp_path / "data.txt").write_text("the data")
    data = Dataset.File.from_files(str(tmp_path / "data.txt"))
    config = ScriptRunConfig(source, "look.py", arguments=["--data", data.as_named_input("data").as_mount()])
    run = experiment.submit(config, tags={"by": "test"})
    run.wait_for_completion()

    assert isinstance(run, ScriptRun)
    assert said_by(run, tmp_path) == {
        "id": run.id,
        "parent": None,
        "type": "azureml.scriptrun",
        "tags": {"by": "test"},
        "properties": "experiment",
        "inputs": {"data": "the data"},
        "again": [run.id],
    }
    assert run.tags == {"by": "test"}
    assert run.get_metrics(recursive=True) == {run.id: {"score": 1}}
    assert type(Run.get(experiment.workspace, run.id)) is ScriptRun


def searched(experiment, source, script, *alphas):
    config = HyperDriveConfig(
        GridParameterSampling({"alpha": choice(*alphas)}),
        "score",
        PrimaryMetricGoal.MAXIMIZE,
        max_total_runs=len(alphas),
        run_config=ScriptRunConfig(source, script),
    )
    return experiment.submit(config)


def test_a_child_of_a_search_finds_the_search(experiment, source, tmp_path):
    search = searched(experiment, source, "look.py", 1)
    search.wait_for_completion()
    [child] = search.get_children()
    said = said_by(child, tmp_path)

    assert (said["id"], said["parent"]) == (f"{search.id}_0", search.id)
    assert said["tags"] == {"hyperparameters": '{"alpha": 1}'}
    assert child.parent == search
    assert search.parent is None
    assert [run.id for run in experiment.get_runs(include_children=True)] == [search.id, child.id]


def test_a_log_is_shown_while_it_grows(experiment, source, tmp_path):
    go = tmp_path / "go"
    (tmp_path / "src" / "slow.py").write_text(SLOW % str(go))
    run = experiment.submit(ScriptRunConfig(source, "slow.py"))
    assert run.id == "1_0"
    (tmp_path / "wait.py").write_text(WAIT)
    command = [sys.executable, "-u", "-m", "hyperstep", "v1", str(tmp_path / "wait.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as waiting:
        assert waiting.stdout is not None
        before = []
        for line in waiting.stdout:
            before.append(line)
            if line == "first line\n":
                break
        go.touch()
        after = waiting.stdout.read()

    assert before[-1] == "first line\n"
    assert after.startswith("second line\n")
    assert after.endswith("Status: Completed\n")


def test_a_log_is_shown_to_its_last_letter(experiment, source, tmp_path, capsys):
    (tmp_path / "src" / "say.py").write_text("print('one\\ntwo', end='')")
    run = experiment.submit(ScriptRunConfig(source, "say.py"))
    run.wait_for_completion(show_output=True)

    assert capsys.readouterr().out.count("one\ntwo\n") == 1


@pytest.mark.parametrize(
    ("script", "inner"),
    [(MORE, "2_0"), (PIPELINE, "2_0"), (PIPELINE.replace("get_steps", "not_a_pipelines"), "2")],
    ids=["script", "step", "pipeline"],
)
def test_a_script_cant_wait_for_a_run_that_waits_for_it(experiment, source, tmp_path, script, inner):
    (tmp_path / "src" / "more.py").write_text(script)
    run = experiment.submit(ScriptRunConfig(source, "more.py"))
    with pytest.raises(ActivityFailedException, match=f"{inner} begins when the run of this script has ended"):
        run.wait_for_completion()
    later = Run.get(experiment.workspace, inner)
    later.wait_for_completion()

    assert later.get_status() in ("Completed", "Finished")


def test_a_search_shows_its_own_log(experiment, source, capsys):
    search = searched(experiment, source, "look.py", 1, 2)
    search.wait_for_completion(show_output=True)
    shown = capsys.readouterr().out

    assert shown.count(f"Sampled {search.id}_0") == 1
    assert shown.count("The search is Completed") == 1


def test_the_view_of_a_search_shows_each_child_as_the_child_tells_it(experiment, source, tmp_path):
    (tmp_path / "src" / "odd.py").write_text(ODD)
    search = searched(experiment, source, "odd.py", 1, 2, 3)
    search.wait_for_completion()
    late = Run.get(experiment.workspace, f"{search.id}_0")
    late.log("late", 1)
    by_hand = search.child_run()
    data = RunDetails(search).get_widget_data()

    assert [child["status"] for child in data["child_runs"]] == ["Running", "Completed", "Failed", "Completed"]
    assert data["child_runs"][-1]["metrics"] == {"score": 1, "late": 1}
    assert data["child_runs"] == [
        {"run_id": child.id, "status": child.get_status(), "metrics": child.get_metrics()}
        for child in search.get_children()
    ]
    assert data["child_runs"][0]["run_id"] == by_hand.id


def test_a_run_is_cancelled(experiment, source, tmp_path):
    (tmp_path / "src" / "slow.py").write_text(SLOW % str(tmp_path / "never"))
    run = experiment.submit(ScriptRunConfig(source, "slow.py"))
    run.cancel()
    run.cancel()

    assert run.wait_for_completion()["status"] == "Canceled"


def test_an_environment_is_found_again(experiment, source):
    run = experiment.submit(ScriptRunConfig(source, "look.py"))
    run.wait_for_completion()

    definition = run.get_details()["runDefinition"]

    assert run.get_environment().name is not None
    assert definition["script"] == "look.py"
    assert definition["environment"]["environmentVariables"]["AZUREML_ARM_WORKSPACE_NAME"] == "local"
    assert not [name for name in definition["environment"]["environmentVariables"] if name.startswith("HYPERSTEP")]


def test_a_run_gives_back_the_source_that_it_ran(experiment, source, tmp_path):
    run = experiment.submit(ScriptRunConfig(source, "look.py"))
    (Path(source) / "look.py").write_text("")
    path = run.restore_snapshot(path=str(tmp_path / "restored"))
    with zipfile.ZipFile(path) as restored:
        text = restored.read("look.py").decode()

    assert text == LOOK
    assert Path(path).stem == run.get_snapshot_id() == run.properties["ContentSnapshotId"]
    with pytest.raises(UserErrorException, match="not other"):
        run.restore_snapshot("other")
    assert experiment.start_logging().get_snapshot_id() is None
