"""System: what runs now and what waits, what the disk holds, and the end of the log of events."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep import __version__
from hyperstep.place import DATABASE
from hyperstep.server.pages.render import page
from hyperstep.server.reading import Reading
from hyperstep.store import asked
from hyperstep.store.lock import is_held
from hyperstep.store.queries import Db

_EVENTS = 40
_JOBS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event, in short."""

    number: int
    run: str
    at: float
    kind: str


def show(request: Request) -> Response:
    """The page."""
    reading: Reading = request.app.state.reading
    with reading.moment() as moment:
        db = moment.db
        running = db.execute(
            "SELECT job.id, owner, pid, start, started_at FROM job JOIN run ON job.id >= run.number || '/' "
            "AND job.id < run.number || '0' WHERE run.ended_at IS NULL AND job.state = 'running' "
            "ORDER BY started_at LIMIT ?",
            [_JOBS],
        ).fetchall()
        waiting = db.execute("SELECT count(*) FROM job WHERE state = 'requested'").fetchone()[0]
        return page(
            request,
            "system.html",
            title="System",
            active="System",
            number=moment.number,
            running=running,
            waiting=waiting,
            queue=asked.queued(db),
            driven=is_held(reading.home / "driver.lock"),
            now=datetime.now(UTC).timestamp(),
            disk=_disk(reading.home),
            free=shutil.disk_usage(reading.home).free,
            versions={
                "hyperstep": __version__,
                "Python": sys.version.split()[0],
                "SQLite": sqlite3.sqlite_version,
                "system": platform.platform(),
            },
            events=_events(db),
            counts=_counts(db),
        )


def _disk(home: Path) -> list[tuple[str, str, int]]:
    """What a part of the workspace holds, and its bytes: of the database alone the file, since folders take long."""
    total = sum(path.stat().st_size for path in home.glob(f"{DATABASE}*"))
    return [("Events and tables", DATABASE, total)]


def _counts(db: Db) -> list[tuple[str, int]]:
    tables = ("run", "trial", "job", "event", "model", "artifact")
    return [(name, db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in tables]  # noqa: S608 - constants


def _events(db: Db) -> list[Happened]:
    rows = db.execute("SELECT number, run, at, kind FROM event ORDER BY number DESC LIMIT ?", [_EVENTS])
    return [Happened(number=number, run=run, at=at, kind=kind) for number, run, at, kind in rows]


ROUTES = (Route("/system", show, methods=["GET"]),)
