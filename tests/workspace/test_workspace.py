"""One folder that holds everything: opened, driven, killed, resumed, cancelled."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import hyperstep
from hyperstep import Limits, Workspace
from hyperstep.detached import detach
from hyperstep.engine.events import (
    DriverStarted,
    JobEnded,
    JobRequested,
    JobStarted,
    MetricsLogged,
    Result,
    RunEnded,
    TrialSuggested,
)
from hyperstep.engine.job import Ending
from hyperstep.errors import DefinitionError, NotFound, WorkspaceBusy, WorkspaceMissing
from hyperstep.store import queries

DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
from hyperstep import Workspace
with Workspace.open() as workspace:
    print("driving", flush=True)
    workspace.drive("1")
"""


def events(workspace: Workspace, *kinds: type) -> list:
    return [one.event for one in queries.events(workspace.store.db, "1", kinds)]


def slow(project: Path, seconds: float = 0.4) -> None:
    script = project / "steps" / "train.py"
    script.write_text(script.read_text().replace("step=epoch)", f"step=epoch); import time; time.sleep({seconds})"))


@pytest.fixture
def submitted(make, project) -> Path:
    slow(project)
    with Workspace.open() as workspace:
        assert workspace.submit(make()) == "1"
    return project


@pytest.fixture
def other_driver(submitted):
    """Starts another process that drives run 1."""
    processes = []

    def start() -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-c", DRIVER, str(submitted)], stdout=subprocess.PIPE)
        processes.append(process)
        assert process.stdout.readline() == b"driving\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(project: Path, kind: type, count: int = 1) -> None:
    deadline = threading.Event()
    for _ in range(600):
        with Workspace.open(project, read_only=True) as workspace:
            if len(events(workspace, kind)) >= count:
                return
        deadline.wait(0.05)
    raise AssertionError(f"no {count} {kind.__name__} in 30 s")


def test_reading_where_nothing_ran_says_so(tmp_path):
    with pytest.raises(WorkspaceMissing, match="nothing has run here yet"):
        Workspace.open(tmp_path, create=False)


def test_the_workspace_is_ignored_by_git_and_closed_to_others(make, project):
    with Workspace.open() as workspace:
        workspace.submit(make())

    assert (project / ".hyperstep" / ".gitignore").read_text() == "*\n"
    assert (project / ".hyperstep").stat().st_mode & 0o777 == 0o700
    assert (project / ".hyperstep" / "hyperstep.db").stat().st_mode & 0o777 == 0o600


def test_a_workspace_is_found_from_a_folder_below(make, project, monkeypatch):
    with Workspace.open() as workspace:
        workspace.submit(make())
    monkeypatch.chdir(project / "steps")

    with Workspace.open(create=False) as found:
        assert found.folder == project


def test_a_missing_script_is_said_before_anything_is_recorded(make, project):
    (project / "steps" / "train.py").rename(project / "steps" / "trian.py")

    with Workspace.open() as workspace:
        with pytest.raises(DefinitionError, match=r"'trian\.py'"):
            workspace.submit(make())
        assert queries.runs(workspace.store.db) == ()


def test_what_is_edited_after_the_submission_does_not_change_the_run(make, project):
    with Workspace.open() as workspace:
        run = workspace.submit(make())
        (project / "steps" / "train.py").write_text("raise SystemExit(3)")
        assert workspace.drive(run).result.value == "completed"


def test_a_second_driver_is_refused_and_told_who_has_the_workspace(other_driver, submitted):
    first = other_driver()
    wait_for(submitted, DriverStarted)

    with Workspace.open() as workspace, pytest.raises(WorkspaceBusy, match=str(first.pid)):
        workspace.drive("1")


def test_a_killed_driver_loses_nothing_and_its_running_trials_are_taken_up(other_driver, submitted, trained):
    first = other_driver()
    wait_for(submitted, MetricsLogged, 2)
    first.kill()
    first.wait()
    with Workspace.open() as workspace:
        suggested = events(workspace, TrialSuggested)
        ended = workspace.drive("1")
        ends = events(workspace, JobEnded)
        requests = events(workspace, JobRequested)
        scores = {t.number: (t.state, t.reports, t.best_score) for t in queries.trials(workspace.store.db, "1/tune")}

    assert ended.result.value == "completed"
    assert events_of_before(suggested) == {0: 1, 1: 2}
    assert len({e.job for e in ends}) == len(ends) == len(requests) == 5  # nothing was started twice
    assert {e.outcome.ending for e in ends} == {Ending.EXITED}
    assert trained() == [1, 2, 3, 4]
    assert scores == {n: ("completed", 3, 1.0 - (n + 1 - 2) ** 2) for n in range(4)}


def events_of_before(suggested) -> dict[int, int]:
    return {event.number: event.values["x"] for event in suggested}


def test_a_run_that_is_interrupted_before_it_is_driven_does_not_begin(submitted, trained):
    with Workspace.open() as workspace:
        workspace.interrupt()
        assert workspace.drive("1") is None
        assert trained() == []

        assert workspace.drive("1").result is Result.COMPLETED


def test_an_interrupted_run_goes_on_where_it_was(submitted, trained):
    with Workspace.open() as workspace:

        def interrupt(recorded) -> None:
            if isinstance(recorded.event, JobStarted) and "/tune/1." in recorded.event.job:
                workspace.interrupt()

        assert workspace.drive("1", on_event=interrupt) is None
        assert all(event.outcome.runs_again for event in events(workspace, JobEnded) if "/tune/" in event.job)
        assert workspace.drive("1").result.value == "completed"
        attempts = {event.job.id for event in events(workspace, JobRequested)}

    assert {"1/tune/0.1", "1/tune/1.1"} <= attempts


def test_a_run_is_cancelled_from_another_process(other_driver, submitted):
    driving = other_driver()
    wait_for(submitted, JobStarted, 2)
    with Workspace.open(submitted) as workspace:
        workspace.cancel("1")
        assert driving.wait(timeout=30) == 0
        row = queries.run(workspace.store.db, "1")
        states = {trial.state for trial in queries.trials(workspace.store.db, "1/tune")}

    assert row.state == "cancelled"
    assert states == {"cancelled"}


def test_a_trial_that_hangs_is_stopped_at_its_limit_and_the_others_go_on(make, project):
    script = project / "steps" / "train.py"
    hang = "import time, signal; signal.signal(15, signal.SIG_IGN)\nwhile args.x == 1: time.sleep(60)\n"
    script.write_text(script.read_text().replace("offset =", hang + "offset ="))
    with Workspace.open() as workspace:
        run = workspace.submit(make(limits=Limits(trials=4, concurrent=2, trial_duration=1.0)))
        ended = workspace.drive(run)
        trials = queries.trials(workspace.store.db, "1/tune")

    assert ended.result.value == "completed"
    assert [trial.state for trial in trials] == ["stopped", "completed", "completed", "completed"]
    assert "time limit" in trials[0].reason


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("raise ValueError('x')", "exit code 1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("raise SystemExit(0)", "without logging 'score'"),
    ],
)
def test_a_trial_that_goes_wrong_is_recorded_as_what_it_is(make, project, line, words):
    script = project / "steps" / "train.py"
    script.write_text(script.read_text().replace("offset =", f"if args.x == 1:\n    {line}\noffset ="))
    with Workspace.open() as workspace:
        ended = workspace.drive(workspace.submit(make()))
        trials = queries.trials(workspace.store.db, "1/tune")

    assert ended.result.value == "completed"
    assert [trial.state for trial in trials] == ["failed", "completed", "completed", "completed"]
    assert words in trials[0].reason


def test_nothing_is_left_running_after_a_run(make, project):
    with Workspace.open() as workspace:
        workspace.drive(workspace.submit(make()))

    left = [
        entry
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and str(project).encode() in read(entry / "cmdline")
    ]
    assert left == []


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_driver_that_is_refused_disturbs_the_one_that_drives_and_leaves_no_run(
    other_driver, submitted, make, trained
):
    driving = other_driver()
    wait_for(submitted, JobStarted, 2)
    with Workspace.open() as workspace:
        with pytest.raises(WorkspaceBusy):
            workspace.claim()
        with pytest.raises(WorkspaceBusy):
            hyperstep.run(replace(make(), name="another"))
    driving.wait(timeout=60)
    with Workspace.open() as workspace:
        assert [(row.id, row.state) for row in queries.runs(workspace.store.db)] == [("1", "completed")]
        assert [trial.reports for trial in queries.trials(workspace.store.db, "1/tune")] == [3, 3, 3, 3]


def test_an_edit_of_another_steps_script_runs_only_what_it_changes(make, project, trained):
    hyperstep.run(make())
    trained()
    script = project / "steps" / "prepare.py"
    script.write_text(script.read_text() + "\n# edited\n")
    hyperstep.run(make())
    with Workspace.open() as workspace:
        states = {row.name: row.state for row in queries.steps(workspace.store.db, "2")}

    assert states == {"prepare": "completed", "tune": "reused", "register tiny": "completed"}
    assert trained() == []


def test_a_script_that_the_ignore_rules_leave_out_is_said_at_the_submission(make, project):
    (project / "steps" / ".amlignore").write_text("train.py\n")
    with Workspace.open() as workspace:
        with pytest.raises(DefinitionError, match="ignore rules"):
            workspace.submit(make())
        assert queries.runs(workspace.store.db) == ()


def test_a_run_keeps_its_labels(make):
    with Workspace.open() as workspace:
        workspace.submit(make(), labels={"experiment": "ridge"})
        workspace.submit(make())

        assert queries.run(workspace.store.db, "1").labels == {"experiment": "ridge"}
        assert queries.run(workspace.store.db, "2").labels == {}


def test_a_folder_that_was_copied_before_is_run_as_it_was(make, project):
    with Workspace.open() as workspace:
        kept = {"steps": workspace.snapshot(project / "steps")}
        (project / "steps" / "train.py").unlink()
        (project / "steps" / "prepare.py").unlink()
        (project / "steps").rmdir()
        workspace.submit(make(), kept=kept)

        assert workspace.drive("1").result is Result.COMPLETED


def test_a_file_becomes_a_model_by_hand(project):
    (project / "model.txt").write_text("weights")
    with Workspace.open() as workspace:
        versions = [workspace.register("mine", project / "model.txt", tags={"by": "hand"}) for _ in range(2)]
        model = queries.model(workspace.store.db, "mine", 1)

    assert versions == [1, 2]
    assert (model.run, model.step, model.trial, model.tags) == ("", "", "", {"by": "hand"})
    shown = subprocess.run([sys.executable, "-m", "hyperstep", "models", "mine:2"], capture_output=True, text=True)
    assert re.search(r"^registered .* by hand$", shown.stdout, re.MULTILINE), shown.stderr


def test_what_a_trial_made_becomes_a_model_with_the_trials_values(make):
    with Workspace.open() as workspace:
        workspace.submit(make())
        workspace.drive("1")
        db = workspace.store.db
        worst = queries.trials(db, "1/tune", order="best")[-1]
        (outputs,) = (row for row in queries.artifacts(db, worst.job) if row.name == "outputs")
        version = workspace.register("worst", outputs.artifact, aliases=["last"], trial=worst.id)
        model = queries.model(db, "worst", "last")
        workspace.store.rebuild()

        assert (model.version, model.run, model.trial) == (version, "1", worst.id)
        assert (model.values, model.metrics["other"]) == (worst.values, worst.values["x"])
        assert queries.model(db, "worst", "last") == model


def test_a_model_is_registered_from_what_is_there_under_a_name_that_can_be(make, project):
    (project / "model.txt").write_text("weights")
    with Workspace.open() as workspace:
        with pytest.raises(NotFound, match="no run '7'"):
            workspace.register("mine", project / "model.txt", trial="7/tune/1")
        run = workspace.submit(make())
        with pytest.raises(NotFound, match="no trial '1/tune/0'"):
            workspace.register("mine", project / "model.txt", trial=f"{run}/tune/0")
        with pytest.raises(NotFound, match="no step '1/tone'"):
            workspace.register("mine", project / "model.txt", step=f"{run}/tone")
        with pytest.raises(DefinitionError, match="'my model', but must be letters"):
            workspace.register("my model", project / "model.txt")

        assert queries.models(workspace.store.db) == ()


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it didn't happen within a minute"
        time.sleep(0.02)  # between two looks, until the deadline


def test_detached_runs_follow_each_other(make, project):
    slow(project, 0.1)
    with Workspace.open() as workspace:
        for _ in range(3):
            detach(project, workspace.submit(make(), fresh=True))
        wait_until(lambda: all(row.ended_at for row in queries.runs(workspace.store.db)))

        assert [row.state for row in queries.runs(workspace.store.db)] == ["completed"] * 3
        spans = sorted(
            (started.elapsed, ended.elapsed)
            for run in "123"
            for (started, ended) in [queries.events(workspace.store.db, run, [DriverStarted, RunEnded])]
        )
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


def test_a_detached_run_that_is_cancelled_while_it_waits_never_starts(make, project):
    slow(project)
    with Workspace.open() as workspace:
        workspace.claim()
        run = workspace.submit(make())
        detach(project, run)
        workspace.cancel(run)
    with Workspace.open() as workspace:
        wait_until(lambda: queries.run(workspace.store.db, run).ended_at)

        assert queries.run(workspace.store.db, run).state == "cancelled"
        assert queries.jobs(workspace.store.db, run) == ()
