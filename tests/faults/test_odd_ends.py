"""Trials end in odd ways: each gets the right state and reason, and the others go on."""

from __future__ import annotations

import pytest
from yard import DEADLINE, Yard

ENDS = {
    "good": ("completed", ""),
    "good, though a child fails": ("completed", ""),
    "good, though a child is killed": ("completed", ""),
    "good, through sys.exit": ("completed", ""),
    "killed": ("failed", "was killed by signal 9"),
    "segmentation fault": ("failed", "was killed by signal 11"),
    "aborted": ("failed", "was killed by signal 6"),
    "terminated by itself": ("failed", "was killed by signal 15"),
    "interrupted by itself": ("failed", "was killed by signal 2"),
    "whole group killed": ("failed", "was killed by signal 9"),
    "no metric": ("failed", "ended without logging 'score'"),
    "no metric, at once": ("failed", "ended without logging 'score'"),
    "another metric": ("failed", "ended without logging 'score'"),
    "memory limit": ("failed", "ended with exit code 1"),
    "file too large": ("failed", "ended with exit code 1"),
    "exception": ("failed", "ended with exit code 1"),
    "not a program": ("failed", "ended with exit code 1"),
    "exit code 255": ("failed", "ended with exit code 255"),
    "metric, then exit code 3": ("failed", "ended with exit code 3"),
    "folder removed": ("completed", ""),
}

TRAIN = """
import argparse, ctypes, os, resource, shutil, signal, subprocess, sys
from hyperstep import tracking

parser = argparse.ArgumentParser()
parser.add_argument("--end")
end = parser.parse_args().end
if end.startswith("good"):
    tracking.metric("score", len(end))

if end == "good, though a child fails":
    subprocess.run([sys.executable, "-c", "raise SystemExit(3)"])
elif end == "good, though a child is killed":
    subprocess.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
elif end == "good, through sys.exit":
    sys.exit(0)
elif end == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
elif end == "segmentation fault":
    ctypes.string_at(0)
elif end == "aborted":
    os.abort()
elif end == "terminated by itself":
    os.kill(os.getpid(), signal.SIGTERM)
elif end == "interrupted by itself":
    os.kill(os.getpid(), signal.SIGINT)
elif end == "whole group killed":
    os.killpg(0, signal.SIGKILL)
elif end == "no metric, at once":
    os._exit(0)
elif end == "another metric":
    tracking.metric("scores", 1)
elif end == "memory limit":
    resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))
    kept = [bytearray(2**22) for _ in range(1000)]
elif end == "file too large":
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
    open("outputs/large", "wb", buffering=0).write(bytes(2**16))
    open("outputs/large", "ab", buffering=0).write(b"x")
elif end == "exception":
    raise ValueError(end)
elif end == "not a program":
    exec("this is no program")
elif end == "exit code 255":
    sys.exit(-1)
elif end == "metric, then exit code 3":
    tracking.metric("score", 1000)
    sys.exit(3)
elif end == "folder removed":
    tracking.metric("score", 1)
    shutil.rmtree("outputs")
"""

PIPELINE = """
from hyperstep import GridSampler, Limits, Pipeline, Step, TuneStep, choice, maximize
tune = TuneStep(
    Step("train.py"), name="tune", space={{"end": choice({ends!r})}}, metric=maximize("score"), sampler=GridSampler(),
    limits=Limits(trials={count}, concurrent=4, first_failures=0),
)
pipeline = Pipeline("odd", [tune])
"""


@pytest.fixture(scope="module")
def ended(tmp_path_factory, compiled):
    """The trials of one search, by how they were told to end; and the yard."""
    yard = Yard(tmp_path_factory.mktemp("odd"), compiled)
    (yard.folder / "train.py").write_text(TRAIN)
    (yard.folder / "pipeline.py").write_text(PIPELINE.format(ends=list(ENDS), count=len(ENDS)))
    assert yard.start("run", "pipeline.py").wait(DEADLINE) == 0, yard.out.read_text()
    return {row.values["end"]: row for row in yard.rows("1")}


@pytest.mark.parametrize("end", ENDS)
def test_a_trial_that_ends_in_an_odd_way_says_how(ended, end):
    row = ended[end]

    assert (row.state, row.reason) == ENDS[end]


def test_every_trial_had_its_turn_whatever_the_others_did(ended):
    assert set(ended) == set(ENDS)
