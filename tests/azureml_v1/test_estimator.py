"""Estimators: parameters become arguments, packages an environment, and they run as scripts do."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.estimator import Chainer, Estimator, PyTorch, SKLearn, TensorFlow
from hyperstep.azureml_v1.exceptions import TrainingException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.expressions import choice
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.samplings import RandomParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRun

TRAIN = """
import argparse
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float)
parser.add_argument("--verbose", action="store_true")
given = parser.parse_args()
assert given.verbose
Run.get_context().log("m", given.alpha)
"""

READ = """
import argparse
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--factor", type=float)
given = parser.parse_args()
with open(given.data + "/table.txt") as table:
    Run.get_context().log("m", float(table.read()) * given.factor)
"""


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "train.py").write_text(TRAIN)
    return str(folder)


def test_parameters_become_arguments_and_an_empty_one_a_flag():
    made = Estimator(".", entry_script="a.py", script_params={"--alpha": 0.5, "--verbose": "", "--zero": 0})

    assert made.run_config.arguments == ["--alpha", 0.5, "--verbose", "--zero", 0]
    assert made.run_config.script == "a.py"


def test_packages_become_an_environment_without_a_name():
    made = SKLearn(".", entry_script="a.py", pip_packages=["joblib==1.1"], conda_packages=["pandas"])
    document = made.run_config.environment._document()

    assert document["name"] == ""
    assert document["pip"] == ["scikit-learn", "joblib==1.1"]
    assert "pandas" in document["conda"]


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        (SKLearn, "0.20.3", "scikit-learn==0.20.3"),
        (TensorFlow, "1.13", "tensorflow==1.13.*"),
        (PyTorch, None, "torch"),
        (Chainer, "5.1.0", "chainer==5.1.0"),
    ],
)
def test_an_estimator_of_a_framework_asks_for_it(kind, version, expected):
    made = kind(".", entry_script="a.py", framework_version=version, use_gpu=True)

    assert made.run_config.environment._document()["pip"] == [expected]


def test_a_file_of_packages_is_read(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("lightgbm==3.3.5\n")

    assert Estimator(".", entry_script="a.py", pip_requirements_file=str(file)).run_config.environment._document()[
        "pip"
    ] == ["lightgbm==3.3.5"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"entry_script": "a.py", "environment_definition": Environment("e"), "pip_packages": ["pandas"]},
        {"entry_script": "a.py", "conda_dependencies_file": "a.yml", "pip_requirements_file": "b.txt"},
    ],
)
def test_what_contradicts_itself_is_refused(given):
    with pytest.raises(TrainingException):
        Estimator(".", **given)


def test_an_estimator_runs_as_a_script_does(local, source):
    made = Estimator(source, entry_script="train.py", script_params={"--alpha": 0.5, "--verbose": ""})
    run = Experiment(local, "estimators").submit(made)
    run.wait_for_completion()

    assert isinstance(run, ScriptRun)
    assert run.get_metrics() == {"m": 0.5}


def test_a_search_over_an_estimator_overrides_its_parameter(local, source):
    made = SKLearn(source, entry_script="train.py", script_params={"--alpha": 0.5, "--verbose": ""})
    arguments = list(made.run_config.arguments)
    sampling = RandomParameterSampling({"--alpha": choice(1, 2, 3)})
    config = HyperDriveConfig(sampling, "m", PrimaryMetricGoal.MAXIMIZE, max_total_runs=3, estimator=made)
    run = Experiment(local, "estimators").submit(config)
    run.wait_for_completion()

    assert sorted(metrics["m"] for metrics in run.get_metrics().values()) == [1, 2, 3]
    assert run.get_best_run_by_primary_metric().get_details()["runDefinition"]["arguments"] == [
        "--verbose",
        "--alpha",
        "3",
    ]
    assert made.run_config.arguments == arguments


def test_a_folder_of_a_data_store_may_be_a_parameter(local, source, tmp_path):
    store = local.get_default_datastore()
    (tmp_path / "table.txt").write_text("0.25")
    store.upload_files([str(tmp_path / "table.txt")], target_path="tables")
    (tmp_path / "src" / "read.py").write_text(READ)
    made = Estimator(source, entry_script="read.py", script_params={"--data": store.path("tables").as_mount()})
    sampling = RandomParameterSampling({"--factor": choice(1, 2)})
    config = HyperDriveConfig(sampling, "m", PrimaryMetricGoal.MAXIMIZE, max_total_runs=2, estimator=made)
    run = Experiment(local, "estimators").submit(config)
    run.wait_for_completion()

    assert sorted(metrics["m"] for metrics in run.get_metrics().values()) == [0.25, 0.5]
