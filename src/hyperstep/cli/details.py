"""A step, a trial or a job in full, as `show` prints it."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path

from hyperstep.cli.summary import best_trial, tally
from hyperstep.cli.text import bold, one_line, table, visible
from hyperstep.failure import log_path
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import JobRow, StepRow, TrialRow
from hyperstep.wording import duration, moment, number, options, size

ROWS_SHOWN = 30


def details(db: Db, row: StepRow | TrialRow | JobRow, home: Path) -> str:
    """Several paragraphs about one thing."""
    match row:
        case StepRow():
            return _step(db, row)
        case TrialRow():
            return _trial(db, row, home)
        case JobRow():
            return "\n\n".join(part for part in (_job(row, home), _metrics(db, row.id), _files(db, row.id)) if part)


def pairs(lines: dict[str, str]) -> str:
    """`name  value` lines, values under each other; empty ones are left out."""
    shown = {name: value for name, value in lines.items() if value}
    room = max(map(len, map(one_line, shown)), default=0)
    return "\n".join(f"{one_line(name):<{room}}  {visible(value)}" for name, value in shown.items())


def _step(db: Db, step: StepRow) -> str:
    took = None if step.ready_at is None or step.ended_at is None else step.ended_at - step.ready_at
    best = best_trial(db, step) if step.kind == "tune" else None
    head = {
        "state": step.state,
        "name": step.name,
        "kind": step.kind,
        "reused": f"from {step.reused}" if step.reused else "",
        "reason": step.reason,
        "ready": moment(step.ready_at),
        "took": duration(took),
        "metric": f"{step.goal} {step.metric}" if step.metric else "",
        "trials": tally(queries.trials(db, step.id)) if step.kind == "tune" and not step.reused else "",
        "best": f"{best.id}, {step.metric} {number(best.best_score)}, {options(best.values)}" if best else "",
        "notes": " ".join(step.notes),
    }
    parts = [f"Step {bold(step.id)}", pairs(head)]
    if step.kind == "step" and not step.reused:
        parts.append(_job_table(queries.jobs(db, step.id)))
    look = f"hyperstep trials {step.id}" if step.kind == "tune" else f"hyperstep logs {step.id}"
    parts.append(f"Next: {look}, hyperstep why {step.id}" if step.kind != "register" else "")
    return "\n\n".join(part for part in parts if part)


def _trial(db: Db, trial: TrialRow, home: Path) -> str:
    step = queries.step(db, trial.step)
    head = {
        "state": trial.state,
        "reason": trial.reason,
        "values": options(trial.values),
        step.metric: f"{number(trial.best_score) or 'none'} best, {number(trial.last_score)} last of {trial.reports}"
        if trial.reports
        else "never logged",
        "took": duration(trial.seconds),
        "log": str(log_path(home, trial.job)) if trial.job else "",
    }
    jobs = queries.jobs(db, trial.id)
    parts = [f"Trial {bold(trial.id)}", pairs(head), _metrics(db, trial.job), _files(db, trial.job)]
    if len(jobs) > 1:
        parts.append(_job_table(jobs))
    return "\n\n".join(part for part in parts if part)


def _job(job: JobRow, home: Path) -> str:
    start = f"{job.start}: {job.start_reason}" if job.start_reason else job.start
    head = {
        "state": job.state,
        "detail": job.detail,
        "stopped": job.stop_reason,
        "exit code": "" if job.code is None else str(job.code),
        "started by": start,
        "pid": "" if job.pid is None else str(job.pid),
        "requested": moment(job.requested_at),
        "started": moment(job.started_at),
        "ended": moment(job.ended_at),
        "took": duration(job.seconds),
        "log": str(log_path(home, job.id)),
    }
    return f"Job {bold(job.id)}\n\n{pairs(head)}"


def _job_table(jobs: tuple[JobRow, ...]) -> str:
    rows = [(job.id, job.state, job.start, duration(job.seconds), job.stop_reason or job.detail) for job in jobs]
    return table(("job", "state", "start", "took", ""), rows, numeric=("took",)) if rows else ""


def _metrics(db: Db, job: str) -> str:
    """A line for each metric, however often it was logged; which end of its values is the best depends on the goal."""
    rows: list[tuple[str, ...]] = []
    for name, points in groupby(queries.metrics(db, job), key=lambda point: point.name):
        values = [point.value for point in points]
        finite = [value for value in values if math.isfinite(value)]
        low, high = (number(min(finite)), number(max(finite))) if finite else ("", "")
        rows.append((name, str(len(values)), number(values[0]), low, high, number(values[-1])))
    return _cut(("metric", "values", "first", "lowest", "highest", "last"), rows)


def _files(db: Db, job: str) -> str:
    rows: list[tuple[str, ...]] = []
    for stored in queries.artifacts(db, job):
        rows += [(f"{stored.name}/{member.path}", size(member.size)) for member in stored.members]
        if not stored.members:
            rows.append((stored.name, size(stored.artifact.size)))
    return _cut(("made", "size"), rows)


def _cut(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of the first rows, and how many more there are; all columns but the first are numbers."""
    if not rows:
        return ""
    text = table(columns, rows[:ROWS_SHOWN], numeric=columns[1:])
    more = len(rows) - ROWS_SHOWN
    return f"{text}\n{one_line(f'and {more} more')}" if more > 0 else text
