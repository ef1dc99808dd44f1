"""A process that appends is killed, again and again: nothing is torn, nothing that was acknowledged is lost."""

from __future__ import annotations

import multiprocessing
import random
from multiprocessing.connection import Connection
from pathlib import Path

from stories import SHORT, artifact, logged, requested

from hyperstep.engine.events import MetricsLogged, ModelRequested, RunCancelRequested, RunSubmitted, TrialSuggested
from hyperstep.store.sqlite import SqliteStore

KILLS = 20
FORK = multiprocessing.get_context("fork")  # no connection may be open in the process that forks


def append(path: Path, acknowledge: Connection) -> None:
    """Append what a driver does, for ever, and say after each round up to which number it is stored."""
    with SqliteStore(path) as store:
        run = store.new_run(RunSubmitted(pipeline=SHORT))
        number = 0
        while True:
            job = f"{run}/tune/{number}.0"
            store.append(run, [TrialSuggested(step=f"{run}/tune", number=number, values={}), requested(job)])
            store.append(run, [logged(job, *(k / 100 for k in range(200)), name="loss")])
            store.register(run, ModelRequested(request=f"{job}#1", name="ridge", artifact=artifact(), job=job))
            acknowledge.send(store.append(run, [RunCancelRequested(by=str(number))])[-1].number)
            number += 1


def kill_a_writer(path: Path, *, rounds: int) -> int:
    """Let a process append for so many rounds, then kill it; returns the last number that it acknowledged."""
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=append, args=(path, theirs))
    process.start()
    theirs.close()
    for _ in range(rounds):
        acknowledged = ours.recv()
    process.kill()
    process.join()
    while ours.poll():
        try:
            acknowledged = ours.recv()
        except EOFError:
            break
    ours.close()
    process.close()
    return acknowledged


def test_a_writer_can_be_killed_at_any_moment(path):
    randomly = random.Random(7)
    for _ in range(KILLS):
        acknowledged = kill_a_writer(path, rounds=1 + randomly.randrange(10))
        with SqliteStore(path) as store:
            numbers = [number for (number,) in store.db.execute("SELECT number FROM event ORDER BY number")]

            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) >= acknowledged
            assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    with SqliteStore(path) as store:
        before = rows(store)
        store.rebuild()
        told = [one.event for one in store.read()]

        assert rows(store) == before
        assert len(before["run"]) == KILLS
        assert len(before["metric"]) == sum(len(event.points) for event in told if isinstance(event, MetricsLogged))
        assert sum(isinstance(event, RunCancelRequested) for event in told) >= KILLS
        versions = [version for (version,) in store.db.execute("SELECT version FROM model ORDER BY version")]
        assert versions == list(range(1, len(versions) + 1))


def rows(store: SqliteStore) -> dict[str, list[object]]:
    tables = [name for (name,) in store.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: sorted(store.db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in tables}
