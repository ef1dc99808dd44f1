"""Checks of what processes left behind: scripts that outlived their run, and supervisors."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hyperstep.supervisor.linux import mark_of
from hyperstep.upkeep.clearing import dead_supervisors
from hyperstep.upkeep.finding import Finding, ok, warning

_LEAST_MARK = 2**62  # see supervisor/linux.py


def processes(db: sqlite3.Connection, home: Path) -> Finding:
    """Whether a script's process still runs though its job is over."""
    marked = dict(_marked())
    left = []
    if marked:
        runs = home.resolve() / "runs"
        for (job,) in db.execute("SELECT id FROM job WHERE ended_at IS NOT NULL"):
            left += [f"{pid} of {job}" for pid in marked.get(mark_of(f"{runs}/{job}"), ())]
    if not left:
        return ok("processes", "no script outlives its job")
    pids = " ".join(one.split()[0] for one in left)
    return warning(
        "processes",
        f"still there, though their jobs are over: {', '.join(left)}",
        why="They take memory and time, and may write to the folders of their jobs.",
        do=f"Look at them (ps {pids}), and end them: kill {pids}",
    )


def supervisors(home: Path) -> Finding:
    """Whether supervisors were killed and left files."""
    dead = {path.stem for path in dead_supervisors(home)}
    if not dead:
        return ok("supervisors", "none left anything behind")
    return warning(
        "supervisors",
        f"{len(dead)} left files behind",
        why="They were killed, and the scripts that they ran died with them; those run again with hyperstep resume.",
        do="hyperstep gc --yes removes the files.",
    )


def _marked() -> Iterator[tuple[int, list[int]]]:
    """The processes of this user that carry the mark of a job, by mark."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of names
        if name.isdigit():
            try:
                mark = resource.prlimit(int(name), resource.RLIMIT_RTTIME)[0]
            except (OSError, ValueError):
                continue  # gone, or another user's
            if mark >= _LEAST_MARK:
                found.setdefault(mark, []).append(int(name))
    yield from found.items()
