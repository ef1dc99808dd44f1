"""A run that is told, not made: events as a driver would record them. And the real program, run in a folder."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hyperstep.cli.main import main
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
    DriverStarted,
    JobEnded,
    JobRequested,
    JobStarted,
    MetricsLogged,
    ModelRegistered,
    ModelRequested,
    Point,
    Recorded,
    Result,
    ReuseAnswered,
    RunEnded,
    RunSubmitted,
    StepEnded,
    StepReady,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.pipeline.data import Output
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.search.distributions import Uniform
from hyperstep.search.metric import maximize
from hyperstep.search.trial import TrialStatus

DEADLINE = 60  # seconds
TREE = Artifact(digest="0" * 64, size=1, kind="tree")
OK = Outcome(ending=Ending.EXITED, seconds=2.0)


def pipeline(*, trials=4, concurrent=2):
    prep = Step("prep.py", name="prep data", arguments=[Output("data")])
    tune = TuneStep(
        Step("train.py", arguments=[prep.output("data")]),
        name="tune",
        space={"--alpha": Uniform(0, 1)},
        metric=maximize("r2"),
        limits=Limits(trials=trials, concurrent=concurrent),
    )
    return Pipeline("ridge", [prep, tune, RegisterStep("ridge", tune.best_file("outputs/model"))])


class Story:
    """Events of run 1, each a second after the one before."""

    def __init__(self):
        self.recorded = []

    def tell(self, *events):
        for event in events:
            number = len(self.recorded) + 1
            self.recorded.append(
                Recorded(number=number, run="1", at=1.7e9 + number, elapsed=float(number), event=event)
            )
        return self

    def submitted(self, **changed):
        return self.tell(
            RunSubmitted(pipeline=pipeline(**changed), sources={".": TREE}), DriverStarted(pid=1, boot="a")
        )

    def prepared(self):
        job = Job(id="1/prep-data.0", script="prep.py", source=TREE)
        return self.tell(
            StepReady(step="1/prep-data", fingerprint="f", parts={"script": "prep.py"}),
            ReuseAnswered(step="1/prep-data"),
            JobRequested(job=job),
            JobStarted(job=job.id, pid=7, start="fork"),
            JobEnded(job=job.id, outcome=OK),
            StepEnded(step="1/prep-data", result=Result.COMPLETED),
        )

    def reused(self):
        return self.tell(
            StepReady(step="1/prep-data", fingerprint="f"),
            ReuseAnswered(step="1/prep-data", reused="0/prep-data"),
            StepEnded(step="1/prep-data", result=Result.COMPLETED, reused="0/prep-data"),
        )

    def searching(self):
        return self.tell(StepReady(step="1/tune", fingerprint="g"), ReuseAnswered(step="1/tune"))

    def trial(self, number, alpha, *scores):
        """A trial that has begun and logged scores."""
        job = Job(id=f"1/tune/{number}.0", script="train.py", source=TREE)
        self.tell(
            TrialSuggested(step="1/tune", number=number, values={"--alpha": alpha}),
            JobRequested(job=job),
            JobStarted(job=job.id, pid=8, start="fork"),
        )
        if scores:
            self.tell(MetricsLogged(job=job.id, points=tuple(Point("r2", score) for score in scores), through=1))
        return self

    def over(self, number, status=TrialStatus.COMPLETED, *, score=None, reason="", seconds=2.0):
        outcome = Outcome(ending=Ending.EXITED, seconds=seconds)
        return self.tell(
            JobEnded(job=f"1/tune/{number}.0", outcome=outcome),
            TrialEnded(step="1/tune", number=number, status=status, score=score, reason=reason),
        )

    def tuned(self, best):
        return self.tell(StepEnded(step="1/tune", result=Result.COMPLETED, best=best))

    def registered(self):
        wish = ModelRequested(request="1/register-ridge", name="ridge", artifact=TREE, step="1/tune", trial="1/tune/0")
        return self.tell(
            StepReady(step="1/register-ridge", fingerprint="", reusable=False),
            wish,
            ModelRegistered(request=wish.request, name="ridge", version=3),
            StepEnded(step="1/register-ridge", result=Result.COMPLETED),
            RunEnded(result=Result.COMPLETED),
        )


@pytest.fixture
def story():
    return Story()


class Program:
    """The real program, in a folder."""

    def __init__(self, folder, compiled):
        self.folder = folder
        left_out = ("HYPERSTEP_WORKSPACE", "PYTHONDONTWRITEBYTECODE")
        self.environment = {name: value for name, value in os.environ.items() if name not in left_out}
        # Compiled once for all tests, wherever this runs: every command is a process of its own.
        self.environment["PYTHONPYCACHEPREFIX"] = str(compiled)

    def start(self, *arguments, **options):
        command = [sys.executable, "-m", "hyperstep", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            **{"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def __call__(self, *arguments, code=0):
        """Run a command to its end, which is to be `code`; returns what it printed and what it complained about."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == code, (
            f"hyperstep {' '.join(arguments)} ended with {process.returncode}\n{out}{err}"
        )
        assert "Traceback" not in err or code == 2
        return SimpleNamespace(out=out, err=err)

    def look(self, *arguments, code=0):
        """Call the program in this process: for the many commands that only look."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(arguments)
        assert ended.value.code == code, out.getvalue() + err.getvalue()
        return SimpleNamespace(out=out.getvalue(), err=err.getvalue())

    def either(self, *arguments):
        """The same for a command that may as well refuse."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(arguments)
        assert ended.value.code in (0, 2), out.getvalue() + err.getvalue()
        return SimpleNamespace(out=out.getvalue(), err=err.getvalue())

    def bytes(self, *arguments):
        """What a command writes to its standard output, as it is."""
        with self.start(*arguments, text=False) as process:
            return process.communicate(timeout=DEADLINE)[0]

    def json(self, *arguments):
        return json.loads(self.look(*arguments, "--json").out)


@pytest.fixture(scope="session")
def program():
    return Program


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="session")
def finished(tmp_path_factory, compiled):
    """The template's project after one run; read it, don't change it."""
    program = Program(tmp_path_factory.mktemp("finished"), compiled)
    program("init")
    program.told = program("run", "pipeline.py").out
    return program


@pytest.fixture
def copied(finished, tmp_path, compiled):
    """The same, to go on with."""
    shutil.copytree(finished.folder, tmp_path / "copied", symlinks=True)
    return Program(tmp_path / "copied", compiled)


@pytest.fixture
def project(tmp_path, compiled):
    """An empty folder to run things in."""
    return Program(tmp_path, compiled)
