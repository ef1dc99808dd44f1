"""Upgrade: from an older schema to this version's, never backwards.

Each step goes from one schema number to the next in one transaction, after
the file was copied aside under the same lock: of several processes that find
an older file, one copies and upgrades it. A step that only changes what
people ask for is `projections.rebuild`: the events stay as they were written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from hyperstep.errors import WorkspaceTooNew

Upgrade = Callable[[sqlite3.Connection], None]

SCHEMA = 3


def _labels(db: sqlite3.Connection) -> None:
    """Runs have labels; those that were recorded before have none."""
    db.execute("ALTER TABLE run ADD COLUMN labels TEXT NOT NULL DEFAULT '{}'")


_REQUESTS = """
ALTER TABLE run ADD COLUMN published TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
CREATE TABLE queue (run INTEGER PRIMARY KEY);
CREATE TABLE request (
    pipeline TEXT NOT NULL, key TEXT NOT NULL, asked TEXT NOT NULL, run TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (pipeline, key)
) WITHOUT ROWID;
CREATE TABLE published (
    name TEXT NOT NULL, version INTEGER NOT NULL, event INTEGER NOT NULL, at REAL NOT NULL, description TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;
CREATE TABLE dataset (
    path TEXT NOT NULL, run INTEGER NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (path, run)
) WITHOUT ROWID;
INSERT INTO dataset (path, run, digest, size, kind)
    SELECT data.key, run, json_extract(data.value, '$.digest'), json_extract(data.value, '$.size'),
        json_extract(data.value, '$.kind')
    FROM event, json_each(body, '$.datasets') AS data WHERE event.kind = 'RunSubmitted'
"""


def _requests(db: sqlite3.Connection) -> None:
    """Pipelines are published, runs wait in a queue and can be deleted; the data of earlier runs is named."""
    for statement in _REQUESTS.split(";"):
        db.execute(statement)


UPGRADES: Mapping[int, Upgrade] = {1: _labels, 2: _requests}  # by the schema number that it starts from


def prepare(
    db: sqlite3.Connection, path: Path, *, schema: int = SCHEMA, upgrades: Mapping[int, Upgrade] = UPGRADES
) -> None:
    """Bring a database to `schema`: create its tables if it is new, upgrade it if it is older.

    Raises WorkspaceTooNew if a later version wrote it.
    """
    found = version_of(db, path, schema=schema)
    while found < schema:
        db.execute("BEGIN IMMEDIATE")
        try:
            found = version_of(db, path, schema=schema)  # another process may have been faster
            if found == 0:
                for statement in (*statements("schema.sql"), *statements("projections.sql")):
                    db.execute(statement)
                found = schema
            elif found < schema:
                _copy(path, path.with_name(f"{path.name}.schema-{found}"))
                upgrades[found](db)
                found += 1
            db.execute(f"PRAGMA user_version = {found:d}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def version_of(db: sqlite3.Connection, path: Path, *, schema: int = SCHEMA) -> int:
    """The schema number of a database, 0 for one without tables.

    Raises WorkspaceTooNew if it is above `schema`.
    """
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > schema:
        raise WorkspaceTooNew(
            f"{str(path)!r} was written by a later version of hyperstep: its schema is {found}, this version "
            f"reads up to {schema}. Upgrade hyperstep, or use another workspace folder."
        )
    return int(found)


def statements(resource: str) -> Iterator[str]:
    """The SQL statements of a file that stands beside this one."""
    statement = ""
    for line in Path(__file__).with_name(resource).read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _copy(path: Path, to: Path) -> None:
    """Copy a database whose write lock this process holds; an earlier copy is replaced as a whole.

    The connection that holds the lock can't be copied from, another one can.
    """
    aside = to.with_name(f"{to.name}.new")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(aside)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # else it could not be read where it can't be written
    aside.replace(to)
    folder = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
