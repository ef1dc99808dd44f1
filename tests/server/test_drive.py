"""The process beside the server: it drives what is queued, and ends with its server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hyperstep.actions import submission
from hyperstep.server.drive import Driving, passed
from hyperstep.store import asked, queries
from hyperstep.workspace import Workspace

DEADLINE = 60
SERVER = """
import sys, time
from pathlib import Path
from hyperstep.server.drive import Driving
with Driving(Path(sys.argv[1])) as driving:
    while driving._process is None:
        time.sleep(0.01)
    print(driving._process.pid, flush=True)
    time.sleep(600)
"""


def submit(folder: Path, **parameters: float) -> str:
    with Workspace.open(folder) as workspace:
        event = submission(asked.publication(workspace.store.db, "small"), parameters)
        (received,) = workspace.store.submit_all([event])
        return received.run


def states(folder: Path) -> dict[str, str]:
    with Workspace.open(folder, read_only=True) as workspace:
        return {row.id: row.state for row in queries.runs(workspace.store.db)}


def wait_until(true) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def running_trials(folder: Path) -> int:
    with Workspace.open(folder, read_only=True) as workspace:
        rows = workspace.store.db.execute("SELECT count(*) FROM job WHERE state = 'running'").fetchone()
        return rows[0]


def test_what_is_queued_is_driven_in_its_order_without_its_file(folder, published):
    (folder / "scripts" / "train.py").unlink()
    runs = [submit(folder, offset=1.0), submit(folder, offset=2.0)]
    with Driving(folder):
        wait_until(lambda: set(states(folder).values()) == {"completed"})
    with Workspace.open(folder, read_only=True) as workspace:
        db = workspace.store.db
        ended = [queries.run(db, run).ended_at for run in runs]

        assert ended[0] < ended[1]
        assert [row.version for row in queries.model_versions(db, "tiny")] == [2, 1]
        assert queries.runs(db)[0].published == "small/1"
        assert asked.queued(db) == ()


def test_a_driver_that_is_killed_is_started_again_and_goes_on(folder, published, tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_OF_TESTS", str(tmp_path / "gate"))
    submit(folder)
    with Driving(folder, ["GATE_OF_TESTS"]) as driving:
        wait_until(lambda: running_trials(folder) == 2)
        os.kill(driving._process.pid, signal.SIGKILL)
        (tmp_path / "gate").touch()
        wait_until(lambda: states(folder) == {"1": "completed"})
    with Workspace.open(folder, read_only=True) as workspace:
        jobs = queries.jobs(workspace.store.db, "1")

        assert [job.id for job in jobs] == [f"1/tune/{number}.0" for number in range(4)]


def test_what_was_driven_is_stopped_with_the_server_and_goes_on_with_the_next(folder, published, tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_OF_TESTS", str(tmp_path / "gate"))
    submit(folder)
    with Driving(folder, ["GATE_OF_TESTS"]):
        wait_until(lambda: running_trials(folder) == 2)
    between = (states(folder), running_trials(folder))
    (tmp_path / "gate").touch()
    with Driving(folder, ["GATE_OF_TESTS"]):
        wait_until(lambda: states(folder) == {"1": "completed"})

    assert between == ({"1": "running"}, 0)


def test_the_driver_ends_when_its_server_is_killed(folder):
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            SERVER,
            str(folder),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        driver = int(server.stdout.readline())
        server.kill()

    def gone() -> bool:
        try:
            return "Z" in Path(f"/proc/{driver}/stat").read_text().rpartition(")")[2]
        except FileNotFoundError:
            return True

    wait_until(gone)


def test_a_run_at_a_terminal_can_be_driven_while_the_server_has_nothing_to_drive(folder, small):
    with Driving(folder), Workspace.open(folder) as workspace:
        workspace.claim()
        run = workspace.submit(small, base=folder)

        assert workspace.drive(run).result.value == "completed"


@pytest.mark.parametrize(
    ("name", "is_passed"),
    [
        ("PATH", True),
        ("LC_ALL", True),
        ("CUDA_VISIBLE_DEVICES", True),
        ("HYPERSTEP_V1_PYTHON", True),
        ("AWS_SECRET_ACCESS_KEY", False),
        ("MY_PATH", False),
        ("NAMED", True),
    ],
)
def test_scripts_that_nobody_started_at_a_terminal_get_only_what_is_allowed(name, is_passed):
    assert passed({name: "x"}, ["NAMED"]) == ({name: "x"} if is_passed else {})
