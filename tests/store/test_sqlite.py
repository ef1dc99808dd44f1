"""The log: all or nothing, numbered without gaps, whoever appends."""

from __future__ import annotations

import errno
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import SHORT, TUTORIAL, events, logged, once, whole_run

from hyperstep import failpoints
from hyperstep.engine.events import DriverStarted, RunCancelRequested, RunSubmitted, TrialSuggested
from hyperstep.errors import DefinitionError, WorkspaceMissing, WorkspaceTooNew
from hyperstep.store.sqlite import SqliteStore
from hyperstep.store.upgrade import SCHEMA

FORK = multiprocessing.get_context("fork")  # no connection may be open in the process that forks


def submit(path: Path, times: int, name: str) -> None:
    with SqliteStore(path) as store:
        for number in range(times):
            run = store.new_run(RunSubmitted(pipeline=SHORT))
            store.append(run, [RunCancelRequested(by=name), RunCancelRequested(by=str(number))])


def submit_at_once(path: Path, *, processes: int, times: int) -> list[int | None]:
    """Let several processes submit runs; returns their exit codes."""
    started = [FORK.Process(target=submit, args=(path, times, str(number))) for number in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    return [process.exitcode for process in started]


def test_events_are_numbered_from_one_and_read_in_order(store):
    store.append("1", [DriverStarted(pid=1), DriverStarted(pid=2)])
    store.append("2", [DriverStarted(pid=3)])

    assert [(one.number, one.run, one.event.pid) for one in store.read()] == [(1, "1", 1), (2, "1", 2), (3, "2", 3)]


def test_append_returns_what_read_gives_back(store):
    recorded = store.append("1", [DriverStarted(pid=1), RunCancelRequested(by="me")])

    assert recorded == list(store.read())


@pytest.mark.parametrize(
    ("after", "run", "numbers"), [(0, "2", [2, 4]), (2, None, [3, 4]), (2, "1", [3]), (9, None, [])]
)
def test_a_reader_may_ask_for_one_run_and_for_what_came_after_a_number(store, after, run, numbers):
    for number in range(4):
        store.append(str(number % 2 + 1), [DriverStarted(pid=number)])

    assert [one.number for one in store.read(after=after, run=run)] == numbers


def test_what_is_appended_while_reading_is_read_too(store):
    store.append("1", [DriverStarted(pid=0)])
    seen = []
    for one in store.read():
        seen.append(one.event.pid)
        if one.event.pid < 3:
            store.append("1", [DriverStarted(pid=one.event.pid + 1)])

    assert seen == [0, 1, 2, 3]


def test_a_batch_that_can_not_be_written_leaves_nothing_and_uses_no_number(store):
    with pytest.raises(DefinitionError):
        store.append("1", [DriverStarted(pid=1), TrialSuggested(step="1/tune", number=0, values={"a": object()})])
    store.append("1", [DriverStarted(pid=2)])

    assert [(one.number, one.event.pid) for one in store.read()] == [(1, 2)]


def test_a_batch_whose_rows_can_not_be_folded_leaves_nothing(store):
    suggestion = TrialSuggested(step="1/tune", number=0, values={})
    store.append("1", [suggestion])
    with pytest.raises(sqlite3.IntegrityError):
        store.append("1", [DriverStarted(pid=1), suggestion])

    assert [one.event for one in store.read()] == [suggestion]


def test_runs_are_numbered_from_one(store):
    assert [store.new_run(RunSubmitted(pipeline=TUTORIAL)) for _ in range(3)] == ["1", "2", "3"]


def test_processes_that_append_at_once_leave_no_gaps_and_lose_nothing(path):
    assert submit_at_once(path, processes=4, times=25) == [0] * 4

    with SqliteStore(path) as store:
        recorded = list(store.read())
        assert [one.number for one in recorded] == list(range(1, 301))
        assert {one.run for one in recorded} == {str(number) for number in range(1, 101)}
        for run in range(1, 101):
            kinds = [type(one.event) for one in store.read(run=str(run))]
            assert kinds == [RunSubmitted, RunCancelRequested, RunCancelRequested]


def make(path: Path, together: Barrier) -> None:
    together.wait(60)
    with SqliteStore(path) as store:
        store.append("1", [DriverStarted(pid=1)])


def test_processes_that_make_the_same_new_store_at_once_all_succeed(tmp_path):
    for number in range(8):
        together = FORK.Barrier(4)
        path = tmp_path / str(number) / "hyperstep.db"
        processes = [FORK.Process(target=make, args=(path, together)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        with SqliteStore(path) as store:
            assert [process.exitcode for process in processes] == [0] * 4
            assert [one.number for one in store.read()] == [1, 2, 3, 4]


APPEND = """
import sys
from pathlib import Path
from hyperstep.engine.events import DriverStarted
from hyperstep.store.sqlite import SqliteStore

with SqliteStore(Path(sys.argv[1])) as store:
    store.append("1", [DriverStarted(pid=2)])
"""


def append_in_another_process(path: Path) -> None:
    subprocess.run([sys.executable, "-c", APPEND, path], check=True)


def test_the_tail_changes_when_another_process_appends_and_only_then(path, store):
    store.append("1", [DriverStarted(pid=1)])
    before = store.tail_changed()
    append_in_another_process(path)

    assert (before, store.tail_changed(), store.tail_changed()) == (False, True, False)


def test_a_store_that_is_closed_does_not_let_go_of_the_locks_of_another_in_its_process(path, store):
    store.append("1", [DriverStarted(pid=1)])
    with SqliteStore(path):
        pass
    append_in_another_process(path)  # it would take itself for the last one, and remove the write-ahead log at its end

    assert path.with_name(f"{path.name}-wal").exists()
    store.append("1", [DriverStarted(pid=3)])
    with SqliteStore(path, read_only=True) as reader:
        assert [one.event.pid for one in reader.read()] == [1, 2, 3]


def test_the_file_is_for_its_owner_alone_whatever_the_umask(path):
    old = os.umask(0)
    try:
        with SqliteStore(path) as store:
            store.append("1", [DriverStarted(pid=1)])
            modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    finally:
        os.umask(old)

    assert set(modes.values()) == {"0o600"}
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("appended", "synchronous"), [(DriverStarted(pid=1), 2), (logged("1/tune/0.0", 0.5), 1)])
def test_states_are_synced_with_every_commit_and_metrics_with_the_next(store, appended, synchronous):
    store.append("1", [appended])

    assert store.db.execute("PRAGMA synchronous").fetchone() == (synchronous,)


def test_metrics_beside_a_state_are_synced_with_it(store):
    store.append("1", [logged("1/tune/0.0", 0.5), DriverStarted(pid=1)])

    assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_no_commit_waits_for_the_disk_if_the_last_seconds_may_be_lost(path):
    with SqliteStore(path, durability="normal") as store:
        store.new_run(RunSubmitted(pipeline=SHORT))

        assert store.db.execute("PRAGMA synchronous").fetchone() == (1,)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5000), ("trusted_schema", 0),
        ("cell_size_check", 1), ("wal_autocheckpoint", 0), ("user_version", SCHEMA),
    ],
)  # fmt: skip
def test_a_store_is_opened_with_care(store, pragma, value):
    assert store.db.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_full_storage_is_an_os_error_and_the_same_call_succeeds_once_there_is_room(store):
    (pages,) = store.db.execute("PRAGMA page_count").fetchone()
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    batch = [RunCancelRequested(by="x" * 1000) for _ in range(50)]
    with pytest.raises(OSError, match="no space is left") as caught:
        store.append("1", batch)
    store.db.execute("PRAGMA max_page_count = 1000000")
    store.append("1", batch)

    assert caught.value.errno == errno.ENOSPC
    assert [one.number for one in store.read()] == list(range(1, 51))


def test_a_store_belongs_to_the_thread_that_opened_it(store):
    caught: list[BaseException] = []

    def read() -> None:
        try:
            list(store.read())
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()

    assert len(caught) == 1


def test_a_reader_sees_what_the_writer_has_committed(path, store):
    with SqliteStore(path, read_only=True) as reader:
        store.append("1", [DriverStarted(pid=1)])

        assert reader.tail_changed()
        assert [one.number for one in reader.read()] == [1]


def test_a_reader_can_open_what_a_writer_has_closed(path):
    with SqliteStore(path) as store:
        store.append("1", [DriverStarted(pid=1)])

    with SqliteStore(path, read_only=True) as reader:
        assert [one.number for one in reader.read()] == [1]


def test_a_reader_can_not_write(path, store):
    with SqliteStore(path, read_only=True) as reader, pytest.raises(OSError, match="only be read") as caught:
        reader.append("1", [DriverStarted(pid=1)])

    assert caught.value.errno == errno.EROFS


def test_a_reader_says_that_there_is_no_workspace(path):
    with pytest.raises(WorkspaceMissing, match="no workspace at"):
        SqliteStore(path, read_only=True)
    path.parent.mkdir()
    path.touch()
    with pytest.raises(WorkspaceMissing):
        SqliteStore(path, read_only=True)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_of_a_later_version_is_left_alone(path, read_only):
    with SqliteStore(path) as store:
        store.db.execute("PRAGMA user_version = 99")
    with pytest.raises(WorkspaceTooNew, match="schema is 99"):
        SqliteStore(path, read_only=read_only)


def test_the_write_ahead_log_stays_small(path, store):
    for number in range(25):
        store.append("1", [logged("1/tune/0.0", *(0.1 * k for k in range(5000)), through=number)])

    assert path.stat().st_size > 2 << 20
    assert path.with_name(f"{path.name}-wal").stat().st_size < 5 << 20


def test_a_long_reader_holds_no_append_up_and_loses_nothing(path, store):
    store.append("1", [DriverStarted(pid=1)])
    with SqliteStore(path, read_only=True) as reader:
        reader.db.execute("BEGIN")
        reader.db.execute("SELECT count(*) FROM event").fetchone()
        for number in range(15):
            store.append("1", [logged("1/tune/0.0", *(0.1 * k for k in range(5000)), through=number)])
        seen = reader.db.execute("SELECT count(*) FROM event").fetchone()
        reader.db.execute("ROLLBACK")

        assert seen == (1,)
        assert sum(1 for _ in reader.read()) == 16
        assert store.db.execute("PRAGMA busy_timeout").fetchone() == (5000,)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(events(), max_size=6), max_size=6))
def test_any_events_are_read_as_they_were_appended_and_their_rows_can_be_folded_again(tmp_path_factory, batches):
    told = once([event for batch in batches for event in batch])
    with SqliteStore(tmp_path_factory.mktemp("store") / "hyperstep.db") as store:
        for start in range(0, len(told), 4):
            store.append("1", told[start : start + 4])
        before = rows(store)
        store.rebuild()

        assert [repr(one.event) for one in store.read()] == list(map(repr, told))
        assert rows(store) == before


def test_a_whole_run_can_be_folded_again(store):
    runs = [store.new_run(RunSubmitted(pipeline=TUTORIAL)) for _ in range(2)]
    for run in runs:
        for event in whole_run(run):
            store.append(run, [event])
        store.register(run, event)
    before = rows(store)
    store.db.execute("DELETE FROM trial")
    store.rebuild()

    assert rows(store) == before
    assert len(before["trial"]) == 6


def rows(store: SqliteStore) -> dict[str, list[object]]:
    tables = [name for (name,) in store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: sorted(store.db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in tables}


AGAIN = """
import sys
from pathlib import Path
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import DriverStarted, ModelRequested
from hyperstep.store.sqlite import SqliteStore

wish = ModelRequested(request="r", name="m", artifact=Artifact(digest="0" * 64, size=1))
with SqliteStore(Path(sys.argv[1])) as store:
    for call in (lambda: store.append("1", [DriverStarted(pid=1)]), lambda: store.register("1", wish)):
        try:
            recorded = call()
        except OSError:
            recorded = call()
        assert recorded
"""


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_call_that_is_made_again_records_its_events_once(path, step):
    variables = {**os.environ, failpoints.PLAN: f"driver:{step}:eio"}  # before or after one of the two commits
    subprocess.run([sys.executable, "-c", AGAIN, path], check=True, env=variables)

    with SqliteStore(path, read_only=True) as store:
        kinds = [type(one.event).__name__ for one in store.read()]
    assert kinds == ["DriverStarted", "ModelRequested", "ModelRegistered"]
