"""Runs a small pipeline in forks of one process, each with a fail-point of its own.

    python walk.py FOLDER

A line of standard input is a case: what is to happen to the first driver, as
HYPERSTEP_FAILPOINT has it, and after a blank what to the second; each may be
`-`, nothing. A case gets a new workspace below FOLDER, and after these drivers
others without a plan until the run has ended. What came of it is printed as a
line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from hyperstep import Workspace, failpoints
from hyperstep.compute import local  # noqa: F401  (all is imported once, before the forks)
from hyperstep.engine import driver  # noqa: F401
from hyperstep.engine.artifact import Artifact
from hyperstep.errors import WorkspaceMissing
from hyperstep.store import queries
from hyperstep.store.rows import ModelRow

PIPELINE = """
from hyperstep import GridSampler, Limits, Output, Pipeline, RegisterStep, Step, TuneStep, choice, maximize

prepare = Step("prepare.py", arguments=("--data", Output("data")))
tune = TuneStep(
    Step("train.py", name="train", arguments=("--data", prepare.output("data"))),
    name="tune",
    space={"--x": choice(1, 2)},
    sampler=GridSampler(),
    metric=maximize("score"),
    limits=Limits(trials=2, concurrent=1),
)
steps = (prepare, tune, RegisterStep("kept", tune.best_file("outputs/model"), aliases=("newest",)))
pipeline = Pipeline("walk", steps=steps)
"""

PREPARE = """
import sys
open(sys.argv[2], "w").write("7")
"""

TRAIN = """
import os, sys
from hyperstep import tracking
x = int(sys.argv[sys.argv.index("--x") + 1])
ledger = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND)
os.write(ledger, b"started %d\\n" % x)
tracking.metric("score", x + int(open(sys.argv[2]).read()))
if x == 1:
    tracking.register("handmade", __file__)
open("outputs/model", "w").write("model %d" % x)
os.write(ledger, b"ended %d\\n" % x)
"""

RESUMES = 5


def drive(folder: Path, run: str) -> int:
    """The body of a driver's process: 0 if the run has ended, 1 if the driver has."""
    try:
        with Workspace.open(folder) as workspace:
            if not run:
                sys.path.insert(0, str(folder))
                from pipeline import pipeline  # type: ignore[import-not-found]

                run = workspace.submit(pipeline, base=folder)
            return 0 if workspace.drive(run) is not None else 1
    except (OSError, RuntimeError):
        return 1


def forked(folder: Path, run: str, plan: str) -> int:
    """Drive in a process of its own; returns its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    status = 1
    try:
        os.chdir(folder)
        arm(plan)
        status = drive(folder, run)
    finally:
        os._exit(status)


def arm(plan: str) -> None:
    """Have the fail-points of this process do what a new process with the plan in its environment would have them do.

    Every module that has steps holds the function, so the one behind it changes.
    """
    os.environ[failpoints.PLAN] = plan
    failpoints._steps.__init__(plan, os.environ.get(failpoints.SEEN, ""))  # type: ignore[misc]


def case(folder: Path, plans: list[str]) -> dict[str, object]:
    """Run one case; returns what a test looks at."""
    for name, text in (("pipeline.py", PIPELINE), ("prepare.py", PREPARE), ("train.py", TRAIN)):
        (folder / name).write_text(text)
    ledger = folder / "ledger"
    ledger.touch()
    os.environ["LEDGER"] = str(ledger)
    statuses: list[int] = []
    while (run := newest(folder)) != "ended" and len(statuses) <= RESUMES:
        number = len(statuses)
        plan = plans[number] if number < len(plans) else "-"
        statuses.append(forked(folder, run, "" if plan == "-" else f"{plan}:{folder}/happened-{number}"))
    happened = [(folder / f"happened-{number}").exists() for number in range(len(plans))]
    lines = Counter(ledger.read_text().split("\n")[:-1])
    return {"plans": plans, "happened": happened, "statuses": statuses, "ledger": lines, **looked_at(folder)}


def newest(folder: Path) -> str:
    """The run to go on with; empty if none is recorded, `ended` if there is nothing to do."""
    try:
        with Workspace.open(folder, create=False, read_only=True) as workspace:
            runs = queries.runs(workspace.store.db, limit=1)
    except WorkspaceMissing:
        return ""
    return "" if not runs else "ended" if runs[0].ended_at is not None else runs[0].id


def looked_at(folder: Path) -> dict[str, object]:
    """What the workspace holds in the end."""
    with Workspace.open(folder, create=False, read_only=True) as workspace:
        db = workspace.store.db
        run = queries.runs(db, limit=1)[0]
        trials = queries.trials(db, f"{run.id}/tune")
        models = {
            f"{model.name} {model.version}": content(workspace, model)
            for newest_one in queries.models(db)
            for model in queries.model_versions(db, newest_one.name)
        }
        (integrity,) = db.execute("PRAGMA integrity_check").fetchone()
        numbers = [number for (number,) in db.execute("SELECT number FROM event ORDER BY number")]
        jobs = db.execute("SELECT count(*) FROM job WHERE state = 'running'").fetchone()[0]
    return {
        "run": run.state,
        "reason": run.reason,
        "trials": [(trial.number, trial.state, trial.best_score) for trial in trials],
        "models": models,
        "integrity": integrity,
        "gapless": numbers == list(range(1, len(numbers) + 1)),
        "running": jobs,
    }


def content(workspace: Workspace, model: ModelRow) -> str:
    """The bytes of a model, which are one file."""
    artifact = Artifact(digest=model.digest, size=model.size, kind=model.kind, member=model.member)
    with workspace.artifacts.open(artifact) as file:
        return file.read().decode()


def main() -> None:
    """Answer a line for each case."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.freeze()
    below = Path(sys.argv[1])
    for number, line in enumerate(sys.stdin):
        folder = below / str(number)
        folder.mkdir()
        begun = time.monotonic()
        found = case(folder, line.split())
        found["seconds"] = round(time.monotonic() - begun, 3)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
