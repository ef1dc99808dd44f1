"""What was asked for from outside a run: published pipelines, submissions that are made once, the queue, data."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import Enum

from hyperstep.engine.events import PipelinePublished, Recorded, RunSubmitted
from hyperstep.errors import NotFound
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.store.encoding import event_from_text, plain
from hyperstep.store.rows import PublishedRow

REQUEST_LASTS = 86_400.0  # seconds for which a key names the submission that was made with it


class Reception(Enum):
    """What became of a submission."""

    MADE = "made"
    REPEATED = "repeated"  # the same was asked for before with its key: that run is meant
    CONFLICTING = "conflicting"  # another was asked for before with its key
    TURNED_AWAY = "turned away"  # too many wait already


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A submission that was heard. run: the run that it is, was made before with its key; empty if it is none."""

    run: str
    reception: Reception


def submitted(db: sqlite3.Connection, recorded: Recorded, event: RunSubmitted) -> None:
    """Remember what a submission brings: data, its key, its place in the queue."""
    run = int(recorded.run)
    db.executemany(
        "INSERT OR REPLACE INTO dataset (path, run, digest, size, kind) VALUES (?, ?, ?, ?, ?)",
        [(plain(path), run, data.digest, data.size, data.kind) for path, data in event.datasets.items()],
    )
    if event.request:
        db.execute(
            "INSERT OR REPLACE INTO request (pipeline, key, asked, run, at) VALUES (?, ?, ?, ?, ?)",
            [_name(event), plain(event.request), event.asked, recorded.run, recorded.at],
        )
    if event.queued:
        db.execute("INSERT OR IGNORE INTO queue (run) VALUES (?)", [run])


def wait_for_driver(db: sqlite3.Connection, run: str) -> None:
    """Have a run that hasn't ended in the queue, so that its end is seen to even if nobody drives it now."""
    db.execute("INSERT OR IGNORE INTO queue (run) SELECT number FROM run WHERE number = ? AND ended_at IS NULL", [run])


def published(db: sqlite3.Connection, recorded: Recorded, event: PipelinePublished) -> None:
    """Remember where a published pipeline stands."""
    db.execute(
        "INSERT OR REPLACE INTO published (name, version, event, at, description) VALUES (?, ?, ?, ?, ?)",
        [plain(event.name), event.version, recorded.number, recorded.at, plain(event.description)],
    )


def queued(db: sqlite3.Connection) -> tuple[str, ...]:
    """The runs that wait for the server's driver, in the order of their submission."""
    return tuple(str(run) for (run,) in db.execute("SELECT run FROM queue ORDER BY run"))


def waiting(db: sqlite3.Connection) -> int:
    """How many runs wait for the server's driver, or are driven by it."""
    (count,) = db.execute("SELECT count(*) FROM queue").fetchone()
    return int(count)


def earlier(db: sqlite3.Connection, event: RunSubmitted, now: float) -> Received | None:
    """The submission that was made with the key of this one in the last 24 hours, or None."""
    if not event.request:
        return None
    found = db.execute(
        "SELECT run, asked FROM request WHERE pipeline = ? AND key = ? AND at > ?",
        [_name(event), plain(event.request), now - REQUEST_LASTS],
    ).fetchone()
    if found is None:
        return None
    run, before = found
    return Received(run=run, reception=Reception.REPEATED if before == event.asked else Reception.CONFLICTING)


def next_version(db: sqlite3.Connection, name: str) -> int:
    """The version that the next publication of this name gets."""
    (last,) = db.execute("SELECT max(version) FROM published WHERE name = ?", [plain(name)]).fetchone()
    return (last or 0) + 1


def publications(db: sqlite3.Connection, name: str | None = None) -> tuple[PublishedRow, ...]:
    """The newest version of each published pipeline by name, or all versions of one, newest first."""
    if name is None:
        where = "WHERE version = (SELECT max(version) FROM published AS o WHERE o.name = published.name) ORDER BY name"
        return _rows(db, where)
    found = _rows(db, "WHERE name = ? ORDER BY version DESC", plain(name))
    if not found:
        raise _unknown(db, name)
    return found


def publication(db: sqlite3.Connection, name: str, version: int | None = None) -> PipelinePublished:
    """A published pipeline: a version, or the newest."""
    return publication_by(db, publication_number(db, name, version))


def publication_number(db: sqlite3.Connection, name: str, version: int | None = None) -> int:
    """The number of the event that published a version, or the newest."""
    row = db.execute(
        "SELECT event FROM published WHERE name = ?1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1",
        [plain(name), version],
    ).fetchone()
    if row is None:
        raise _unknown(db, name, version)
    return int(row[0])


def publication_by(db: sqlite3.Connection, number: int) -> PipelinePublished:
    """The published pipeline of an event's number."""
    found = event_from_text(*db.execute("SELECT kind, body FROM event WHERE number = ?", [number]).fetchone())
    assert isinstance(found, PipelinePublished), "its row names such an event"
    return found


def _rows(db: sqlite3.Connection, where: str, *given: str) -> tuple[PublishedRow, ...]:
    rows = db.execute(f"SELECT name, version, at, description FROM published {where}", given)  # noqa: S608 - ours
    return tuple(PublishedRow(name=name, version=version, at=at, description=text) for name, version, at, text in rows)


def _unknown(db: sqlite3.Connection, name: str, version: int | None = None) -> NotFound:
    names = [row.name for row in publications(db)]
    if name in names:
        (newest,) = (row.version for row in publications(db) if row.name == name)
        return NotFound(f"Published pipeline {name!r} has no version {version}; its newest is {newest}.")
    known = f"There are {listed(names)}." if names else "None is: hyperstep publish PIPELINE."
    return NotFound(f"No pipeline is published as {name!r}.{did_you_mean(name, names)} {known}")


def _name(event: RunSubmitted) -> str:
    """The published pipeline's name, without its version."""
    return plain(event.published.rpartition("/")[0])
