"""What is wrong with a workspace is found by its own check; what is well is said to be; nothing is changed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hyperstep.cli.main import main
from hyperstep.engine.events import DriverStarted
from hyperstep.environments import named
from hyperstep.environments.requirements import Requirements
from hyperstep.place import HOME
from hyperstep.store import queries
from hyperstep.store.clock import SystemClock
from hyperstep.store.sqlite import SqliteStore
from hyperstep.supervisor.linux import boot_id, mark_of
from hyperstep.upkeep import record, starting
from hyperstep.upkeep.clearing import Wishes, alone, clear, look
from hyperstep.upkeep.examine import machine_findings, workspace_findings
from hyperstep.upkeep.finding import Finding, Level
from hyperstep.workspace import Workspace


def findings(folder: Path, *, deep: bool = False) -> dict[str, Finding]:
    return {finding.name: finding for finding in workspace_findings(folder, deep=deep)}


def blob(folder: Path, digest: str) -> Path:
    return folder / HOME / "artifacts" / digest[:2] / digest[2:]


def model_digest(folder: Path, name: str) -> str:
    with Workspace.open(folder, read_only=True) as workspace:
        return queries.model(workspace.store.db, name).digest


def test_a_sound_workspace_has_no_fault_and_stays_as_it_is(folder):
    def contents() -> dict[str, bytes]:
        files = (path for path in (folder / HOME).rglob("*") if path.is_file() and not path.name.endswith("-shm"))
        return {str(path): text for path in files if (text := path.read_bytes())}

    before = contents()
    found = findings(folder, deep=True)

    assert {name for name, finding in found.items() if finding.level is Level.FAULT} == set()
    assert found["contents"].level is Level.OK
    assert contents() == before


def test_a_machine_is_examined_without_a_workspace(tmp_path):
    found = findings(tmp_path)
    of_machine = {finding.name: finding.level for finding in machine_findings()}

    assert found["workspace"].found.startswith("there is none")
    assert {"room", "file system"} <= set(found)
    assert {"sqlite", "python", "interpreter", "warm start"} <= set(of_machine)
    assert Level.FAULT not in of_machine.values()
    assert list(tmp_path.iterdir()) == []


def test_a_stored_file_that_is_missing_is_told_with_what_needs_it(folder):
    blob(folder, model_digest(folder, "loser")).unlink()
    found = findings(folder)["stored files"]

    assert found.level is Level.FAULT
    assert "of model loser:1" in found.found


def test_what_gc_has_removed_is_not_missing(folder):
    for file in (folder / HOME / "artifacts").rglob("*"):
        if file.is_file():
            os.utime(file, (1, 1))
    with Workspace.open(folder, read_only=True) as workspace, alone(workspace.home) as left:
        wishes = Wishes(keep_days=0, trial_outputs=True)
        clear(workspace.home, found := look(workspace.store.db, workspace.home, wishes, left=left))

    assert found.trials
    assert findings(folder)["stored files"].level is Level.OK


def test_a_stored_file_that_changed_is_found_by_a_deep_look_only(folder):
    digest = model_digest(folder, "tiny")
    size = blob(folder, digest).stat().st_size
    blob(folder, digest).write_bytes(b"x" * size)

    assert findings(folder)["stored files"].level is Level.OK
    assert "of model tiny:" in findings(folder, deep=True)["contents"].found


def test_a_damaged_database_is_a_fault_and_not_an_error(folder):
    path = folder / HOME / "hyperstep.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 20_000)

    assert findings(folder)["database"].level is Level.FAULT


def test_a_gap_in_the_log_is_a_fault(folder):
    with closing(sqlite3.connect(folder / HOME / "hyperstep.db", isolation_level=None)) as db:
        db.execute("DELETE FROM event WHERE number = 7")

    assert findings(folder)["database"].found.startswith("1 of ")


def test_an_interrupted_run_is_told(folder):
    assert findings(folder)["runs"].found == "nobody drives 3"


def test_a_workspace_of_a_later_version_is_told_and_left_alone(folder):
    with closing(sqlite3.connect(folder / HOME / "hyperstep.db")) as db:
        db.execute("PRAGMA user_version = 99")

    assert "its schema is 99" in findings(folder)["database"].found


def test_a_process_that_outlived_its_job_is_found_by_its_mark(folder):
    mark = mark_of(f"{(folder / HOME).resolve()}/runs/1/tune/0.0")
    script = (
        f"import resource, sys; hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]\n"
        f"resource.setrlimit(resource.RLIMIT_RTTIME, ({mark}, hard)); print(flush=True); sys.stdin.read()"
    )
    left = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        left.stdout.readline()
        found = findings(folder)["processes"]
    finally:
        left.communicate(timeout=30)

    assert found.level is Level.WARNING
    assert f"{left.pid} of 1/tune/0.0" in found.found
    assert findings(folder)["processes"].level is Level.OK


def test_a_supervisor_that_was_killed_is_found_and_gc_clears_what_it_left(folder):
    place = folder / HOME / "supervisors"
    with socket.socket(socket.AF_UNIX) as end:
        here = Path.cwd()
        os.chdir(place)  # a socket's address is short
        try:
            end.bind("ab-1-cd.sock")
        finally:
            os.chdir(here)
    (place / "ab-1-cd.log").touch()
    before = findings(folder)["supervisors"].level
    with Workspace.open(folder, read_only=True) as workspace:
        clear(workspace.home, look(workspace.store.db, workspace.home, Wishes()))

    assert (before, findings(folder)["supervisors"].level) == (Level.WARNING, Level.OK)


@pytest.mark.parametrize(("hours", "level"), [(0, Level.OK), (1, Level.WARNING), (-1, Level.WARNING)])
def test_a_clock_that_was_set_is_told(folder, hours, level):
    clock = SystemClock()
    with SqliteStore(folder / HOME / "hyperstep.db") as store:
        store.append("3", [DriverStarted(pid=1, boot=boot_id())])
        now = clock.now() + 3600 * hours
        found = record.clock(store.db, folder / HOME, now=now, elapsed=clock.elapsed(), boot=boot_id())

    assert found.level is level


def test_an_environment_whose_python_is_gone_is_a_fault(folder, tmp_path):
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    named.note(folder / HOME, "old", Requirements())
    named.use(folder / HOME, "old", str(python))
    before = findings(folder)["environment old"].level
    python.unlink()

    assert (before, findings(folder)["environment old"].level) == (Level.OK, Level.FAULT)


def test_a_python_that_cannot_be_forked_is_a_fault(tmp_path):
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)

    assert "hung for 0 s" in starting.warm(str(sleeper), patience=0.2).found
    assert starting.warm(shutil.which("true")).level is Level.FAULT


@pytest.mark.parametrize(("lost", "code"), [(False, 0), (True, 1)])
def test_the_command_ends_with_1_for_a_fault_and_prints_each_finding(folder, capsys, lost, code):
    if lost:
        blob(folder, model_digest(folder, "tiny")).unlink()
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json", "--workspace", str(folder)])
    document = json.loads(capsys.readouterr().out)

    assert ended.value.code == code
    assert {finding["name"]: finding["level"] for finding in document}["stored files"] == ("fault" if lost else "ok")
    assert all(finding["why"] and finding["do"] for finding in document if finding["level"] != "ok")
