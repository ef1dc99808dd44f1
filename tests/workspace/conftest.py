"""A small project of scripts that need nothing but the standard library, and its pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hyperstep import Limits, Output, Parameter, Pipeline, RegisterStep, Source, Step, TuneStep, choice, maximize
from hyperstep.search.samplers.grid import GridSampler

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
    ledger.write(f"{args.x}\\n")
offset = float(open(args.data).read())
for epoch in range(3):
    tracking.metric("score", offset - (args.x - 2) ** 2 - (2 - epoch), step=epoch)
tracking.metric("other", args.x)
open("outputs/model", "w").write(f"model of {args.x}")
"""

Make = Callable[..., Pipeline]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scripts, which is the working folder; `ledger` in it gets a line for each trial that runs."""
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "prepare.py").write_text(PREPARE)
    (tmp_path / "steps" / "train.py").write_text(TRAIN)
    (tmp_path / "ledger").write_text("")
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def make(project: Path) -> Make:
    """Makes the pipeline prepare, tune, register; keyword arguments go to the tuning step."""
    source = Source("steps")

    def pipeline(**changes: object) -> Pipeline:
        prepare = Step(
            "prepare.py", source=source, arguments=["--offset", Parameter("offset", 1.0), "--data", Output("data")]
        )
        train = Step("train.py", source=source, arguments=["--data", prepare.output("data")])
        settings = {
            "space": {"x": choice(1, 2, 3, 4)},
            "metric": maximize("score"),
            "sampler": GridSampler(),
            "limits": Limits(trials=4, concurrent=2),
            **changes,
        }
        tune = TuneStep(train, name="tune", **settings)
        return Pipeline("small", [prepare, tune, RegisterStep("tiny", tune.best_file("outputs/model"))])

    return pipeline


@pytest.fixture
def trained(project: Path) -> Callable[[], list[float]]:
    """The values that trials ran with since the last call, sorted."""

    def read() -> list[float]:
        found = sorted(map(float, (project / "ledger").read_text().split()))
        (project / "ledger").write_text("")
        return found

    return read
