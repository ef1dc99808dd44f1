"""A workspace with a finished run, an interrupted one, models and a deleted run; each test gets a copy of its own."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hyperstep import Limits, Output, Parameter, Pipeline, RegisterStep, Source, Step, TuneStep, choice, maximize
from hyperstep.engine.events import RunDeleted, TrialEnded
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.store import queries
from hyperstep.upkeep.clearing import Wishes, clear, look
from hyperstep.workspace import Workspace

PREPARE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--offset", type=float)
parser.add_argument("--data")
args = parser.parse_args()
print("preparing")
open(args.data, "w").write(str(args.offset))
"""

TRAIN = """
import argparse, os
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--x", type=float)
args = parser.parse_args()
with open(os.environ["LEDGER"], "a") as ledger:
    ledger.write("%g\\n" % args.x)
offset = float(open(args.data).read())
tracking.metric("score", offset - (args.x - 2) ** 2)
print("trained", args.x)
open(os.path.join(tracking.checkpoint_folder(), "state"), "w").write("half")
os.makedirs("outputs/deep/er")
open("outputs/model", "w").write("model of %g %g" % (args.x, offset))
open("outputs/deep/er/note", "w").write("note of %g %g" % (args.x, offset))
"""


def pipeline(offset: float = 1.0, values: tuple[int, ...] = (1, 2, 3)) -> Pipeline:
    """prepare, tune, register."""
    source = Source("steps")
    prepare = Step(
        "prepare.py", source=source, arguments=["--offset", Parameter("offset", offset), "--data", Output("data")]
    )
    tune = TuneStep(
        Step("train.py", source=source, arguments=["--data", prepare.output("data")]),
        name="tune",
        space={"x": choice(*values)},
        metric=maximize("score"),
        sampler=GridSampler(),
        limits=Limits(trials=len(values), concurrent=2),
    )
    return Pipeline("small", [prepare, tune, RegisterStep("tiny", tune.best_file("outputs/model"))])


def interrupt_after(workspace: Workspace, trials: int) -> Callable[[object], None]:
    """What `drive` is to call, so that a run stops when so many trials have ended."""
    ended = []

    def hear(recorded: object) -> None:
        if isinstance(recorded.event, TrialEnded):
            ended.append(recorded)
            if len(ended) == trials:
                workspace.interrupt()

    return hear


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run 1 completed, 2 was deleted, 3 is interrupted, 4 took 1's results; models: of 1, 2, 4 and trial 1/tune/0."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "steps").mkdir()
    (folder / "steps" / "prepare.py").write_text(PREPARE)
    (folder / "steps" / "train.py").write_text(TRAIN)
    with pytest.MonkeyPatch.context() as patch, Workspace.open(folder) as workspace:
        patch.setenv("LEDGER", str(folder / "ledger"))
        run(workspace, pipeline())
        run(workspace, pipeline(offset=7.0))
        workspace.store.append("2", [RunDeleted()])
        third = workspace.submit(pipeline(offset=3.0, values=(1, 2, 3, 4, 5)), base=folder)
        workspace.drive(third, on_event=interrupt_after(workspace, 2))
        run(workspace, pipeline(values=(1, 2, 3, 4)))
        made = queries.artifacts(workspace.store.db, "1/tune/0.0")
        (loser,) = [row.artifact for row in made if row.artifact.kind == "tree"]
        workspace.register("loser", loser, trial="1/tune/0")
    return folder


def run(workspace: Workspace, what: Pipeline) -> None:
    """Run a pipeline to its end."""
    ended = workspace.drive(workspace.submit(what, base=workspace.folder))
    assert ended is not None
    assert ended.result.value == "completed"


@pytest.fixture
def folder(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace's folder, which may be changed."""
    shutil.copytree(told, tmp_path / "copy", symlinks=True)
    monkeypatch.setenv("LEDGER", str(tmp_path / "copy" / "ledger"))
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    return tmp_path / "copy"


@pytest.fixture
def tidy(folder: Path) -> Path:
    """The same, without the stored files that nothing needs."""
    yesterday = time.time() - 25 * 3600
    for file in (folder / ".hyperstep" / "artifacts").rglob("*"):
        if file.is_file():
            os.utime(file, (yesterday, yesterday))
    with Workspace.open(folder, read_only=True) as workspace:
        clear(workspace.home, look(workspace.store.db, workspace.home, Wishes()))
    return folder


@pytest.fixture
def made() -> Callable[..., Pipeline]:
    """Makes the workspace's pipeline with another offset or other values to try."""
    return pipeline
