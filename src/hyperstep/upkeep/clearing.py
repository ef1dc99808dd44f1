"""Clearing: what of a workspace nothing needs any more, found and then removed.

`look` only looks. `clear` first notes what will be missing, then takes each
thing out of sight by one rename or unlink. So it may break off anywhere: what
is gone is noted, and what a note names too early is still there and used. The
other order would leave files that are gone and that somebody looks for.

What a driver or a backup may be using is left alone; what others may be about
to name is told by its age, see `store/blobs.py`.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hyperstep.engine.ids import run_of
from hyperstep.errors import WorkspaceBusy
from hyperstep.place import ARTIFACTS, DATABASE
from hyperstep.store import queries
from hyperstep.store.blobs import Blobs
from hyperstep.store.cleared import Cleared, cleared_trials, note
from hyperstep.store.lock import WorkspaceLock, is_held
from hyperstep.supervisor.linux import Place
from hyperstep.upkeep.keep import kept_runs
from hyperstep.upkeep.references import named, needed
from hyperstep.upkeep.removal import Bin, Room, room_of

KEEP_DAYS = 30.0
"""Days after the end of a run for which its logs stay."""

GRACE = 24 * 3600.0
"""Seconds for which a stored file that nothing names is left alone: somebody may be about to name it."""

LOG = "log.txt"
BIN = ".removed"
_LOCK = "clearing.lock"
DRIVER_LOCK, BACKUP_LOCK = "driver.lock", "backup.lock"
_WITH_FOLDERS = ("runs", "inputs")
_CHECKPOINTS = ".checkpoints"
_STARTING = 3600.0  # seconds in which a supervisor that has a log gets its socket
_SLICE = 200  # stored files that are removed while writers wait
_DAY = 86_400.0

_LEFT = "so stored files, shared inputs and what supervisors left behind stay as they are. Call it again later."
_DRIVEN = f"Another process drives this workspace, {_LEFT}"
_COPIED = f"A backup of this workspace is being made, {_LEFT}"

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What may go. keep_days: for which logs stay. trial_outputs: True if files of trials that aren't the best may."""

    keep_days: float = KEEP_DAYS
    trial_outputs: bool = False


@dataclass(slots=True)
class Clearing:
    """What may go.

    places: files and folders, by what they are, in words. blobs: digests of stored files, by what they are.
    logs: runs whose logs go. trials: those whose stored files go. left: what is left alone and why, or empty.
    rooms: what each kind takes of the disk. runs: those that are over and that nobody keeps.
    """

    places: dict[str, list[Path]] = field(default_factory=dict)
    blobs: dict[str, list[str]] = field(default_factory=dict)
    logs: set[str] = field(default_factory=set)
    trials: set[str] = field(default_factory=set)
    left: str = ""
    rooms: dict[str, Room] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)

    def add(self, what: str, path: Path) -> None:
        """Put a file or folder on the list."""
        self.places.setdefault(what, []).append(path)
        self.rooms[what] = self.rooms.get(what, Room()) + room_of(path)

    def add_blob(self, what: str, digest: str, room: Room) -> None:
        """Put a stored file on the list."""
        self.blobs.setdefault(what, []).append(digest)
        self.rooms[what] = self.rooms.get(what, Room()) + room


@contextmanager
def alone(home: Path) -> Iterator[str]:
    """While this lasts no other process drives or copies the workspace; yields what `busy` says if one does already."""
    with ExitStack() as locks:
        try:
            for name in (DRIVER_LOCK, BACKUP_LOCK):
                locks.enter_context(WorkspaceLock(home / name))
        except WorkspaceBusy:
            locks.close()
            yield busy(home)
        else:
            yield ""


def busy(home: Path) -> str:
    """A sentence about the process that drives or copies the workspace now, or nothing if none does."""
    return (_DRIVEN if is_held(home / DRIVER_LOCK) else "") or (_COPIED if is_held(home / BACKUP_LOCK) else "")


def look(db: sqlite3.Connection, home: Path, wishes: Wishes, *, left: str = "") -> Clearing:
    """What may go. left: what `alone` or `busy` said; if it said anything, what others may use is left alone."""
    found = Clearing()
    kept = kept_runs(home)
    ended, opened = _runs(db)
    before = time.time() - wishes.keep_days * _DAY
    for run, (ended_at, deleted) in ended.items():
        if run not in kept or deleted:
            found.runs.append(run)
            _in_run(found, db, home, run, logs=deleted or ended_at < before)
            if wishes.trial_outputs and not deleted:
                found.trials.update(_not_the_best(db, run))
    for copy in home.glob(f"{DATABASE}.schema-*"):
        if copy.stat().st_mtime < before:
            found.add("copies of the database from before upgrades", copy)
    if left:
        found.left = left
        found.trials.clear()
        return found
    _stored(found, db, home)
    _inputs(found, db, home, opened)
    for path in dead_supervisors(home):
        found.add("what supervisors left behind", path)
    return found


def clear(home: Path, found: Clearing, progress: Progress = lambda _done, _all: None) -> None:
    """Remove what was found, in the block of `alone` in which it was looked for; one process at a time."""
    with WorkspaceLock(home / _LOCK, wait=True):
        _clear(home, found, progress)


def _clear(home: Path, found: Clearing, progress: Progress) -> None:
    at = time.time()
    for run in sorted({*found.logs, *map(run_of, found.trials)}):
        trials = tuple(sorted(trial for trial in found.trials if run_of(trial) == run))
        note(home, run, Cleared(at=at, logs=run in found.logs, trials=trials))
    whole = sum(map(len, found.places.values())) + sum(map(len, found.blobs.values()))
    done = 0
    bins = [Bin(home / name / BIN) for name in _WITH_FOLDERS]
    for old in bins:
        old.empty()
    for path in (path for paths in found.places.values() for path in paths):
        if path.is_dir() and not path.is_symlink():
            Bin(home / path.relative_to(home).parts[0] / BIN).take(path)
        else:
            path.unlink(missing_ok=True)
        done += 1
        progress(done, whole)
    for full in bins:
        full.empty()
    for run in found.runs:
        _remove_empty_folders(home / "runs" / run)
    blobs = Blobs(home / ARTIFACTS, durability="full")
    digests = [digest for some in found.blobs.values() for digest in some]
    for start in range(0, len(digests), _SLICE):
        part = digests[start : start + _SLICE]
        blobs.remove(part, before=time.time() - GRACE)
        done += len(part)
        progress(done, whole)


def _runs(db: sqlite3.Connection) -> tuple[dict[str, tuple[float, bool]], list[str]]:
    """When each run that is over has ended and whether it was deleted; and the runs that aren't over."""
    ended, opened = {}, []
    for number, at, deleted in db.execute("SELECT number, ended_at, deleted FROM run ORDER BY number").fetchall():
        if at is None:
            opened.append(str(number))
        else:
            ended[str(number)] = (at, bool(deleted))
    return ended, opened


def _in_run(found: Clearing, db: sqlite3.Connection, home: Path, run: str, *, logs: bool) -> None:
    """The folders of a run's jobs, but for their logs, or with them."""
    for job in queries.jobs(db, run):
        folder = home / "runs" / job.id
        for path in _listed(folder):
            if path.name == LOG and path.is_file() and not path.is_symlink():
                if logs:
                    found.logs.add(run)
                    found.add("logs", path)
            else:
                found.add("folders of jobs", path)
        checkpoints = folder.with_name(f"{folder.name.rpartition('.')[0]}{_CHECKPOINTS}")
        if checkpoints.exists() and job.id.endswith(".0"):
            found.add("checkpoints", checkpoints)
    driver = home / "drivers" / f"{run}.log"
    if logs and driver.exists():
        found.add("logs", driver)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _not_the_best(db: sqlite3.Connection, run: str) -> Iterator[str]:
    """The trials of a run's completed searches that are neither the best, nor registered, nor tagged `keep`."""
    registered = {trial for (trial,) in db.execute("SELECT trial FROM wish")}
    for step in queries.steps(db, run):
        if step.kind != "tune" or step.state != "completed":
            continue
        for trial in queries.trials(db, step.id):
            if trial.number == step.best or trial.id in registered or "keep" in queries.tags(db, trial.job):
                continue
            yield trial.id


def _stored(found: Clearing, db: sqlite3.Connection, home: Path) -> None:
    """Stored files that nothing needs. `trials` shrinks to those of which a file goes."""
    blobs = Blobs(home / ARTIFACTS, durability="full")
    wanted = needed(db, home, blobs, without=found.trials | cleared_trials(home))
    said = named(db)
    old = time.time() - GRACE
    for digest, status in stored(home):
        if digest not in wanted and status.st_mtime < old:
            what = "stored files that only deleted runs or trials name" if digest in said else "stored files of nobody"
            found.add_blob(what, digest, Room(1, status.st_blocks * 512))
    going = {digest for some in found.blobs.values() for digest in some}
    found.trials = {trial for trial in found.trials if going & _made(db, trial)}


def _made(db: sqlite3.Connection, trial: str) -> set[str]:
    job = queries.trial(db, trial).job
    return {row.artifact.digest for row in queries.artifacts(db, job)} | {
        member.digest for row in queries.artifacts(db, job) for member in row.members
    }


def stored(home: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All files of the artifact store, by their digests."""
    for folder in _listed(home / ARTIFACTS):
        if len(folder.name) == 2:
            with suppress(FileNotFoundError), os.scandir(folder) as entries:
                for entry in entries:
                    yield folder.name + entry.name, entry.stat(follow_symlinks=False)


def _inputs(found: Clearing, db: sqlite3.Connection, home: Path, opened: list[str]) -> None:
    """Large inputs that jobs shared and that no run which isn't over can ask for."""
    asked = {digest for run in opened for digest in named(db, run)}
    for path in _listed(home / "inputs"):
        if path.name[:64] not in asked:
            found.add("inputs that jobs shared", path)


def dead_supervisors(home: Path) -> Iterator[Path]:
    """The sockets and logs of supervisors that were killed."""
    folder = home / "supervisors"
    if not folder.is_dir():
        return
    place = Place(str(folder))
    try:
        for path in folder.glob("*-*.sock"):
            with socket.socket(socket.AF_UNIX) as end:
                try:
                    end.connect(place.address(path.name))
                except OSError:
                    yield from (path, path.with_suffix(".log"))
    finally:
        place.close()
    for path in folder.glob("*-*.log"):
        if not path.with_suffix(".sock").exists() and time.time() - path.stat().st_mtime > _STARTING:
            yield path


def _remove_empty_folders(run: Path) -> None:
    """Remove the folders of a run's jobs and steps that hold nothing now."""
    for folder, _, _ in os.walk(run, topdown=False):
        with suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106 - os.walk gives text
