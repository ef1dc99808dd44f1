"""Failure: why a run didn't complete, in a few paragraphs with the end of the log that tells."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from hyperstep.store import queries
from hyperstep.store.cleared import why_no_log
from hyperstep.store.rows import StepRow
from hyperstep.supervisor.regular import open_regular

LINES = 15  # of a log's end
BYTES = 64 * 1024  # of a log's end that are looked at for them


def explanation(db: sqlite3.Connection, home: Path, run: str) -> str:
    """What happened to a run that didn't complete; the end of the log and its path if a script failed."""
    row = queries.run(db, run)
    text = f"Run {run} of {row.pipeline!r} {_words(row.state)}: {row.reason}"
    failed = next((step for step in queries.steps(db, run) if step.state == "failed"), None)
    job = failing_job(db, failed) if failed else ""
    if not job:
        return text
    return f"{text}\n{log_end(home, job)}"


def failing_job(db: sqlite3.Connection, step: StepRow) -> str:
    """The job to look at first when a step has failed: its newest, or that of the first trial that failed; or empty."""
    if step.kind == "tune":
        failed = (row for row in queries.trials(db, step.id) if row.state == "failed" and row.job)
        return next((row.job for row in failed), "")
    jobs = queries.jobs(db, step.id)
    return jobs[-1].id if jobs else ""


def log_path(home: Path, job: str) -> Path:
    """Where a job's log lies."""
    return home / "runs" / job / "log.txt"


def log_end(home: Path, job: str) -> str:
    """The last lines of a job's log, indented, and the log's path."""
    path = log_path(home, job)
    try:
        with os.fdopen(open_regular(path), "rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - BYTES))
            lines = log.read(BYTES).decode(errors="replace").splitlines()[-LINES:]
    except FileNotFoundError:
        why = why_no_log(home, job)
        return f"{job} has no log{f': {why}' if why else ''}."
    if not lines:
        return f"The log of {job} is empty: {path}"
    shown = "\n".join(f"  {line}" for line in lines)
    return f"The last lines of the log of {job}:\n{shown}\nThe whole log: {path}"


def _words(state: str) -> str:
    return "was cancelled" if state == "cancelled" else state
