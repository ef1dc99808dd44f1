"""A backup is the workspace at one moment, made while it is used; what comes out of one is whole or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hyperstep.cli.main import main
from hyperstep.engine.events import RunCancelRequested
from hyperstep.errors import ArtifactDamaged, NotFound, SubmissionError, WorkspaceTooNew
from hyperstep.store import queries
from hyperstep.store.sqlite import SqliteStore
from hyperstep.store.upgrade import SCHEMA
from hyperstep.upkeep import manifest
from hyperstep.upkeep.backup import back_up
from hyperstep.upkeep.clearing import busy
from hyperstep.upkeep.restore import restore
from hyperstep.workspace import Workspace


def events(folder: Path) -> list[str]:
    with Workspace.open(folder, create=False, read_only=True) as workspace:
        return [repr(one) for one in workspace.store.read()]


def stored(folder: Path) -> dict[str, str]:
    """The true digest of each stored file."""
    place = folder / ".hyperstep" / "artifacts"
    files = (file for file in place.rglob("*") if file.is_file())
    return {file.parent.name + file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_what_is_restored_has_the_log_the_files_and_the_logs(tidy, tmp_path):
    folder = tidy
    back_up(folder, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new")
    log = Path(".hyperstep", "runs", "1", "tune", "0.0", "log.txt")

    assert events(tmp_path / "new") == events(folder)
    assert stored(tmp_path / "new") == stored(folder)
    assert (tmp_path / "new" / log).read_text() == (folder / log).read_text() != ""
    assert not (tmp_path / "new" / ".hyperstep" / "runs" / "1" / "tune" / "0.0" / "work").exists()


def ran(db: sqlite3.Connection, job: str) -> bool:
    """True if a trial's script is known to have run to its end, whether or not its trial was closed in time."""
    return queries.job(db, job).state == "completed"


def test_an_interrupted_run_goes_on_in_what_is_restored(folder, tmp_path):
    back_up(folder, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "new")
    (folder / "ledger").write_text("")
    with Workspace.open(tmp_path / "new") as workspace:
        db = workspace.store.db
        done = {trial.values["x"] for trial in queries.trials(db, "3/tune") if ran(db, trial.job)}
        ended = workspace.drive("3")

    assert ended.result.value == "completed"
    assert {float(x) for x in (folder / "ledger").read_text().split()} == {1, 2, 3, 4, 5} - done


def test_a_second_backup_copies_only_what_is_new_and_both_can_be_restored(folder, tmp_path):
    first = back_up(folder, tmp_path / "backup")
    with Workspace.open(folder) as workspace:
        new = workspace.folder / "new"
        new.write_bytes(b"n" * 100_000)
        workspace.register("new", new)
    second = back_up(folder, tmp_path / "backup")
    database = next(file for file in manifest.read(tmp_path / "backup").files if file.path == "hyperstep.db")
    for made in (first, second):
        restore(tmp_path / "backup", tmp_path / made.name, name=made.name)

    assert second.copied == 100_000 + database.size
    assert len(events(tmp_path / second.name)) == len(events(tmp_path / first.name)) + 2
    assert events(tmp_path / second.name) == events(folder)


def test_a_backup_of_a_workspace_that_is_written_meanwhile_is_one_moment_of_it(folder, tmp_path):
    over = threading.Event()
    begun = threading.Event()

    def write() -> None:
        with SqliteStore(folder / ".hyperstep" / "hyperstep.db") as store:
            while not over.is_set():
                store.append("3", [RunCancelRequested(by="a"), RunCancelRequested(by="b")])
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(30)
    try:
        back_up(folder, tmp_path / "backup")
    finally:
        over.set()
        writer.join()
    restore(tmp_path / "backup", tmp_path / "new")
    restored, whole = events(tmp_path / "new"), events(folder)

    assert restored == whole[: len(restored)]
    assert restored[-1].count("by='b'") == 1  # no half of a transaction
    with Workspace.open(tmp_path / "new", read_only=True) as workspace:
        assert workspace.store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_while_a_backup_is_made_nothing_is_cleared(folder, tmp_path):
    said = set()
    back_up(folder, tmp_path / "backup", lambda _done, _all: said.add(busy(folder / ".hyperstep")))

    assert {text.partition(",")[0] for text in said} == {"A backup of this workspace is being made"}
    assert busy(folder / ".hyperstep") == ""


def test_a_restore_does_not_cover_a_workspace(folder, tmp_path):
    back_up(folder, tmp_path / "backup")
    before = events(folder)
    with pytest.raises(SubmissionError, match="already, which a restore would cover"):
        restore(tmp_path / "backup", folder)

    assert events(folder) == before


@pytest.mark.parametrize("path", ["hyperstep.db", "artifacts"])
def test_a_byte_that_changed_in_a_backup_is_noticed_and_nothing_is_there(folder, tmp_path, path):
    back_up(folder, tmp_path / "backup")
    file = next(file for file in manifest.read(tmp_path / "backup").files if file.path.startswith(path) and file.size)
    place = tmp_path / "backup" / "files" / file.sha256[:2] / file.sha256[2:]
    place.write_bytes(bytes([place.read_bytes()[0] ^ 1]) + place.read_bytes()[1:])
    with pytest.raises(ArtifactDamaged, match=f"which was '{file.path}', no longer has the content"):
        restore(tmp_path / "backup", tmp_path / "new")

    assert not (tmp_path / "new" / ".hyperstep").exists()
    place.write_bytes(bytes([place.read_bytes()[0] ^ 1]) + place.read_bytes()[1:])
    restore(tmp_path / "backup", tmp_path / "new")  # what the first attempt left is no obstacle
    assert events(tmp_path / "new") == events(folder)


def test_a_file_that_lacks_in_a_backup_is_noticed(folder, tmp_path):
    back_up(folder, tmp_path / "backup")
    file = next(file for file in manifest.read(tmp_path / "backup").files if file.path.startswith("artifacts"))
    (tmp_path / "backup" / "files" / file.sha256[:2] / file.sha256[2:]).unlink()

    with pytest.raises(ArtifactDamaged):
        restore(tmp_path / "backup", tmp_path / "new")


def test_a_manifest_that_was_edited_is_refused(folder, tmp_path):
    made = back_up(folder, tmp_path / "backup")
    path = tmp_path / "backup" / "manifests" / f"{made.name}.json"
    path.write_text(path.read_text().replace('"path": "artifacts', '"path": "../artifacts'))

    with pytest.raises(ArtifactDamaged, match="its digest differs"):
        restore(tmp_path / "backup", tmp_path / "new")


def test_a_path_that_leads_out_of_the_workspace_is_refused(folder, tmp_path):
    made = back_up(folder, tmp_path / "backup")
    path = tmp_path / "backup" / "manifests" / f"{made.name}.json"
    document = json.loads(path.read_text())
    document["files"][0]["path"] = "../../evil"
    document["digest"] = manifest.digest(document["files"])
    path.write_text(json.dumps(document))

    with pytest.raises(ArtifactDamaged, match="leads out of the workspace"):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "evil").exists()


def test_a_backup_of_a_later_schema_is_refused(folder, tmp_path):
    with closing(sqlite3.connect(folder / ".hyperstep" / "hyperstep.db")) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    back_up(folder, tmp_path / "backup")

    with pytest.raises(WorkspaceTooNew, match=f"its schema is {SCHEMA + 1}"):
        restore(tmp_path / "backup", tmp_path / "new")


@pytest.mark.parametrize("where", ["elsewhere", "inside"])
def test_a_folder_that_is_no_place_for_a_backup_is_refused(folder, tmp_path, where):
    to = {"elsewhere": folder / "steps", "inside": folder / ".hyperstep" / "backup"}[where]

    with pytest.raises(SubmissionError, match=r"isn't a backup|lies in the workspace"):
        back_up(folder, to)


def test_a_workspace_that_lacks_a_file_is_backed_up_and_the_file_named(folder, tmp_path, capsys):
    with Workspace.open(folder, read_only=True) as workspace:
        digest = queries.model(workspace.store.db, "tiny", 1).digest
    (folder / ".hyperstep" / "artifacts" / digest[:2] / digest[2:]).unlink()
    made = back_up(folder, tmp_path / "backup")
    with pytest.raises(SystemExit) as ended:
        main(["backup", str(tmp_path / "backup"), "--workspace", str(folder)])

    assert made.missing == (digest,)
    assert ended.value.code == 1
    assert "lacks 1 stored file" in capsys.readouterr().err


KILLED = """
import os, signal, sys
left = int(sys.argv[3])

def count(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.mkdir", "open", "os.utime"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

from pathlib import Path
from hyperstep.upkeep.backup import back_up
sys.addaudithook(count)
back_up(Path(sys.argv[1]), Path(sys.argv[2]))
print(left)
"""


def killed_before(folder: Path, to: Path, step: int) -> int | None:
    """Back up in a process that is killed before its step of this number; None if it was, else how many it had."""
    command = [sys.executable, "-c", KILLED, str(folder), str(to), str(step)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode == -signal.SIGKILL:
        return None
    assert ended.returncode == 0, ended.stderr
    return step - int(ended.stdout)


def test_a_backup_that_was_cut_off_is_seen_as_such_and_spoils_no_earlier_one(tidy, tmp_path):
    folder = tidy
    earlier = back_up(folder, tmp_path / "backup")
    with Workspace.open(folder) as workspace:
        workspace.register("late", folder / "steps")
    steps = killed_before(folder, tmp_path / "other", 1_000_000)
    seen = set()
    for step in range(0, steps, max(1, steps // 12)):
        to = shutil.copytree(tmp_path / "backup", tmp_path / str(step))
        if killed_before(folder, to, step) is not None:
            break
        if manifest.cut_off(to):
            with pytest.raises(NotFound, match="isn't whole: it was cut off"):
                manifest.read(to)
        seen.add(bool(manifest.cut_off(to)))
        restore(to, tmp_path / f"{step}.new", name=earlier.name)
        again = back_up(folder, to)
        restore(to, tmp_path / f"{step}.again")
        assert manifest.read(to).name == again.name
        assert stored(tmp_path / f"{step}.again") == stored(folder)

    assert seen == {False, True}  # before it had begun, and later


def test_everything_in_a_backup_is_its_owners_alone(folder, tmp_path):
    before = os.umask(0)
    try:
        back_up(folder, tmp_path / "backup")
        restore(tmp_path / "backup", tmp_path / "new")
    finally:
        os.umask(before)
    places = [tmp_path / "backup", *(tmp_path / "backup").rglob("*"), *(tmp_path / "new" / ".hyperstep").rglob("*")]

    assert [str(path) for path in places if path.stat().st_mode & 0o077] == []
