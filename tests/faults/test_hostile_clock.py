"""The wall clock is a label: whatever it shows, states, order and limits are the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from hyperstep.store import queries
from hyperstep.workspace import Workspace

DEADLINE = 120  # seconds

# Every look at the wall clock, in every process of the run, comes at another time: hours and decades before and after.
JUMPING = """
import itertools, time
YEARS = 10 * 365 * 86400.0
_jumps = itertools.cycle([{jumps}])
_real = time.time
def _time():
    return _real() + next(_jumps)
time.time = _time
"""
JUMPS = {
    "ten years on": "YEARS",
    "ten years back": "-YEARS",
    "back and forth": "0.0, 3600.0, -3600.0, YEARS, -YEARS, 0.25",
    "ever backwards": "*(-0.5 * n for n in range(1000))",
}
TRAIN = """
import argparse, time
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
x = parser.parse_args().x
if x == 9:
    time.sleep(600)
for epoch in range(4):
    tracking.metric("score", x + epoch / 10, step=epoch)
open("outputs/model", "w").write(str(x))
"""
PIPELINE = """
from hyperstep import *
from hyperstep.search.samplers.grid import GridSampler
train = Step("train.py", name="train", source=Source("steps"), timeout=1)
tune = TuneStep(train, name="tune", space={"x": choice(1, 2, 3, 9)}, metric=maximize("score"), sampler=GridSampler(),
                limits=Limits(trials=4, concurrent=2, duration=3600))
pipeline = Pipeline("p", [tune, RegisterStep("m", tune.best_file("outputs/model"))])
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "train.py").write_text(TRAIN)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "clock").mkdir()
    return tmp_path


def program(project, *arguments):
    left_out = ("HYPERSTEP_WORKSPACE", "PYTHONPATH")
    variables = {name: value for name, value in os.environ.items() if name not in left_out}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "hyperstep", *arguments],
        cwd=project,
        env={**variables, "PYTHONPATH": str(project / "clock")},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, time.monotonic() - began


def told(project):
    """All that a run says of itself but when it was."""
    with Workspace.open(project, read_only=True) as workspace:
        db = workspace.store.db
        trials = [
            (row.number, dict(row.values), row.state, row.reports, row.best_score, row.reason.partition(",")[0])
            for row in queries.trials(db, "1/tune")
        ]
        steps = [(row.id, row.state, row.best) for row in queries.steps(db, "1")]
        points = {row.id: [point.value for point in queries.metrics(db, row.id)] for row in queries.jobs(db, "1/tune")}
        return trials, steps, points, queries.model(db, "m", 1).trial


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
def test_a_run_is_the_same_whatever_the_clock_shows(project, jumps):
    (project / "clock" / "sitecustomize.py").write_text(JUMPING.format(jumps=jumps))

    _, took = program(project, "run", "pipeline.py")

    scores = {0: 1.3, 1: 2.3, 2: 3.3}
    assert told(project) == (
        [
            *[(number, {"x": number + 1}, "completed", 4, score, "") for number, score in scores.items()],
            (3, {"x": 9}, "stopped", 0, None, "was stopped at its time limit"),
        ],
        [("1/tune", "completed", 2), ("1/register-m", "completed", None)],
        {
            **{f"1/tune/{number}.0": [number + 1 + epoch / 10 for epoch in range(4)] for number in scores},
            "1/tune/3.0": [],
        },
        "1/tune/2",
    )
    assert took >= 1
    with Workspace.open(project, read_only=True) as workspace:
        run = queries.run(workspace.store.db, "1")
        assert 1 <= run.ended_at - run.submitted_at <= took
