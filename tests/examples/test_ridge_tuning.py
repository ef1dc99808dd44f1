"""The example runs as its README says, and gives the values that were once published for its four alphas."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hyperstep.errors import NotFound, WorkspaceMissing
from hyperstep.store import queries
from hyperstep.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ridge_tuning"
PUBLISHED = {0.1749: 0.20466, 0.11: 0.20219, 0.7268: 0.18398, 0.94428: 0.17163}
PATIENCE = 60.0  # seconds

THE_FOUR_ALPHAS = f"""
from hyperstep import GridSampler, choice

PARAMETER_SAMPLING = {{"alpha": choice({list(PUBLISHED)})}}
SAMPLER = GridSampler()
"""

WAIT_FOR_THE_GATE = """
import os, time
while args.alpha > 0.5 and not os.path.exists(os.environ["GATE"]):
    time.sleep(0.01)
"""


def copy_of_the_example(folder: Path) -> Path:
    """The example, told to try the four published alphas."""
    ignored = shutil.ignore_patterns(".hyperstep", "__pycache__", "outputs")
    shutil.copytree(EXAMPLE, folder, ignore=ignored)
    with (folder / "ml_service" / "pipelines" / "hyperparams.py").open("a") as hyperparams:
        hyperparams.write(THE_FOUR_ALPHAS)
    return folder


def environment(**variables: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HYPERSTEP_")}
    return {**plain, **variables}


def run_pipeline(folder: Path, test_size: float) -> str:
    command = [sys.executable, "-m", "ml_service.pipelines.run_pipeline", f"--test_size={test_size}"]
    return subprocess.run(command, cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE, text=True).stdout


def scores(folder: Path, run: str) -> dict[object, float | None]:
    """The r2 that each alpha got in a run, to five digits."""
    with Workspace.open(folder, read_only=True) as workspace:
        trials = queries.trials(workspace.store.db, f"{run}/tune-model")
    return {trial.values["alpha"]: trial.best_score and round(trial.best_score, 5) for trial in trials}


def step_states(folder: Path, run: str) -> dict[str, str]:
    with Workspace.open(folder, read_only=True) as workspace:
        return {step.name: step.state for step in queries.steps(workspace.store.db, run)}


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory) -> Path:
    """A copy in which the pipeline ran once, ran again, and ran with another split."""
    folder = copy_of_the_example(tmp_path_factory.mktemp("example") / "ridge_tuning")
    for test_size in (0.2, 0.2, 0.3):
        run_pipeline(folder, test_size)
    return folder


def test_the_published_alphas_give_the_published_scores(three_runs):
    assert scores(three_runs, "1") == PUBLISHED


def test_the_best_trial_becomes_version_1(three_runs):
    with Workspace.open(three_runs, read_only=True) as workspace:
        version = queries.model(workspace.store.db, "mymodel", 1)

    assert version.values == {"alpha": 0.1749}
    assert version.trial == "1/tune-model/0"


def test_a_second_run_reuses_all_but_the_registration(three_runs):
    assert step_states(three_runs, "1") == {
        "prep data": "completed",
        "tune model": "completed",
        "register model": "completed",
    }
    assert step_states(three_runs, "2") == {
        "prep data": "reused",
        "tune model": "reused",
        "register model": "completed",
    }


def test_every_run_registers_a_version(three_runs):
    with Workspace.open(three_runs, read_only=True) as workspace:
        versions = queries.model_versions(workspace.store.db, "mymodel")

    assert sorted(version.version for version in versions) == [1, 2, 3]


def test_another_split_is_prepared_and_tuned_again(three_runs):
    assert set(step_states(three_runs, "3").values()) == {"completed"}
    assert set(scores(three_runs, "3")) == set(PUBLISHED)
    assert scores(three_runs, "3") != PUBLISHED


@pytest.fixture
def gated(tmp_path) -> Iterator[Path]:
    """A copy whose trials with a large alpha wait for a file; in the end the file is always made."""
    folder = copy_of_the_example(tmp_path / "ridge_tuning")
    train = folder / "src" / "steps" / "02_train.py"
    parsed = "args = parser.parse_args()\n"
    assert parsed in train.read_text()
    train.write_text(train.read_text().replace(parsed, parsed + WAIT_FOR_THE_GATE))
    yield folder
    (tmp_path / "gate").touch()


def test_a_killed_driver_loses_nothing(gated, tmp_path):
    command = [sys.executable, "-m", "ml_service.pipelines.run_pipeline", "--test_size=0.2"]
    with subprocess.Popen(command, cwd=gated, env=environment(GATE=str(tmp_path / "gate"))) as driver:
        try:
            wait_until(lambda: trial_states(gated) == ["completed", "completed", "running", "running"])
        finally:
            driver.send_signal(signal.SIGKILL)
    (tmp_path / "gate").touch()
    resume = [str(Path(sys.executable).with_name("hyperstep")), "resume"]
    subprocess.run(resume, cwd=gated, env=environment(), check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)

    assert scores(gated, "1") == PUBLISHED
    assert [job for job in jobs(gated) if not job.endswith(".0")] == []


def trial_states(folder: Path) -> list[str]:
    """The states of the trials so far; a trial whose process hasn't started yet isn't among them."""
    try:
        with Workspace.open(folder, create=False, read_only=True) as workspace:
            db = workspace.store.db
            trials = queries.trials(db, "1/tune-model")
            return sorted(trial.state for trial in trials if trial.job and queries.job(db, trial.job).pid)
    except (WorkspaceMissing, NotFound):
        return []  # so early that there is no workspace, or no such step


def jobs(folder: Path) -> list[str]:
    with Workspace.open(folder, read_only=True) as workspace:
        db = workspace.store.db
        return [job.id for trial in queries.trials(db, "1/tune-model") for job in queries.jobs(db, trial.id)]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it didn't come to that"
        time.sleep(0.02)


def test_the_scripts_run_by_hand(tmp_path):
    steps = EXAMPLE / "src" / "steps"

    def by_hand(script: str, *arguments: str) -> str:
        command = [sys.executable, str(steps / script), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment(), check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    by_hand("01_prep_data.py", "--test_size", "0.2", "--data_X", "data_X", "--data_y", "data_y")
    said = by_hand("02_train.py", "--data_X", "data_X", "--data_y", "data_y", "--alpha", "0.1749")

    assert "metric r2 = 0.20465807" in said
    assert "model mymodel: outputs/mymodel" in by_hand("03_reg_model.py", "--saved_model", "outputs/mymodel")
