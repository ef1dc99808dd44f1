"""Jobs in other Pythons, 3.8 and later, in which hyperstep isn't installed.

They are looked for on the PATH; HYPERSTEP_TEST_PYTHONS may name more, separated by colons.
"""

import os
import shutil
import subprocess

import pytest

from hyperstep.engine.job import Ending
from hyperstep.pipeline.environment import Start

NAMES = [f"python3.{minor}" for minor in (8, 9, 10, 12, 13, 14)]
FOUND = [
    *filter(None, map(shutil.which, NAMES)),
    *filter(None, os.environ.get("HYPERSTEP_TEST_PYTHONS", "").split(":")),
]

SCRIPT = """
import json, random, sys
from hyperstep import tracking
tracking.metric("x", 1.5, step=2)
tracking.tag("a", "b")
open("model", "w").write("weights")
tracking.artifact("m", "model")
version = tracking.register("ridge", "model", aliases=["best"], tags={"k": "v"})
print(sys.version_info[:2], version, sys.argv[1:])
raise ValueError("at the end")
"""


def runs(python):
    """True for an interpreter; a launcher of another tool's may stand on the PATH for one that isn't installed."""
    return subprocess.run([python, "-c", "pass"], capture_output=True).returncode == 0


@pytest.fixture(params=FOUND or [None])
def python(request):
    if request.param is None or not runs(request.param):
        pytest.skip(f"no other interpreter: none of {', '.join(NAMES)} runs, and HYPERSTEP_TEST_PYTHONS names none")
    return request.param


@pytest.mark.parametrize("start", [Start.AUTO, Start.SPAWN])
def test_a_python_that_is_too_old_is_a_refusal(shared_bench, start):
    old = [path for path in map(shutil.which, ("python3.7", "python3.6", "python2.7")) if path and runs(path)]
    named = [path for path in os.environ.get("HYPERSTEP_TEST_OLD_PYTHONS", "").split(":") if path]
    if not old + named:
        pytest.skip("no interpreter before 3.8 runs, and HYPERSTEP_TEST_OLD_PYTHONS names none")
    for python in old + named:
        _, outcome = shared_bench.run("print(1)", python=python, start=start)

        assert outcome.ending is Ending.REFUSED
        assert "must be Python 3.8 or later" in outcome.detail


@pytest.mark.parametrize("start", [Start.AUTO, Start.SPAWN])
def test_a_script_says_all_there_is_to_say(shared_bench, python, start):
    job = shared_bench.job(SCRIPT, python=python, start=start, arguments=("--alpha", "1"))
    shared_bench.compute.start(job, shared_bench.heard)
    wish = shared_bench.heard.wait(lambda events: [e for e in events if getattr(e, "request", "") == f"{job.id}#4"])[0]
    shared_bench.compute.answer(job.id, wish.through, 9)
    outcome = shared_bench.heard.ended(job.id)

    assert outcome.code == 1
    lines = shared_bench.log(job).splitlines()
    assert lines[0].endswith(" 9 ['--alpha', '1']")
    assert lines[-1] == "ValueError: at the end"
    assert shared_bench.heard.started(job.id).start == ("fork" if start is Start.AUTO else "spawn")
    (point,) = shared_bench.heard.points(job.id)
    assert (point.name, point.value, point.step) == ("x", 1.5, 2)
