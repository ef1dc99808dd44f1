"""Scripts and commands that are submitted by themselves: what they get, and what they are known as."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.exceptions import ActivityFailedException, UserErrorException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.expressions import choice
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.runconfig import RunConfiguration
from hyperstep.azureml_v1.samplings import GridParameterSampling, RandomParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRun, ScriptRunConfig

TELL = """
import json, os, subprocess, sys
from azureml.core import Run
run = Run.get_context()
inner = subprocess.run([sys.executable, "-c", "from azureml.core import Run; print(Run.get_context().id)"],
                       stdout=subprocess.PIPE, universal_newlines=True, check=True)
told = {name: value for name, value in os.environ.items() if name.startswith(("AZUREML_", "COLOUR"))}
with open("outputs/told.json", "w") as file:
    json.dump({"arguments": sys.argv[1:], "variables": told, "inner": inner.stdout.strip(), "id": run.id,
               "experiment": run.experiment.name, "workspace": run.experiment.workspace.name}, file)
run.log("rows", 3)
"""

SWEPT = """
import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float)
alpha = parser.parse_args().alpha
assert os.environ["AZUREML_SWEEP_alpha"] == "%g" % alpha
Run.get_context().log("m", alpha)
"""


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "tell.py").write_text(textwrap.dedent(TELL))
    (folder / "swept.py").write_text(textwrap.dedent(SWEPT))
    (folder / "fail.py").write_text("raise SystemExit('no such luck')")
    return str(folder)


@pytest.fixture
def experiment(local):
    return Experiment(local, "scripts")


def told(run, folder):
    path = folder / "told.json"
    run.download_file("outputs/told.json", str(path))
    return json.loads(path.read_text())


def test_construction_checks_nothing():
    config = ScriptRunConfig("nowhere", script="a.py", command="also a command")

    assert config.run_config.target == "local"
    assert config.max_run_duration_seconds == 2592000


def test_what_is_given_beside_a_run_configuration_leaves_that_as_it_was():
    shared = RunConfiguration()
    config = ScriptRunConfig(".", "a.py", run_config=shared, compute_target="cpu-cluster", environment=Environment("e"))

    assert (config.run_config.target, config.run_config.environment.name) == ("cpu-cluster", "e")
    assert shared.target == "local"
    assert ScriptRunConfig(".", "a.py", run_config=shared).run_config is shared


def test_a_script_gets_its_arguments_and_the_variables_of_v1(experiment, source, tmp_path):
    config = ScriptRunConfig(source, "tell.py", arguments=["--size", 0.2, "--name", "x"])
    config.run_config.environment = Environment("colours")
    config.run_config.environment.environment_variables["COLOUR"] = "green"
    run = experiment.submit(config, tags={"by": "hand"})
    details = run.wait_for_completion()
    found = told(run, tmp_path)

    assert isinstance(run, ScriptRun)
    assert details["status"] == "Completed"
    assert found["arguments"] == ["--size", "0.2", "--name", "x"]
    assert (found["id"], found["inner"], found["experiment"], found["workspace"]) == (
        run.id,
        run.id,
        "scripts",
        "ws-test",
    )
    assert found["variables"]["COLOUR"] == "green"
    assert found["variables"]["AZUREML_RUN_ID"] == run.id == "1_0"
    assert found["variables"]["AZUREML_ARM_PROJECT_NAME"] == "scripts"
    assert found["variables"]["AZUREML_EXPERIMENT_ID"] == experiment.id
    assert run.get_metrics() == {"rows": 3}
    assert run.get_tags() == {"by": "hand"}
    assert next(iter(experiment.get_runs())) == run


def test_a_script_that_fails_is_a_failed_run(experiment, source):
    run = experiment.submit(ScriptRunConfig(source, "fail.py"))

    with pytest.raises(ActivityFailedException):
        run.wait_for_completion()
    assert run.get_status() == "Failed"


def test_neither_or_both_of_script_and_command_is_refused_when_submitted(experiment, source):
    with pytest.raises(UserErrorException, match="either a script or a command"):
        experiment.submit(ScriptRunConfig(source))


@pytest.mark.parametrize(
    ("folder", "script", "said"), [("", "nowhere.py", r"nowhere\.py"), ("/gone", "tell.py", "gone")]
)
def test_a_script_or_folder_that_isnt_there_is_an_error_of_the_user(experiment, source, folder, script, said):
    config = ScriptRunConfig(source + folder, script)
    for submitted in (config, search_of(config)):
        with pytest.raises(UserErrorException, match=said):
            experiment.submit(submitted)


def test_a_space_that_cant_be_sampled_is_an_error_of_the_user(experiment, source):
    with pytest.raises(UserErrorException, match="nonsense"):
        experiment.submit(search_of(ScriptRunConfig(source, "tell.py"), space={"alpha": "nonsense"}))


def test_a_command_is_run_by_the_shell(experiment, source, tmp_path):
    run = experiment.submit(ScriptRunConfig(source, command=["python", "tell.py", "&&", "echo", "done"]))
    run.wait_for_completion()

    assert told(run, tmp_path)["id"] == run.id


@pytest.mark.parametrize("form", ["script", "command"])
def test_a_file_of_a_data_store_may_be_an_argument(experiment, source, form):
    store = experiment.workspace.get_default_datastore()
    (Path(store._local("")) / "raw.txt").write_text("raw data")
    (Path(source) / "show.py").write_text("import sys; print(open(sys.argv[1]).read(), len(sys.argv))")
    raw = store.path("raw.txt", data_reference_name="raw").as_mount()
    given = {"script": "show.py", "arguments": [raw, raw]} if form == "script" else {"command": ["cat", raw, raw]}
    run = experiment.submit(ScriptRunConfig(source, **given))
    run.wait_for_completion()
    (log,) = run.get_details_with_logs()["logFiles"].values()

    assert log == {"script": "raw data 3\n", "command": "raw dataraw data"}[form]


def search_of(config, space=None):
    sampling = RandomParameterSampling(space) if space else GridParameterSampling({"alpha": choice(1, 2)})
    return HyperDriveConfig(sampling, "m", PrimaryMetricGoal.MAXIMIZE, 2, run_config=config)


@pytest.mark.parametrize(
    "command",
    ["python swept.py --alpha $AZUREML_SWEEP_alpha", ["python", "swept.py", "--alpha", "$AZUREML_SWEEP_alpha"]],
)
def test_a_command_reads_the_values_of_a_search_from_variables(experiment, source, capsys, command):
    run = experiment.submit(search_of(ScriptRunConfig(source, command=command)))
    run.wait_for_completion()

    assert run.get_best_run_by_primary_metric().get_metrics() == {"m": 2}
    assert "AZUREML_SWEEP_" not in capsys.readouterr().out


def test_a_script_gets_the_values_of_a_search_as_options_and_variables(experiment, source):
    run = experiment.submit(search_of(ScriptRunConfig(source, "swept.py", arguments=["--alpha", 7])))
    run.wait_for_completion()

    assert sorted(metrics["m"] for metrics in run.get_metrics().values()) == [1, 2]


def test_a_command_that_ignores_the_values_is_warned_about(experiment, source, capsys):
    run = experiment.submit(search_of(ScriptRunConfig(source, command="python swept.py")))
    run.wait_for_completion(raise_on_error=False)

    assert "mentions no $AZUREML_SWEEP_alpha" in capsys.readouterr().out
