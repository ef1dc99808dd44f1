"""Reading: how the server sees the workspace. The database is opened read-only, once for each thread.

What has to be consistent (a page, and the number of the event it was made at)
is read within one `moment`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hyperstep.engine.events import PipelinePublished
from hyperstep.place import ARTIFACTS, DATABASE, HOME
from hyperstep.store import asked
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.sqlite import SqliteStore

_KEPT = 64  # published pipelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The workspace as it is at one moment.

    db: for the functions of `store.queries`. number: of the last event by then, 0 if there is none; live events that
    are asked for after it leave no gap.
    """

    db: sqlite3.Connection
    number: int


class Reading:
    """What pages and the REST interface read from; safe in every thread.

    folder: the one that holds `.hyperstep`. home: `.hyperstep` itself. artifacts: what jobs made and models are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / HOME
        self.artifacts = FolderArtifacts(self.home / ARTIFACTS)
        self._local = threading.local()
        self._published: dict[int, PipelinePublished] = {}

    @property
    def db(self) -> sqlite3.Connection:
        """The connection of this thread, each statement seeing what is newest."""
        if not hasattr(self._local, "store"):
            self._local.store = SqliteStore(self.home / DATABASE, read_only=True)
        store: SqliteStore = self._local.store
        return store.db

    def publication(self, name: str, version: int | None = None) -> PipelinePublished:
        """A published pipeline: a version, or the newest. Those that were asked for lately are kept in memory."""
        number = asked.publication_number(self.db, name, version)
        found = self._published.get(number)
        if found is None:
            found = asked.publication_by(self.db, number)
            if len(self._published) >= _KEPT:
                self._published.clear()
            self._published[number] = found
        return found

    def close(self) -> None:
        """Close what this thread has opened; other threads' connections end with them."""
        if hasattr(self._local, "store"):
            self._local.store.close()
            del self._local.store

    @contextmanager
    def moment(self) -> Iterator[Moment]:
        """All that is read while this lasts is of one moment. Don't await anything meanwhile."""
        db = self.db
        db.execute("BEGIN")
        try:
            yield Moment(db=db, number=last_number(db))
        finally:
            db.execute("ROLLBACK")


def last_number(db: sqlite3.Connection) -> int:
    """The number of the last event, 0 if nothing has happened yet."""
    (last,) = db.execute("SELECT max(number) FROM event").fetchone()
    return int(last or 0)
