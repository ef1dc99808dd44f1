"""Make a workspace with a half-finished run, as the code of a commit writes it: one for each released schema.

    .venv/bin/python tests/workspace/schemas/make.py COMMIT

writes schema-N.zip beside this file, N being the schema of that commit. To be run when a version is released whose
schema has no file yet. All of the workspace is in it; the driver and its supervisor were killed at one stroke, while
two of four trials were done, two ran, and nothing was registered.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEADLINE = 60  # seconds

PIPELINE = """
from hyperstep import Limits, Output, Parameter, Pipeline, RegisterStep, Source, Step, TuneStep, choice, maximize
from hyperstep.search.samplers.grid import GridSampler

source = Source("steps")
prepare = Step("prepare.py", source=source, arguments=["--offset", Parameter("offset", 1.0), "--data", Output("data")])
tune = TuneStep(
    Step("train.py", source=source, arguments=["--data", prepare.output("data")]),
    name="tune",
    space={"x": choice(1, 2, 3, 4)},
    metric=maximize("score"),
    sampler=GridSampler(),
    limits=Limits(trials=4, concurrent=2),
)
pipeline = Pipeline("small", [prepare, tune, RegisterStep("tiny", tune.best_file("outputs/model"))])
"""

PREPARE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--offset", type=float)
parser.add_argument("--data")
args = parser.parse_args()
open(args.data, "w").write(str(args.offset))
"""

TRAIN = """
import argparse, os, time
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--x", type=float)
args = parser.parse_args()
offset = float(open(args.data).read())
tracking.metric("score", offset - (args.x - 2) ** 2)
while args.x > 2 and "LEDGER" not in os.environ:
    time.sleep(0.05)
if "LEDGER" in os.environ:
    with open(os.environ["LEDGER"], "a") as ledger:
        ledger.write("%g\\n" % args.x)
open("outputs/model", "w").write("model of %g" % args.x)
"""


def main(commit: str) -> None:
    """Export the commit, run the pipeline with it, kill it, and pack what it left."""
    with tempfile.TemporaryDirectory() as temporary:
        place, code = Path(temporary, "project"), Path(temporary, "code")
        for name, text in (("prepare", PREPARE), ("train", TRAIN)):
            file = place / "steps" / f"{name}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (place / "pipeline.py").write_text(PIPELINE)
        code.mkdir()
        archive = subprocess.run(
            ["git", "archive", commit, "src"], cwd=HERE.parents[2], check=True, stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", code], input=archive.stdout, check=True)
        run(place, code / "src")
        pack(place / ".hyperstep")


def run(place: Path, code: Path) -> None:
    """Run until two trials are done and two wait, then kill every process at once."""
    environment = {**os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("LEDGER", None)
    command = [sys.executable, "-m", "hyperstep", "run", "pipeline.py"]
    driver = subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + DEADLINE
    while not is_half_done(place / ".hyperstep" / "hyperstep.db"):
        if driver.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"The run isn't half done after {DEADLINE} s, or ended: {driver.poll()}")
        time.sleep(0.1)
    driver.kill()
    driver.wait()
    for name in place.glob(".hyperstep/supervisors/*.sock"):
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if name.stem.encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)  # its jobs die with it
            except (FileNotFoundError, ProcessLookupError):
                continue


def is_half_done(database: Path) -> bool:
    """True if two trials have ended and the other two have logged their score."""
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        try:
            states = [state for (state,) in db.execute("SELECT state FROM trial WHERE reports > 0")]
        except sqlite3.OperationalError:  # its tables are about to be made
            return False
    return sorted(states) == ["completed"] * 2 + ["running"] * 2


def pack(home: Path) -> None:
    """Write the workspace's files, folders included; a write-ahead log is copied into the database first."""
    database = home / "hyperstep.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (schema,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("VACUUM")
    target = HERE / f"schema-{schema}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(home.rglob("*")):
            if path.is_symlink() or "jobpath" in path.parts:
                continue  # it leads to the code that wrote this
            if path.is_file():
                packed.write(path, path.relative_to(home))
            elif path.is_dir():
                packed.mkdir(f"{path.relative_to(home)}/")
    sys.stdout.write(f"{target} {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
