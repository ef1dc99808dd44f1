"""Accounts: what the trials wrote into the ledger, and what the store holds, have to agree."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass

from yard import Yard, until, works_in

from hyperstep.engine.events import (
    ArtifactStored,
    DriverStarted,
    JobEnded,
    JobRequested,
    JobStarted,
    ModelRegistered,
    TrialEnded,
)
from hyperstep.engine.job import Ending
from hyperstep.store.artifacts import FolderArtifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was hit: drivers that came, jobs that one of them took up from another, and jobs that ran again."""

    drivers: int = 0
    adopted: int = 0
    again: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            drivers=self.drivers + other.drivers,
            adopted=self.adopted + other.adopted,
            again=self.again + other.again,
        )


def check_run(yard: Yard, run: str, values: tuple[float, ...]) -> Tally:
    """Assert that a run lost nothing and counted nothing twice; values: those of an undisturbed run's trials."""
    rows = yard.rows(run)
    assert [row.state for row in rows] == ["completed"] * yard.trials, f"{rows}"
    assert {row.number: row.values["x"] for row in rows} == dict(enumerate(values[: yard.trials]))
    for row in rows:
        assert row.best_score == row.values["x"], "the last of four reports is the best"
        assert row.reports == 4

    events = yard.events(run)
    ended = Counter(event.number for event in events if isinstance(event, TrialEnded))
    assert ended == dict.fromkeys(range(yard.trials), 1)
    requested = Counter(event.job.id for event in events if isinstance(event, JobRequested))
    assert set(requested.values()) == {1}
    assert Counter(event.job for event in events if isinstance(event, JobEnded)) == requested
    assert sum(isinstance(event, ModelRegistered) for event in events) == 1
    _check_ledger(yard, run)
    _check_models(yard, run)
    return _tally(yard, run)


def _check_ledger(yard: Yard, run: str) -> None:
    notes = [note for note in yard.notes() if note.job.startswith(f"{run}/")]
    completed = {row.job for row in yard.rows(run)}
    wrote = Counter(note.job for note in notes if note.what == "start")
    assert set(wrote.values()) == {1}, "an attempt was started twice"
    ends = Counter(note.job for note in notes if note.what == "end")
    assert completed <= set(ends), "a trial counts as completed whose script never got to its end"


def _tally(yard: Yard, run: str) -> Tally:
    """Count what happened to a run."""
    drivers, adopted, again = 0, set(), 0
    living: set[str] = set()
    taken_up: set[str] = set()
    for event in yard.events(run):
        match event:
            case DriverStarted():
                drivers += 1
                taken_up |= living
            case JobStarted(job=job):
                living.add(job)
            case JobEnded(job=job, outcome=outcome):
                living.discard(job)
                if outcome.ending is Ending.EXITED and job in taken_up:
                    adopted.add(job)
                again += outcome.runs_again
    return Tally(drivers=drivers, adopted=len(adopted), again=again)


def check_rest(yard: Yard) -> None:
    """Assert that the database is whole, that no file is half there, and that nothing runs any more."""
    with yard.store() as store:
        assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []
    for blob in (yard.home / "artifacts").glob("??/*"):
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.parent.name + blob.name
    until(lambda: not yard.processes(), f"the end of all processes; these are left: {yard.processes()}", 20.0)
    assert not [note.pid for note in yard.notes() if note.pid and works_in(note.pid, yard.folder)]


def _check_models(yard: Yard, run: str) -> None:
    artifacts = FolderArtifacts(yard.home / "artifacts", durability="normal")
    values = {row.job: row.values["x"] for row in yard.rows(run)}
    stored = {event.job: event for event in yard.events(run) if isinstance(event, ArtifactStored)}
    for job, x in values.items():
        with artifacts.open(stored[job].artifact, "model") as file:
            assert file.read() == b"".join(json.dumps([x, part]).encode().ljust(2**16) for part in range(4))
