"""`extend` and `importance`: going on with a search, and learning from it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PIPELINE = """
from hyperstep import Limits, Pipeline, Step, TuneStep, maximize, uniform
train = Step("train.py")
space = {"matters": uniform(0, 1), "noise": uniform(0, 1)}
tune = TuneStep(train, name="tune", space=space, metric=maximize("score"), limits=Limits(trials=12, concurrent=4))
pipeline = Pipeline("learning", [tune])
"""

TRAIN = """
import argparse
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--matters", type=float)
parser.add_argument("--noise", type=float)
args = parser.parse_args()
tracking.metric("score", args.matters + args.noise / 100)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learning")
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "train.py").write_text(TRAIN)
    said = hyperstep(folder, "run", "pipeline.py")
    assert said.returncode == 0, said.stderr
    return folder


def hyperstep(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hyperstep", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_importance_names_the_parameter_that_matters_first(folder):
    found = json.loads(hyperstep(folder, "importance", "1", "--json").stdout)

    assert next(iter(found)) == "matters"
    assert found["matters"] > found["noise"]
    assert "--matters" in hyperstep(folder, "importance", "1/tune").stdout


def test_extend_takes_the_earlier_trials_and_adds_new_ones(folder):
    said = hyperstep(folder, "extend", "1", "--trials", "2")

    assert said.returncode == 0, said.stderr
    run = next(line.split("/")[0] for line in said.stdout.splitlines() if "/tune/0" in line)
    trials = json.loads(hyperstep(folder, "trials", run, "--by-number", "--json").stdout)
    assert [trial["taken"] for trial in trials] == [f"1/tune/{n}" for n in range(12)] + ["", ""]


def test_extending_what_is_not_there_is_said_and_ends_with_exit_code_2(folder):
    said = hyperstep(folder, "extend", "99", "--trials", "2")

    assert said.returncode == 2
    assert "no run '99'" in said.stderr
