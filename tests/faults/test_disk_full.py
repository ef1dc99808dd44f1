"""A workspace on a small disk that is filled while a pipeline runs, and emptied again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hyperstep import Workspace
from hyperstep.engine.storage import StorageBack, StorageFailed
from hyperstep.search.trial import TrialStatus
from hyperstep.store import queries

TRIALS = 12
MEGABYTE = 1 << 20

PIPELINE = f"""
from hyperstep import Limits, Pipeline, RandomSampler, RegisterStep, Step, TuneStep, maximize, uniform

tune = TuneStep(
    Step("train.py"),
    name="tune",
    space={{"--x": uniform(0, 1)}},
    sampler=RandomSampler(seed=3),
    metric=maximize("score"),
    limits=Limits(trials={TRIALS}, concurrent=2),
)
pipeline = Pipeline("full", steps=(tune, RegisterStep("kept", tune.best_file("outputs/model"))))
"""

TRAIN = """
import argparse, os, time
from hyperstep import tracking

parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
x = parser.parse_args().x
time.sleep(0.2)
for step in range(20):
    tracking.metric("score", x, step=step)
with open("outputs/model", "wb") as model:
    model.write(os.urandom(300_000))
with open(os.environ["LEDGER"], "a") as ledger:
    ledger.write(f"{x}\\n")
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here: that takes root")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for piece in (MEGABYTE, 4096, 1):
            try:
                while True:
                    file.write(b"x" * piece)
            except OSError:
                pass
    return filler


def test_a_disk_that_is_full_for_a_while_costs_no_trial(disk, tmp_path):
    (disk / "pipeline.py").write_text(PIPELINE)
    (disk / "train.py").write_text(TRAIN)
    ledger = tmp_path / "ledger"
    seed = int(os.environ.get("HYPERSTEP_SEED", random.randrange(1 << 30)))
    chance = random.Random(seed)
    variables = {**os.environ, "LEDGER": str(ledger)}
    command = [sys.executable, "-m", "hyperstep", "run", "pipeline.py"]
    driver = subprocess.Popen(command, cwd=disk, env=variables, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (ledger.exists() and ledger.read_text().count("\n") >= 2):
        assert driver.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for _ in range(3):
        time.sleep(chance.uniform(0, 0.4))
        filler = fill(disk)
        time.sleep(chance.uniform(0.3, 1.5))
        if chance.random() < 0.5:  # what the driver has given up is taken too
            filler = fill(disk)
            time.sleep(chance.uniform(0.3, 1.0))
        filler.unlink()
    output = f"HYPERSTEP_SEED={seed}\n{driver.communicate(timeout=120)[0]}"

    assert driver.returncode == 0, output
    with Workspace.open(disk, read_only=True) as workspace:
        db = workspace.store.db
        trials = queries.trials(db, "1/tune")
        assert Counter(trial.state for trial in trials) == {TrialStatus.COMPLETED.value: TRIALS}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        failed, back = (queries.events(db, "1", [kind]) for kind in (StorageFailed, StorageBack))
        assert len(failed) == len(back) >= 1
        assert not (workspace.home / "reserve").exists()
    finished = Counter(ledger.read_text().split())
    assert len(finished) == TRIALS
    assert set(finished.values()) == {1}, "finished work was run again"
    assert "The storage is full or fails" in output
    assert "The storage is back" in output
