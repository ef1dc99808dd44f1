"""What nothing needs goes, what something needs stays, and a kill at any moment loses nothing."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperstep.cli.main import main
from hyperstep.engine.artifact import Artifact
from hyperstep.store import asked, queries
from hyperstep.store.lock import WorkspaceLock
from hyperstep.upkeep.clearing import Clearing, Wishes, alone, clear, look
from hyperstep.upkeep.keep import keep
from hyperstep.workspace import Workspace

ALL = Wishes(keep_days=0, trial_outputs=True)


def aged(folder: Path, hours: float = 25) -> Path:
    """Make all stored files old, as if the last run had been yesterday."""
    then = time.time() - hours * 3600
    for file in (folder / ".hyperstep" / "artifacts").rglob("*"):
        if file.is_file():
            os.utime(file, (then, then))
    return folder


def cleared(folder: Path, wishes: Wishes = ALL) -> Clearing:
    home = folder / ".hyperstep"
    with Workspace.open(folder, read_only=True) as workspace, alone(home) as left:
        found = look(workspace.store.db, home, wishes, left=left)
        clear(home, found)
    return found


def said(folder: Path, *arguments: str) -> tuple[int | str | None, str]:
    """What a command prints, complaints included, and its exit code."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as ended:
        main([*arguments, "--workspace", str(folder)])
    return ended.value.code, out.getvalue()


def models(folder: Path) -> dict[tuple[str, int], dict[str, str]]:
    """The digest of each file of each version of each model, taken from what is checked out."""
    found = {}
    with Workspace.open(folder, read_only=True) as workspace, tempfile.TemporaryDirectory() as out:
        for newest in queries.models(workspace.store.db):
            for row in queries.model_versions(workspace.store.db, newest.name):
                target = Path(out, f"{row.name}-{row.version}")
                artifact = Artifact(digest=row.digest, size=row.size, kind=row.kind, member=row.member)
                workspace.artifacts.checkout(artifact, target)
                files = [target] if target.is_file() else sorted(p for p in target.rglob("*") if p.is_file())
                found[row.name, row.version] = {
                    str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
                }
    return found


def views(folder: Path) -> dict[str, str]:
    """What commands say that only look, about every run, search and job."""
    commands = [["runs"], ["models"], *(["show", run] for run in "1234"), *(["show", f"{run}/tune"] for run in "134")]
    commands += [[name, f"{run}/tune"] for run in "134" for name in ("trials", "best")]
    told = {" ".join(command): said(folder, *command) for command in commands}
    assert {code for code, _ in told.values()} == {0}
    return {command: re.sub(r"ran   in .*\n", "", text) for command, (_, text) in told.items()}


def test_the_folders_of_jobs_whose_run_is_over_go_and_their_logs_stay(folder):
    found = cleared(folder, Wishes())
    home = folder / ".hyperstep"
    over = [path for run in "14" for path in (home / "runs" / run).rglob("*") if path.is_file()]

    assert {path.relative_to(home / "runs").parts[0] for path in found.places["logs"]} == {"2"}  # which was deleted
    assert {path.name for path in over} == {"log.txt"}
    assert (home / "runs" / "3" / "prepare.0" / "work" / "prepare.py").exists()
    assert said(folder, "logs", "1/tune/0")[1] == "1/tune/0.0: completed\ntrained 1.0\n"


def test_logs_go_after_their_days_and_who_asks_for_one_is_told(folder):
    cleared(folder, Wishes(keep_days=0))
    code, text = said(folder, "logs", "1/tune/0")

    assert code == 2
    assert "1/tune/0.0 has no log: hyperstep gc removed it on 20" in text
    assert not (folder / ".hyperstep" / "runs" / "1").exists()


def test_a_dry_run_changes_nothing(folder):
    aged(folder)
    home = folder / ".hyperstep"
    before = {path: path.lstat().st_mtime_ns for path in home.rglob("*") if not path.name.startswith("hyperstep.db-")}
    before.pop(home, None)
    code, text = said(folder, "gc", "--trial-outputs", "--keep-days", "0")
    after = {path: path.lstat().st_mtime_ns for path in home.rglob("*") if not path.name.startswith("hyperstep.db-")}

    assert code == 0
    assert "To remove it: the same with --yes" in text
    assert after == before


def test_stored_files_that_nothing_names_stay_for_a_day(folder):
    with Workspace.open(folder) as workspace:
        young, old, found_again = (workspace.artifacts.put_bytes(name) for name in (b"young", b"old", b"found again"))
        aged(folder)
        workspace.artifacts.put_bytes(b"found again")
        young = workspace.artifacts.put_bytes(b"young")
        cleared(folder)

        assert [workspace.artifacts.contains(one) for one in (young, old, found_again)] == [True, False, True]


def test_what_only_a_deleted_run_made_goes_but_its_models_and_their_code_stay(folder):
    aged(folder)
    before = models(folder)
    cleared(folder, Wishes())
    with Workspace.open(folder) as workspace:
        made = {
            row.id: queries.artifacts(workspace.store.db, row.job)
            for row in queries.trials(workspace.store.db, "2/tune")
        }
        version = queries.model(workspace.store.db, "tiny", 2)

        assert {name: all(workspace.artifacts.contains(one.artifact) for one in of) for name, of in made.items()} == {
            "2/tune/0": False,
            "2/tune/1": False,
            "2/tune/2": False,
        }
        assert version.run == "2"
        workspace.artifacts.checkout(Artifact(digest=version.source, size=0, kind="tree"), folder / "code")
    assert models(folder) == before
    assert (folder / "code" / "train.py").exists()


def test_trials_that_are_not_the_best_lose_their_files_only_if_that_is_asked_for(folder):
    aged(folder)
    cleared(folder, Wishes())
    kept = said(folder, "best", "4/tune/3", "--copy", str(folder / "kept"))
    cleared(folder, ALL)
    code, text = said(folder, "best", "4/tune/3", "--copy", str(folder / "lost"))

    assert kept[0] == 0
    assert code == 2
    assert "The files of 4/tune/3 aren't stored any more: hyperstep gc --trial-outputs removed them" in text
    assert not (folder / "lost").exists()
    assert said(folder, "best", "4", "--copy", str(folder / "best"))[0] == 0
    assert said(folder, "best", "1/tune/0", "--copy", str(folder / "registered"))[0] == 0


def test_a_search_that_proposes_cleared_values_computes_them_again(folder):
    cleared(aged(folder))
    (folder / "ledger").write_text("")
    with Workspace.open(folder) as workspace:
        ended = workspace.drive(workspace.extend("4", 1))

    assert ended.result.value == "completed"
    assert sorted((folder / "ledger").read_text().split()) == ["3", "4"]  # 1 is registered and 2 the best


def test_a_kept_run_is_left_as_it_is(folder):
    home = folder / ".hyperstep"
    assert said(folder, "gc", "--keep", "1")[0] == 0
    before = sorted(path for path in (home / "runs" / "1").rglob("*"))
    cleared(folder)
    kept = sorted(path for path in (home / "runs" / "1").rglob("*"))
    said(folder, "gc", "--release", "1", "--yes", "--keep-days", "0")

    assert kept == before
    assert not (home / "runs" / "1").exists()


def test_a_run_that_is_not_there_cannot_be_kept(folder):
    code, text = said(folder, "gc", "--keep", "77")

    assert (code, "There is no run '77'" in text) == (2, True)


def test_while_another_process_drives_stored_files_stay(folder):
    aged(folder)
    stored = set((folder / ".hyperstep" / "artifacts").rglob("*"))
    with WorkspaceLock(folder / ".hyperstep" / "driver.lock"):
        # flock(2) tells open files apart, not processes
        code, text = said(folder, "gc", "--yes", "--trial-outputs")

    assert code == 0
    assert "Another process drives this workspace, so stored files" in text
    assert set((folder / ".hyperstep" / "artifacts").rglob("*")) == stored
    assert not (folder / ".hyperstep" / "runs" / "1" / "prepare.0" / "work").exists()


def test_two_processes_may_clear_at_the_same_time(folder):
    command = [sys.executable, "-m", "hyperstep", "gc", "--yes", "--keep-days", "0", "--workspace", str(folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert not (folder / ".hyperstep" / "runs" / "1").exists()


def test_what_a_script_left_goes_however_odd_it_is(folder):
    work = folder / ".hyperstep" / "runs" / "1" / "prepare.0" / "work"
    precious = folder / "precious"
    precious.write_text("stay")
    (work / "link").symlink_to(precious)
    (work / "to-folder").symlink_to(folder / "steps")
    os.mkfifo(work / "pipe")
    (work / "n\newline").touch()
    deep = os.open(work, os.O_RDONLY)
    for _ in range(1500):  # a path of which no system call takes
        os.mkdir("deeper", 0o700, dir_fd=deep)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(deep)
    (work / "closed").mkdir()
    (work / "closed" / "file").touch()
    (work / "closed").chmod(0)
    cleared(folder, Wishes())

    assert not work.exists()
    assert precious.read_text() == "stay"
    assert (folder / "steps" / "train.py").exists()
    assert not (folder / ".hyperstep" / "runs" / ".removed").exists()


def test_a_published_pipeline_keeps_its_scripts_and_can_be_run(folder, made):
    with Workspace.open(folder) as workspace:
        (folder / "steps" / "train.py").write_text((folder / "steps" / "train.py").read_text() + "# published\n")
        workspace.publish(made(offset=5.0), "nightly", base=folder)
        submission = asked.publication(workspace.store.db, "nightly").submission
    cleared(aged(folder))
    with Workspace.open(folder) as workspace:
        (received,) = workspace.store.submit_all([submission])
        ended = workspace.drive(received.run)

    assert ended.result.value == "completed"


def test_while_a_real_run_goes_on_clearing_again_and_again_takes_nothing_from_it(folder, made):
    with Workspace.open(folder) as workspace:
        run = workspace.submit(made(offset=9.0, values=tuple(range(8))), base=folder)
    driver = subprocess.Popen([sys.executable, "-m", "hyperstep", "resume", run, "--wait", "--workspace", str(folder)])
    try:
        calls = 0
        while driver.poll() is None:
            cleared(aged(folder))
            calls += 1
    finally:
        driver.kill()
        driver.wait()
    cleared(aged(folder))

    assert calls
    with Workspace.open(folder) as workspace:
        trials = queries.trials(workspace.store.db, f"{run}/tune")
        assert {trial.state for trial in trials} == {"completed"}
        assert len(trials) == 8
    assert ("tiny", 4) in models(folder)


def test_inputs_that_jobs_shared_go_when_no_open_run_names_them(folder):
    home = folder / ".hyperstep"
    with sqlite3.connect(home / "hyperstep.db") as db:
        (body,) = db.execute("SELECT body FROM event WHERE kind = 'JobRequested' AND run = '3' LIMIT 1").fetchone()
    db.close()
    named = re.findall("[0-9a-f]{64}", body)[0]
    for digest in (named, "0" * 64):
        (home / "inputs" / digest).mkdir()
        (home / "inputs" / f"{digest}.seal").touch()
    cleared(folder, Wishes())

    assert {path.name for path in (home / "inputs").iterdir()} == {named, f"{named}.seal"}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(
        st.tuples(st.sampled_from([0.0, 30.0]), st.booleans(), st.booleans(), st.sets(st.sampled_from("14"))),
        max_size=3,
    )
)
def test_whatever_is_cleared_models_come_out_whole_views_stay_and_a_run_can_be_resumed(told, calls):
    with tempfile.TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
        folder = Path(temporary, "copy")
        shutil.copytree(told, folder, symlinks=True)
        patch.setenv("LEDGER", str(folder / "ledger"))
        before = models(folder), views(folder)
        for days, outputs, old, kept in calls:
            keep(folder / ".hyperstep", frozenset(kept))
            cleared(aged(folder) if old else folder, Wishes(keep_days=days, trial_outputs=outputs))
            assert (models(folder), views(folder)) == before
        (folder / "ledger").write_text("")
        with Workspace.open(folder) as workspace:
            db = workspace.store.db
            done = {row.values["x"] for row in queries.trials(db, "3/tune") if ran(db, row.job)}
            ended = workspace.drive("3")
            scores = {row.values["x"]: row.best_score for row in queries.trials(workspace.store.db, "3/tune")}

        assert ended.result.value == "completed"
        assert scores == {x: 3.0 - (x - 2) ** 2 for x in (1, 2, 3, 4, 5)}
        assert {float(x) for x in (folder / "ledger").read_text().split()} == {1, 2, 3, 4, 5} - done


def ran(db: sqlite3.Connection, job: str) -> bool:
    """True if a trial's script is known to have run to its end, whether or not its trial was closed in time."""
    return queries.job(db, job).state == "completed"


KILLED = """
import os, signal, sys
left = int(sys.argv[2])

def count(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod") and armed:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

armed = False
sys.addaudithook(count)
from pathlib import Path
from hyperstep.upkeep.clearing import Wishes, alone, clear, look
from hyperstep.workspace import Workspace
folder = Path(sys.argv[1])
with Workspace.open(folder, read_only=True) as workspace, alone(workspace.home) as left_alone:
    found = look(workspace.store.db, workspace.home, Wishes(keep_days=0, trial_outputs=True), left=left_alone)
    armed = True
    clear(workspace.home, found)
print(left)
"""


def killed_before(folder: Path, step: int) -> int | None:
    """Clear in a process that is killed before its step of this number; None if it had fewer, else how many it had."""
    command = [sys.executable, "-c", KILLED, str(folder), str(step)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode == -signal.SIGKILL:
        return None
    assert ended.returncode == 0, ended.stderr
    return step - int(ended.stdout)


def test_a_kill_at_any_step_loses_nothing_and_the_next_call_ends_the_same(told, tmp_path):
    def fresh(name: str) -> Path:
        shutil.copytree(told, tmp_path / name, symlinks=True)
        return aged(tmp_path / name)

    whole = fresh("whole")
    steps = killed_before(whole, 1_000_000)
    wanted = listing(whole)
    kept = models(whole), views(whole)
    assert steps > 100
    for step in range(0, steps, max(1, steps // 12)):
        folder = fresh(str(step))
        assert killed_before(folder, step) is None
        assert models(folder) == kept[0]
        looked = views(folder)
        assert {name: text.replace(str(folder), "") for name, text in looked.items()} == {
            name: text.replace(str(whole), "") for name, text in kept[1].items()
        }
        cleared(folder)
        assert listing(folder) == wanted
        shutil.rmtree(folder)


def listing(folder: Path) -> set[str]:
    home = folder / ".hyperstep"
    return {str(path.relative_to(home)) for path in home.rglob("*") if "hyperstep.db" not in path.name}
