"""Yard: a folder with a search of short trials, the real program that drives it, and the ledger that trials keep."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hyperstep.engine.events import DriverStarted, Event
from hyperstep.errors import WorkspaceMissing
from hyperstep.store import queries
from hyperstep.store.rows import TrialRow
from hyperstep.store.sqlite import SqliteStore
from hyperstep.supervisor.linux import mark_of

DEADLINE = 60.0  # seconds after which whatever is waited for is taken to hang

TRAIN = """
import argparse, json, os, random, time
from hyperstep import tracking

parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
x = parser.parse_args().x
ledger = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND)

def note(what):
    told = {"what": what, "job": os.environ["HYPERSTEP_JOB"], "pid": os.getpid(), "x": x}
    os.write(ledger, json.dumps(told).encode() + b"\\n")

note("start")
os.makedirs("outputs", exist_ok=True)
with open("outputs/model", "wb", buffering=0) as model:
    for part in range(4):
        model.write(json.dumps([x, part]).encode().ljust(2**16) )
        tracking.metric("score", x * (part + 1) / 4, step=part)
        time.sleep((SHORTEST + (LONGEST - SHORTEST) * x) / 4)
note("end")
"""

PIPELINE = """
from hyperstep import Limits, Pipeline, RandomSampler, RegisterStep, Step, TuneStep, maximize, uniform

tune = TuneStep(
    Step("train.py"), name="tune", space={{"x": uniform(0, 1)}}, metric=maximize("score"),
    sampler=RandomSampler(seed=7), limits=Limits(trials={trials}, concurrent={concurrent}, first_failures=0),
)
pipeline = Pipeline("kept", [tune, RegisterStep("kept", tune.best_file("outputs/model"))])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of the ledger; `kill` is the test's own."""

    what: str
    job: str = ""
    pid: int = 0
    x: float = 0.0

    @property
    def trial(self) -> str:
        """The trial whose job has written it: 1/tune/3 of 1/tune/3.0."""
        return self.job.rpartition(".")[0]


class Yard:
    """A project in `folder` whose trials take `shortest` to `longest` seconds; more: lines that begin their script."""

    def __init__(
        self,
        folder: Path,
        compiled: Path,
        *,
        trials: int = 20,
        concurrent: int = 2,
        shortest: float = 0.1,
        longest: float = 0.3,
        more: str = "",
    ) -> None:
        self.folder = folder.resolve()
        self.home = self.folder / ".hyperstep"
        self.trials = trials
        self.ledger = self.folder / "ledger"
        self.ledger.touch()
        (folder / "train.py").write_text(f"{more}\nSHORTEST, LONGEST = {shortest}, {longest}\n{TRAIN}")
        (folder / "pipeline.py").write_text(PIPELINE.format(trials=trials, concurrent=concurrent))
        (folder / ".amlignore").write_text("ledger\n*.txt\n")
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("HYPERSTEP_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        self.environment |= {"LEDGER": str(self.ledger), "PYTHONPYCACHEPREFIX": str(compiled)}

    # The program

    @property
    def out(self) -> Path:
        """What the newest command prints."""
        return self.folder / "out.txt"

    def start(self, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """Start a command."""
        with self.out.open("wb") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "hyperstep", *arguments],
                cwd=self.folder,
                env=self.environment,
                **{"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file, **options},
            )

    def drive(self) -> subprocess.Popen[bytes]:
        """Start a driver: of the run that is open, or of a new one."""
        return self.start("resume") if self.open_run() else self.start("run", "pipeline.py", "--fresh")

    def drive_to_a_random_moment(
        self, moments: random.Random, startup: float, *, early: bool = True
    ) -> subprocess.Popen[bytes]:
        """Start a driver and come back at a random moment; one that is at its end before is followed by another one.

        Most moments are dense where the driver takes up the run. With `early`, a quarter lies in the seconds that the
        program takes to start, `startup`.
        """
        while True:
            process = self.drive()
            if early and moments.random() < 0.25:
                delay = moments.uniform(0.0, startup)
            else:
                until(lambda process=process: process.poll() is not None or self.is_driven_by(process.pid), "a driver")
                delay = moments.choice((moments.expovariate(20), moments.uniform(0.0, 0.5)))
            try:
                assert process.wait(delay) == 0, self.out.read_text()
            except subprocess.TimeoutExpired:
                return process

    def is_driven_by(self, pid: int) -> bool:
        """True if this process is or was the driver of the run that is open."""
        run = self.open_run()
        return run is not None and pid in [one.pid for one in self.events(run) if isinstance(one, DriverStarted)]

    def finish(self) -> None:
        """Drive what is open to its end, or a run if there is none yet."""
        if self.open_run() or not self.runs():
            code = self.drive().wait(DEADLINE)
            assert code == 0, self.out.read_text()

    # What it remembers

    @contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """The run store, to read."""
        with SqliteStore(self.home / "hyperstep.db", read_only=True) as store:
            yield store

    def runs(self) -> list[str]:
        """All runs, the newest first."""
        with suppress(WorkspaceMissing), self.store() as store:  # a driver may have been killed while it made it
            return [row.id for row in queries.runs(store.db, limit=1000)]
        return []

    def open_run(self) -> str | None:
        """The run that hasn't ended, or None."""
        with suppress(WorkspaceMissing), self.store() as store:
            return next((row.id for row in queries.runs(store.db, limit=1000) if row.ended_at is None), None)
        return None

    def rows(self, run: str) -> list[TrialRow]:
        """The trials of a run."""
        with self.store() as store:
            return list(queries.trials(store.db, f"{run}/tune"))

    def events(self, run: str) -> list[Event]:
        """All that is recorded of a run."""
        with self.store() as store:
            return [one.event for one in store.read(run=run)]

    # What happened

    def notes(self) -> list[Note]:
        """The ledger."""
        return [Note(**json.loads(line)) for line in self.ledger.read_text().splitlines()]

    def note_kill(self) -> None:
        """Note in the ledger that now nothing runs."""
        with self.ledger.open("a") as file:
            file.write(json.dumps({"what": "kill"}) + "\n")

    def processes(self) -> list[int]:
        """All processes of this yard: drivers and supervisors by their folder, jobs by their mark."""
        marks = {mark_of(str(path.parent)) for path in self.home.glob("runs/*/*/*/work")}
        marks |= {mark_of(str(path.parent)) for path in self.home.glob("runs/*/*/work")}
        return [pid for pid in living() if works_in(pid, self.folder) or _mark(pid) in marks]


def works_in(pid: int, folder: Path) -> bool:
    """True if a process runs whose working folder is `folder` or below it."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


def _mark(pid: int) -> int:
    try:
        return resource.prlimit(pid, resource.RLIMIT_RTTIME)[0]
    except OSError:
        return 0


def living() -> list[int]:
    """All processes of this machine but this one and zombies."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if pid != os.getpid() and alive(pid)]


def alive(pid: int) -> bool:
    """True if a process runs; a zombie doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Wait until a condition holds, or fail and say what didn't come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.01)
