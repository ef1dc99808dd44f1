"""The example in Azure's own words runs unchanged: built by one process, run by others, through its endpoint."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hyperstep.store import queries
from hyperstep.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sdk_v1"
PUBLISHED = {0.1749: 0.20466, 0.11: 0.20219, 0.7268: 0.18398, 0.94428: 0.17163}


def run(folder: Path, module: str, *arguments: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HYPERSTEP_")}
    command = [sys.executable, "-m", "hyperstep", "v1", "-m", f"ml_service.pipelines.{module}", *arguments]
    done = subprocess.run(command, cwd=folder, env=plain, check=False, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


def copy_of_the_example(folder: Path) -> Path:
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".hyperstep", ".azureml", "__pycache__", "outputs"))
    return folder


def states(folder: Path, number: str) -> dict[str, str]:
    with Workspace.open(folder, read_only=True) as workspace:
        return {step.name: step.state for step in queries.steps(workspace.store.db, number)}


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory) -> tuple[Path, list[str]]:
    """The pipeline, published once, ran, ran again, and ran with another split; and what each printed."""
    folder = copy_of_the_example(tmp_path_factory.mktemp("example") / "sdk_v1")
    run(folder, "build_pipeline")
    return folder, [run(folder, "run_pipeline", f"--test_size={size}") for size in (0.2, 0.2, 0.3)]


def test_the_first_run_computes_everything_and_registers_version_1(three_runs):
    folder, printed = three_runs

    assert set(states(folder, "1").values()) == {"completed"}
    assert "Finished: the newest mymodel is version 1" in printed[0]


def test_the_second_run_reuses_data_and_tuning_and_registers_version_2(three_runs):
    folder, printed = three_runs
    expected = {"prep data": "reused", "tune hyperparams": "reused", "register model": "completed"}

    assert states(folder, "2") == expected
    assert "version 2" in printed[1]


def test_another_split_tunes_again(three_runs):
    folder, printed = three_runs

    assert set(states(folder, "3").values()) == {"completed"}
    assert "version 3" in printed[2]


def test_the_registered_model_is_that_of_the_best_trial(three_runs):
    folder, _ = three_runs
    with Workspace.open(folder, read_only=True) as workspace:
        db = workspace.store.db
        (tune,) = (step for step in queries.steps(db, "1") if step.kind == "tune")
        best = queries.trials(db, tune.id, order="best")[0]
        model = queries.model(db, "mymodel", 1)

    assert float(model.tags["alpha"]) == pytest.approx(float(next(iter(best.values.values()))))
    assert model.tags["trials"] == "4"


def test_publishing_again_makes_a_second_version_of_the_endpoint(tmp_path):
    folder = copy_of_the_example(tmp_path / "sdk_v1")

    assert "as version 0 of" in run(folder, "build_pipeline")
    assert "as version 1 of" in run(folder, "build_pipeline")


def test_the_four_published_alphas_give_the_published_scores(tmp_path):
    folder = copy_of_the_example(tmp_path / "sdk_v1")
    hyperparams = folder / "ml_service" / "pipelines" / "hyperparams.py"
    with hyperparams.open("a") as file:
        file.write("\nfrom azureml.train.hyperdrive import GridParameterSampling, choice\n")
        file.write(f"PARAMETER_SAMPLING = GridParameterSampling({{'--alpha': choice({list(PUBLISHED)})}})\n")
    run(folder, "build_pipeline")
    run(folder, "run_pipeline")

    with Workspace.open(folder, read_only=True) as workspace:
        db = workspace.store.db
        (tune,) = (step for step in queries.steps(db, "1") if step.kind == "tune")
        found = {trial.values["--alpha"]: trial.best_score for trial in queries.trials(db, tune.id)}
    assert {alpha: round(score or 0, 5) for alpha, score in found.items()} == PUBLISHED
