"""A program that runs one pipeline after the other keeps nothing of them."""

from __future__ import annotations

import json
import subprocess
import sys

from amounts import amount
from yard import DEADLINE, Yard

WARM, RUNS = 10, amount(30, 5000)
GROWTH = 10 * 2**20  # bytes

PROGRAM = """
import contextlib, io, json, os, sys, threading
from pathlib import Path
import hyperstep
from hyperstep import Limits, Pipeline, Step, TuneStep, maximize, uniform

def look():
    memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {
        "descriptors": sorted(os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in os.listdir("/proc/self/fd") if
                              os.path.lexists(f"/proc/self/fd/{n}")),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "children": children,
        "memory": int(memory.split()[1]) * 1024,
    }

def run():
    limits = Limits(trials=3, concurrent=2)
    tune = TuneStep(Step("quick.py"), name="tune", space={"x": uniform(0, 1)}, metric=maximize("score"), limits=limits)
    return hyperstep.run(Pipeline("small", [tune]), fresh=True)

for number in range(int(sys.argv[1])):
    run()
before = look()
for number in range(int(sys.argv[2])):
    run()
print(json.dumps([before, look()]))
"""

QUICK = """
import argparse
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
tracking.metric("score", parser.parse_args().x)
"""


def test_many_runs_in_one_process_leave_nothing_open(tmp_path, compiled):
    yard = Yard(tmp_path, compiled)
    (tmp_path / "quick.py").write_text(QUICK)
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "program.py", str(WARM), str(RUNS)]
    done = subprocess.run(
        command, cwd=tmp_path, env=yard.environment, capture_output=True, text=True, timeout=DEADLINE * (5 + RUNS / 20)
    )
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stdout)

    print(f"{RUNS} runs: {(after['memory'] - before['memory']) / 2**20:.1f} MiB more")
    assert after["descriptors"] == before["descriptors"]
    assert after["threads"] == before["threads"]
    assert after["children"] == before["children"] == []
    assert after["memory"] - before["memory"] <= GROWTH
