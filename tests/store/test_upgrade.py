"""From an older schema to a newer one, never backwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from stories import TUTORIAL

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import RunSubmitted
from hyperstep.errors import WorkspaceTooNew
from hyperstep.store import projections, queries
from hyperstep.store.sqlite import SqliteStore
from hyperstep.store.upgrade import SCHEMA, UPGRADES, prepare, statements


@pytest.fixture
def db(path):
    with SqliteStore(path) as store:
        data = Artifact(digest="0" * 64, size=7)
        store.new_run(RunSubmitted(pipeline=TUTORIAL, datasets={"data.csv": data}))
        yield store.db


def add_column(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE run ADD COLUMN note TEXT")


def version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def test_there_is_an_upgrade_from_every_older_schema():
    assert set(UPGRADES) == set(range(1, SCHEMA))


def as_second(db):
    """Take away what the third schema added."""
    for name in ("published", "deleted"):
        db.execute(f"ALTER TABLE run DROP COLUMN {name}")
    for name in ("queue", "request", "published", "dataset"):
        db.execute(f"DROP TABLE {name}")
    db.execute("PRAGMA user_version = 2")


@pytest.fixture
def second(db, path):
    """A workspace as the second schema had it."""
    as_second(db)
    db.close()
    return path


@pytest.fixture
def first(db, path):
    """A workspace as the first schema had it."""
    as_second(db)
    db.execute("ALTER TABLE run DROP COLUMN labels")
    db.execute("PRAGMA user_version = 1")
    db.close()
    return path


def test_the_data_of_runs_from_before_is_named(second):
    with SqliteStore(second) as store:
        upgraded = store.db.execute("SELECT * FROM dataset").fetchall()
        store.rebuild()

        assert upgraded == [("data.csv", 1, "0" * 64, 7, "file")]
        assert store.db.execute("SELECT * FROM dataset").fetchall() == upgraded


@pytest.mark.parametrize("read_only", [False, True])
def test_runs_from_before_labels_have_none(first, read_only):
    with SqliteStore(first, read_only=read_only) as store:
        assert queries.run(store.db, "1").labels == {}
    with SqliteStore(first) as store:
        run = store.new_run(RunSubmitted(pipeline=TUTORIAL, labels={"experiment": "ridge"}))

        assert queries.run(store.db, run).labels == {"experiment": "ridge"}


def test_an_upgraded_workspace_has_the_tables_of_a_new_one(first, tmp_path):
    with SqliteStore(first) as upgraded, SqliteStore(tmp_path / "new.db") as new:
        tables = [
            {
                name: store.db.execute(f"PRAGMA table_info({name})").fetchall()
                for (name,) in store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            }
            for store in (upgraded, new)
        ]

    assert tables[0] == tables[1]


def test_upgrades_run_in_their_order_up_to_the_schema_that_is_wanted(db, path):
    order = []
    prepare(
        db, path, schema=SCHEMA + 2, upgrades={SCHEMA: lambda _: order.append(1), SCHEMA + 1: lambda _: order.append(2)}
    )

    assert (order, version(db)) == ([1, 2], SCHEMA + 2)


def test_the_file_is_copied_aside_before_it_is_upgraded(db, path):
    prepare(db, path, schema=SCHEMA + 1, upgrades={SCHEMA: add_column})
    copy = path.with_name(f"{path.name}.schema-{SCHEMA}")

    assert copy.stat().st_mode & 0o777 == 0o600
    with SqliteStore(copy) as old:
        assert [type(one.event) for one in old.read()] == [RunSubmitted]
        assert "note" not in [row[1] for row in old.db.execute("PRAGMA table_info(run)")]


class Late(sqlite3.Connection):
    """A connection beside which another process upgrades the file right after it has looked at the file's version."""

    upgrade = staticmethod(lambda: None)

    def execute(self, statement, *given):
        found = super().execute(statement, *given)
        if statement == "PRAGMA user_version" and not self.in_transaction:
            self.upgrade()
        return found


def test_whoever_is_late_to_upgrade_leaves_the_copy_of_the_old_file_alone(db, path):
    def upgrade(connection):
        prepare(connection, path, schema=SCHEMA + 1, upgrades={SCHEMA: add_column})

    with closing(sqlite3.connect(path, factory=Late, isolation_level=None)) as late:
        late.upgrade = lambda: upgrade(db)
        upgrade(late)

    with closing(sqlite3.connect(path.with_name(f"{path.name}.schema-{SCHEMA}"))) as copy:
        assert version(copy) == SCHEMA


def test_an_upgrade_that_breaks_off_changes_nothing_and_can_be_tried_again(db, path):
    def half(db: sqlite3.Connection) -> None:
        add_column(db)
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        prepare(db, path, schema=SCHEMA + 1, upgrades={SCHEMA: half})
    broken_off = version(db)
    prepare(db, path, schema=SCHEMA + 1, upgrades={SCHEMA: add_column})

    assert (broken_off, version(db)) == (SCHEMA, SCHEMA + 1)


def test_rows_can_be_folded_again_as_an_upgrade(db, path):
    db.execute("DROP TABLE step")
    prepare(db, path, schema=SCHEMA + 1, upgrades={SCHEMA: projections.rebuild})

    assert db.execute("SELECT count(*) FROM step").fetchone() == (4,)


def test_a_later_schema_is_refused_and_left_as_it_is(db, path):
    db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(WorkspaceTooNew, match=f"its schema is {SCHEMA + 1}, this version reads up to {SCHEMA}"):
        prepare(db, path)

    assert version(db) == SCHEMA + 1


@pytest.mark.parametrize("name", ["schema.sql", "projections.sql"])
def test_a_file_of_statements_is_read_to_its_end(name):
    found = list(statements(name))

    assert found
    assert all(sqlite3.complete_statement(statement) for statement in found)
