"""Checks of what a workspace remembers: its database, the files that it names, and the times in it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hyperstep.engine.ids import run_of
from hyperstep.errors import ArtifactDamaged
from hyperstep.place import ARTIFACTS, DATABASE
from hyperstep.store.blobs import Blobs, read_chunks
from hyperstep.store.cleared import cleared_trials
from hyperstep.upkeep.clearing import stored
from hyperstep.upkeep.finding import Finding, fault, ok, warning
from hyperstep.upkeep.references import needed_by, required

_SHOWN = 5
_JUMP = 60.0  # seconds by which clocks may differ

Progress = Callable[[int, int], None]
"""Called with how many bytes are done, and of how many."""


def database(db: sqlite3.Connection, home: Path) -> Finding:
    """Whether the database is what SQLite wrote, and the log in it without gaps."""
    name, path = "database", home / DATABASE
    do = f"Keep a copy of {path}, then restore a backup: hyperstep restore"
    said = [row[0] for row in db.execute(f"PRAGMA integrity_check({_SHOWN})")]
    if said != ["ok"]:
        return fault(name, f"it is damaged: {'; '.join(said)}", why="What it holds can't be relied on.", do=do)
    if broken := db.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN):
        return fault(name, f"rows refer to others that aren't there: {broken}", why="Rows were lost.", do=do)
    count, last = db.execute("SELECT count(*), coalesce(max(number), 0) FROM event").fetchone()
    if count != last:
        return fault(name, f"{last - count} of {last} events are missing", why="The log is the truth.", do=do)
    return ok(name, f"{count:,} events, {path.stat().st_size / 1e6:,.1f} MB, sound")


def files(db: sqlite3.Connection, home: Path) -> Finding:
    """Whether all stored files that something needs are there."""
    blobs = Blobs(home / ARTIFACTS, durability="full")
    musts = required(db, home, blobs, without=cleared_trials(home))
    there = {digest for digest, _ in stored(home)}
    lost = sorted(musts - there)
    if not lost:
        return ok("stored files", f"{len(there):,} stored, none missing")
    return fault(
        "stored files",
        f"{len(lost)} are missing: {_named(db, lost)}",
        why="What needs them can't be taken out or run again from there.",
        do="Put them back from a backup (hyperstep restore, to another folder), or run again what made them.",
    )


def contents(db: sqlite3.Connection, home: Path, progress: Progress = lambda _done, _all: None) -> Finding:
    """Whether every stored file still has the content that its name stands for; reads all of them."""
    blobs = Blobs(home / ARTIFACTS, durability="full")
    found = list(stored(home))
    whole, done, damaged = sum(status.st_size for _, status in found), 0, []
    for digest, status in found:
        try:
            with blobs.open(digest) as blob:
                sha = hashlib.sha256()
                for chunk in read_chunks(blob.fileno()):
                    sha.update(chunk)
            if sha.hexdigest() != digest:
                damaged.append(digest)
        except ArtifactDamaged:
            continue  # it was removed since, as nothing needed it
        done += status.st_size
        progress(done, whole)
    if not damaged:
        return ok("contents", f"{len(found):,} stored files read, {whole / 1e6:,.1f} MB, all as they were")
    return fault(
        "contents",
        f"{len(damaged)} stored files changed: {_named(db, damaged)}",
        why="They are refused when they are taken out.",
        do="Check the disk. Delete them, then put them back from a backup or run again what made them.",
    )


def clock(db: sqlite3.Connection, home: Path, *, now: float, elapsed: float, boot: str) -> Finding:
    """Whether the clock of this machine was set since the workspace was last used.

    now: seconds since the epoch. elapsed: since the machine booted, on a clock that isn't set; boot: which boot.
    """
    last = db.execute("SELECT at, elapsed FROM event ORDER BY number DESC LIMIT 1").fetchone()
    why = "Times that are shown, and what gc takes for old, are wrong by as much; nothing else goes by it."
    do = "Set the clock, best by a time service."
    started = db.execute("SELECT body FROM event WHERE kind = 'DriverStarted' ORDER BY number DESC LIMIT 1").fetchone()
    newest = max([(home / DATABASE).stat().st_mtime, *([last[0]] if last else [])])
    if newest - now > _JUMP:
        ahead = timedelta(seconds=round(newest - now))
        return warning("clock", f"what was written last was written {ahead} from now", why=why, do=do)
    if last and started and boot and f'"boot":"{boot}"' in started[0]:
        jumped = (now - elapsed) - (last[0] - last[1])
        if abs(jumped) > _JUMP:
            by = timedelta(seconds=round(abs(jumped)))
            found = f"it was set {'forward' if jumped > 0 else 'back'} by {by} since the last event"
            return warning("clock", found, why=why, do=do)
    return ok("clock", "it agrees with the workspace's times")


def interrupted(db: sqlite3.Connection, *, driven: bool) -> Finding:
    """Whether runs wait that nobody drives."""
    rows = db.execute("SELECT number FROM run WHERE ended_at IS NULL ORDER BY number").fetchall()
    runs = ", ".join(str(number) for (number,) in rows)
    if rows and not driven:
        do = "hyperstep resume, or hyperstep cancel RUN"
        return warning("runs", f"nobody drives {runs}", why="They go on when somebody does.", do=do)
    return ok("runs", f"{runs} is being driven" if rows else "all have ended")


def _named(db: sqlite3.Connection, digests: list[str]) -> str:
    """Some digests, each with what needs it."""
    shown = [f"{digest[:12]} of {_owner(db, digest)}" for digest in digests[:_SHOWN]]
    return ", ".join(shown) + (f", and {len(digests) - _SHOWN} more" if len(digests) > _SHOWN else "")


def _owner(db: sqlite3.Connection, digest: str) -> str:
    models, runs = needed_by(db, digest)
    if models:
        return f"model {models[0]}"
    return f"run {run_of(runs[0])}" if runs else "nothing"
