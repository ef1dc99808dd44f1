"""Storage faults of SQLite as errors of the operating system."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing

import pytest

from hyperstep.store.faults import told_as_os_errors


def test_a_file_that_another_process_writes_for_too_long_is_busy(tmp_path):
    path = tmp_path / "db"
    with (
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as one,
        closing(sqlite3.connect(path, timeout=0)) as other,
    ):
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match="another process") as caught, told_as_os_errors(path):
            other.execute("BEGIN IMMEDIATE")

    assert (caught.value.errno, caught.value.filename) == (errno.EBUSY, str(path))


def test_a_file_that_can_not_be_opened_is_refused_access(tmp_path):
    with pytest.raises(PermissionError, match="can't be opened"), told_as_os_errors(tmp_path):
        sqlite3.connect(tmp_path / "nowhere" / "db")


def test_a_file_that_is_no_database_says_so(tmp_path):
    path = tmp_path / "db"
    path.write_bytes(b"garbage" * 1000)
    with (
        closing(sqlite3.connect(path)) as db,
        pytest.raises(OSError, match="isn't a database") as caught,
        told_as_os_errors(path),
    ):
        db.execute("SELECT * FROM sqlite_master")

    assert (caught.value.errno, caught.value.filename) == (errno.EBADMSG, str(path))


def test_a_fault_of_our_own_stays_what_it_is(tmp_path):
    with closing(sqlite3.connect(":memory:")) as db:
        with pytest.raises(sqlite3.OperationalError, match="syntax"), told_as_os_errors(tmp_path):
            db.execute("SELEKT")
        with pytest.raises(sqlite3.IntegrityError), told_as_os_errors(tmp_path):
            db.executescript("CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1), (1)")
