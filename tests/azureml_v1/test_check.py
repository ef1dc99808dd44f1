"""A project's azureml names are found without running it, and each is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1 import check as checking
from hyperstep.azureml_v1 import lookup, names
from hyperstep.azureml_v1.check import RECORDED, REFUSED, RUNS, check, judge


def verdicts(folder: Path, text: str) -> dict[str, tuple[str, bool]]:
    (folder / "program.py").write_text(text)
    return {one.name: (one.verdict, one.used) for one in check(str(folder)).found}


@pytest.mark.parametrize(
    "text",
    [
        "from azureml.core import Run\nRun.get_context()",
        "from azureml.core import Run as R\nR.get_context()",
        "import azureml.core\nazureml.core.Run.get_context().log('a', 1)",
        "import azureml.core as c\nc.Run.get_context()",
        "import azureml.core as c\nR = c.Run\nR.get_context()",
        "from azureml import core\nf(core.Run)",
        "def f():\n    from azureml.core import Run\n    return [Run.get_context() for _ in 'ab']",
    ],
)
def test_a_name_is_found_whatever_it_is_called(tmp_path, text):
    assert verdicts(tmp_path, text) == {"azureml.core.Run": (RUNS, True)}


def test_of_a_star_only_what_is_used_is_named(tmp_path):
    text = "from azureml.train.hyperdrive.parameter_expressions import *\nx = {'a': choice(1, 2)}"

    assert verdicts(tmp_path, text) == {"azureml.train.hyperdrive.parameter_expressions.choice": (RUNS, True)}


def test_a_refused_name_counts_when_it_is_used(tmp_path):
    text = "from azureml.core.webservice import AciWebservice, Webservice\nAciWebservice.deploy_configuration()"

    assert verdicts(tmp_path, text) == {
        "azureml.core.webservice.AciWebservice": (REFUSED, True),
        "azureml.core.webservice.Webservice": (REFUSED, False),
    }


def test_an_unknown_name_counts_when_it_is_imported(tmp_path):
    assert verdicts(tmp_path, "from azureml.core import Nothing") == {"azureml.core.Nothing": (REFUSED, True)}


def test_a_refused_method_of_a_class_that_is_done_here_is_named_by_itself(tmp_path):
    found = verdicts(tmp_path, "from azureml.core import Model\nModel.deploy(ws, 'x', [])\nModel.list(ws)")

    assert found == {"azureml.core.Model": (RUNS, True), "azureml.core.Model.deploy": (REFUSED, True)}


@pytest.mark.parametrize(
    "text",
    [
        "ws = Workspace.from_config()\nws.list_keys()\nws.name",
        "ws = Workspace('s', 'g', 'n')\nprint(ws.list_keys, ws.nothing)",
        "Workspace.create('n').list_keys()",
        "ws = Workspace.get('n')\nagain = ws\nagain.list_keys()",
        "ws = Workspace.list_keys",
    ],
)
def test_what_is_refused_of_an_object_is_named_as_of_its_class(tmp_path, text):
    found = verdicts(tmp_path, "from azureml.core import Workspace\n" + text)

    assert found.pop("azureml.core.Workspace")[0] == RUNS
    assert found == {"azureml.core.Workspace.list_keys": (REFUSED, True)}


@pytest.mark.parametrize(
    "text",
    [
        "env = Environment('e')\nenv.docker.enabled = True\nenv.from_docker_build_contexts",
        "env = Environment('e')\nenv = other()\nenv.from_docker_build_context()",
        "env = Environment('e').python.from_docker_build_context",
    ],
)
def test_of_an_object_only_what_is_known_is_refused(tmp_path, text):
    found = verdicts(tmp_path, "from azureml.core import Environment\n" + text)

    assert found == {"azureml.core.Environment": (RECORDED, True)}


def test_an_attribute_that_no_class_has_is_refused_with_what_is_near(tmp_path):
    (tmp_path / "a.py").write_text("from azureml.core import Run\nRun.get_contxt()")
    (one,) = [one for one in check(str(tmp_path)).found if one.verdict == REFUSED]

    assert one.name == "azureml.core.Run.get_contxt"
    assert one.detail.endswith("Did you mean 'get_context'?")


def test_what_is_only_recorded_says_what(tmp_path):
    (tmp_path / "a.py").write_text("from azureml.core.runconfig import DockerConfiguration\nDockerConfiguration(True)")
    (one,) = check(str(tmp_path)).found

    assert (one.verdict, one.detail) == (RECORDED, "steps run without Docker")


def test_places_are_files_and_lines(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a.py").write_text("\n\nfrom azureml.core import Run\n")
    (tmp_path / "b" / "c.py").write_text("from azureml.core import Run\nRun.get_context()\n")
    (one,) = check(str(tmp_path)).found

    assert one.places == ["a.py:3", "b/c.py:1", "b/c.py:2"]


def test_names_of_others_are_left_alone(tmp_path):
    text = (
        "import azureml_tools\nfrom azure.ai.ml import MLClient\nfrom .azureml import Run\nRun()\nimport os as c\nc.Run"
    )

    assert verdicts(tmp_path, text) == {}


def notebook(path: Path, *cells: str) -> Path:
    documents = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in cells]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "from azureml"}, *documents]}))
    return path


def test_a_notebook_is_read_with_all_that_ipython_allows(tmp_path):
    path = notebook(
        tmp_path / "n.ipynb",
        "%matplotlib inline\n!pip install x\nfrom azureml.core import Workspace\nfiles = !ls\nif files:\n    %time f()",
        "%%time\nws = Workspace.from_config()\nws?",
        "%%bash\nif x; then echo; fi",
    )
    report = check(str(path))

    assert report.unread == []
    assert [one.places for one in report.found] == [[f"{path}, cell 2:3", f"{path}, cell 3:2"]]


def test_a_file_that_a_cell_writes_is_read_as_a_file_of_its_own(tmp_path):
    path = notebook(
        tmp_path / "n.ipynb",
        "from azureml.core import Model as M",
        "%%writefile $folder/train.py\nfrom azureml.core import Run\nRun.get_context()\nM.deploy()",
    )

    assert [(one.name, one.used) for one in check(str(path)).found] == [
        ("azureml.core.Model", False),
        ("azureml.core.Run", True),
    ]


@pytest.mark.parametrize(("name", "text"), [("a.py", "x = ("), ("a.py", "\0"), ("a.ipynb", "{"), ("a.ipynb", "[]")])
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    (tmp_path / "z.py").write_text("from azureml.core import Run")
    report = check(str(tmp_path))

    assert [file for file, _ in report.unread] == [name]
    assert [one.name for one in report.found] == ["azureml.core.Run"]


OFFERED = sorted((module, name) for module in names.NAMES for name in lookup.of(module))


@given(st.sampled_from(OFFERED), st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), max_size=2))
def test_the_verdict_is_that_of_the_table_whatever_follows_a_name(offered, attributes):
    module, name = offered
    found, verdict, detail = judge(".".join([module, name, *attributes]))
    kind, _ = lookup.find(module, name) or ("", "")

    assert found.startswith(f"{module}.{name}")
    assert (verdict == REFUSED) == (kind == "refused" or found != f"{module}.{name}")
    assert bool(detail) == (verdict != RUNS)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hyperstep", "v1", "check", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_ends_with_1_if_anything_is_refused(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("from azureml.core.model import InferenceConfig\nInferenceConfig()\n")
    done = command(str(program))

    assert done.returncode == 1
    assert f"azureml.core.model.InferenceConfig  {program}:1, {program}:2" in done.stdout
    assert "Use instead: take the files" in done.stdout
    assert "1 of 1 names can't be used here." in done.stdout


def test_the_command_ends_with_0_if_nothing_stops_a_program(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("from azureml.core import Run\nfrom azureml.core.model import InferenceConfig\n")
    done = command(str(program))

    assert done.returncode == 0
    assert "It is imported and not used, which does no harm." in done.stdout


def test_the_command_prints_json_for_programs(tmp_path):
    (tmp_path / "program.py").write_text("from azureml.core import Run\nraise SystemExit('it was run')\n")
    printed = json.loads(command(str(tmp_path), "--json").stdout)

    assert printed == {
        "names": [
            {"name": "azureml.core.Run", "verdict": RUNS, "detail": "", "places": ["program.py:1"], "used": False}
        ],
        "refused": 0,
        "unread": [],
    }


def test_every_import_path_that_public_code_uses_is_known():
    for path in USED.split():
        assert judge(path)[1] != REFUSED or lookup.has_module(path.rpartition(".")[0]), path
        assert not checking.judge(path)[2].startswith(f"{path} isn't known"), path


# From a count over 58 public repositories: what they import from where.
USED = """
azureml.core.Workspace azureml.core.Experiment azureml.core.Environment azureml.core.Dataset
azureml.core.ScriptRunConfig azureml.core.Run azureml.core.Model azureml.core.Datastore azureml.core.RunConfiguration
azureml.core.run.Run azureml.core.run._OfflineRun azureml.core.compute.AmlCompute azureml.core.compute.ComputeTarget
azureml.core.compute_target.ComputeTargetException azureml.exceptions.ComputeTargetException azureml.widgets.RunDetails
azureml.core.model.Model azureml.core.model.InferenceConfig azureml.core.webservice.AciWebservice
azureml.core.webservice.Webservice azureml.core.workspace.Workspace azureml.core.experiment.Experiment
azureml.core.dataset.Dataset azureml.core.environment.Environment azureml.core.conda_dependencies.CondaDependencies
azureml.core.runconfig.RunConfiguration azureml.core.runconfig.DEFAULT_CPU_IMAGE
azureml.core.runconfig.CondaDependencies azureml.core.authentication.InteractiveLoginAuthentication
azureml.core.authentication.AzureCliAuthentication azureml.core.authentication.ServicePrincipalAuthentication
azureml.train.sklearn.SKLearn azureml.train.estimator.Estimator azureml.data.dataset_factory.TabularDatasetFactory
azureml.data.OutputFileDatasetConfig azureml.data.datapath.DataPath azureml.data.datapath.DataPathComputeBinding
azureml.data.data_reference.DataReference azureml.data.dataset_consumption_config.DatasetConsumptionConfig
azureml.pipeline.core.Pipeline azureml.pipeline.core.PipelineData azureml.pipeline.core.PipelineParameter
azureml.pipeline.core.PublishedPipeline azureml.pipeline.core.PipelineRun azureml.pipeline.core.PipelineEndpoint
azureml.pipeline.core.Schedule azureml.pipeline.core.ScheduleRecurrence azureml.pipeline.core.graph.PipelineParameter
azureml.pipeline.core.graph.TrainingOutput azureml.pipeline.core.StepSequence azureml.pipeline.steps.PythonScriptStep
azureml.pipeline.steps.ParallelRunStep azureml.pipeline.steps.HyperDriveStep azureml.pipeline.steps.EstimatorStep
azureml.pipeline.steps.hyper_drive_step.HyperDriveStepRun azureml.train.hyperdrive.HyperDriveConfig
azureml.train.hyperdrive.run.PrimaryMetricGoal azureml.train.hyperdrive.runconfig.HyperDriveConfig
azureml.train.hyperdrive.policy.BanditPolicy azureml.train.hyperdrive.sampling.RandomParameterSampling
azureml.train.hyperdrive.parameter_expressions.choice azureml.train.automl.AutoMLConfig
azureml.pipeline.core._restclients.aeva.models.error_response.ErrorResponseException azureml.core.script_run.ScriptRun
"""
