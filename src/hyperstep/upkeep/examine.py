"""Examine: all checks in their order, each on its own: one that can't be made is a finding too."""

from __future__ import annotations

import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from hyperstep.environments.named import environments
from hyperstep.errors import HyperstepError
from hyperstep.place import DATABASE, HOME, is_workspace
from hyperstep.store.clock import SystemClock
from hyperstep.store.lock import is_held
from hyperstep.store.mounts import NETWORK, kind_of
from hyperstep.store.upgrade import version_of
from hyperstep.supervisor.linux import boot_id
from hyperstep.upkeep import disk, leftovers, machine, record, starting
from hyperstep.upkeep.clearing import DRIVER_LOCK
from hyperstep.upkeep.finding import Finding, fault, ok

Progress = Callable[[int, int], None]


def machine_findings() -> Iterator[Finding]:
    """What was found about this machine and Python; takes a second or more, since libraries are imported."""
    yield machine.sqlite(_three(sqlite3.sqlite_version_info))
    yield machine.python(_three(sys.version_info))
    yield machine.forks()
    yield starting.interpreter("", None)
    yield starting.warm(sys.executable)
    yield machine.extras()
    yield machine.open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    yield machine.core_files(resource.getrlimit(resource.RLIMIT_CORE)[0])
    yield machine.mask(machine.current_mask())


def workspace_findings(
    folder: Path, *, deep: bool = False, progress: Progress = lambda _done, _all: None
) -> Iterator[Finding]:
    """What was found about a folder and its workspace, if it has one; nothing is changed.

    deep: read all stored files. progress: called with how many bytes of them are read, and of how many.
    """
    yield disk.room(folder)
    kind = kind_of(folder)
    yield disk.file_system(kind, network=kind in NETWORK)
    if not is_workspace(folder):
        yield ok("workspace", f"there is none in {folder} or above: nothing has run here yet")
        return
    home = folder / HOME
    yield disk.access(home)
    for environment in environments(home):
        yield starting.interpreter(environment.name, environment.python or None)
    yield leftovers.supervisors(home)
    yield from _workspace(home, deep=deep, progress=progress)


def _workspace(home: Path, *, deep: bool, progress: Progress) -> Iterator[Finding]:
    """What a database is needed for; it is opened so that an older one isn't upgraded."""
    path = home / DATABASE
    clock = SystemClock()
    checks: list[Callable[[sqlite3.Connection], Finding]] = [
        lambda db: record.database(db, home),
        lambda db: record.files(db, home),
        lambda db: record.clock(db, home, now=clock.now(), elapsed=clock.elapsed(), boot=boot_id()),
        lambda db: record.interrupted(db, driven=is_held(home / DRIVER_LOCK)),
        lambda db: leftovers.processes(db, home),
    ]
    if deep:
        checks.append(lambda db: record.contents(db, home, progress))
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
            version_of(db, path)
            for check in checks:
                yield check(db)
    except (sqlite3.DatabaseError, HyperstepError, OSError) as error:
        why = "What it holds can't be looked at."
        yield fault("database", f"{path}: {error}", why=why, do="Keep a copy of it, then restore a backup.")


def _three(version: tuple[int | str, ...]) -> tuple[int, int, int]:
    first, second, third = (int(part) for part in version[:3])
    return first, second, third
