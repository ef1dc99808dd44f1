"""Jobs of scripts written in the test, on a LocalCompute of the test's own, and what they report."""

import os
import textwrap
import threading
import time
from pathlib import Path

import pytest

from hyperstep.compute.local import LocalCompute
from hyperstep.engine.events import JobEnded, JobStarted, MetricsLogged
from hyperstep.engine.job import Job
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.store.artifacts import FolderArtifacts

DEADLINE = 60.0


class Heard:
    """Collects what a compute reports."""

    def __init__(self):
        self.events = []
        self.reports = []
        self._changed = threading.Condition()

    def __call__(self, events):
        with self._changed:
            self.reports.append(list(events))
            self.events += events
            self._changed.notify_all()

    def wait(self, condition):
        """Wait until the condition, a function of the events, gives something true; returns that."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.events), DEADLINE), f"not in time; heard {self.events}"
            return condition(self.events)

    def of(self, kind, job=None):
        return [event for event in list(self.events) if isinstance(event, kind) and job in (None, event.job)]

    def ended(self, job):
        """The outcome of a job, when it is there."""
        return self.wait(lambda events: [e.outcome for e in events if isinstance(e, JobEnded) and e.job == job])[0]

    def started(self, job):
        return self.wait(lambda events: [e for e in events if isinstance(e, JobStarted) and e.job == job])[0]

    def points(self, job):
        return [point for event in self.of(MetricsLogged, job) for point in event.points]


class Bench:
    """A workspace's folder, its artifacts, and computes over them, one after the other."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.home = folder / "home"
        self.artifacts = FolderArtifacts(self.home / "artifacts", durability="normal")
        self.heard = Heard()
        self.compute = None
        self.open()
        self._numbers = iter(range(10**6))

    def open(self, **options):
        """Replace the compute, as a new driver would."""
        self.close()
        self.compute = LocalCompute(self.home, self.artifacts, **options)
        return self.compute

    def job(self, script, *, files=None, start=Start.AUTO, variables=None, python=None, preload=None, **fields):
        """A job for a script's text, with other source files by name."""
        number = next(self._numbers)
        source = self.folder / f"source-{number}"
        for name, text in {"main.py": script, **(files or {})}.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(textwrap.dedent(text))
        artifact, _ = self.artifacts.put(source)
        return Job(
            id=f"1/s/{number}.0",
            script="main.py",
            source=artifact,
            environment=Environment(python=python, start=start, variables=variables or {}, preload=preload),
            **fields,
        )

    def run(self, script, **fields):
        """Run a script to its end; returns the job and its outcome."""
        job = self.job(script, **fields)
        self.compute.start(job, self.heard)
        return job, self.heard.ended(job.id)

    def place(self, job):
        return self.home / "runs" / job.id

    def log(self, job):
        return (self.place(job) / "log.txt").read_text()

    def close(self):
        if self.compute is not None:
            self.compute.close()


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def shared_bench(tmp_path_factory):
    """A bench for tests whose jobs can't be in each other's way: its warm processes are started once."""
    bench = Bench(tmp_path_factory.mktemp("shared"))
    yield bench
    bench.close()


def is_alive(pid):
    """True if a process runs; a zombie doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(condition, seconds=DEADLINE):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.002)


@pytest.fixture(scope="session")
def eventually():
    """Wait until a condition holds, or fail."""
    return wait_until


@pytest.fixture(scope="session")
def alive():
    """Tell whether a process runs."""
    return is_alive


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left():
    """Every test module ends without a child process."""
    yield
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    wait_until(lambda: not [pid for pid in children.read_text().split() if is_alive(pid)], 5.0)
