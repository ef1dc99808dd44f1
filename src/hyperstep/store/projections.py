"""Projections: events become the rows that people ask for.

A fold that only goes forward: each event adds or changes the rows that it
names and looks at no other event. So it runs in the transaction that appends
them, and folding the whole log again gives the same rows.

Text that a script chose is stored with lone surrogates escaped, since SQLite
takes none; in the events it is exact.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from itertools import groupby
from typing import Any

from hyperstep import document
from hyperstep.engine import events as e
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import Recorded
from hyperstep.engine.ids import attempt_of, owner_of, run_of, step_id, step_of, trial_of
from hyperstep.engine.job import Ending, Outcome
from hyperstep.engine.storage import StorageBack, StorageFailed
from hyperstep.pipeline.graph import slugs
from hyperstep.pipeline.pipeline import AnyStep
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.goal import Goal
from hyperstep.store import asked
from hyperstep.store.encoding import event_from_text, plain, to_text
from hyperstep.store.upgrade import statements

STORAGE_FULL = "storage full"
"""The state of a run whose driver waits for the disk."""

_PAGE = 5_000  # events folded at a time by `rebuild`


def fold(db: sqlite3.Connection, recorded: Iterable[Recorded]) -> None:
    """Bring the rows up to date with events that were just appended, in their order."""
    for is_metrics, group in groupby(recorded, key=lambda one: type(one.event) is e.MetricsLogged):
        if is_metrics:
            _log_metrics(db, [one.event for one in group])  # type: ignore[misc]  # all of one type: the key says so
        else:
            for one in group:
                _project(one.event, one, db)


def rebuild(db: sqlite3.Connection) -> None:
    """Drop all rows but the events and fold the events again; within the caller's transaction."""
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in tables:
        if name != "event" and not name.startswith("sqlite_"):
            db.execute(f'DROP TABLE "{name}"')
    for statement in statements("projections.sql"):
        db.execute(statement)
    after = 0
    while page := read_page(db, after=after, limit=_PAGE):
        fold(db, page)
        after = page[-1].number


def read_page(db: sqlite3.Connection, *, after: int, limit: int, run: str | None = None) -> list[Recorded]:
    """At most `limit` events above a number, in order; of one run, or of all."""
    columns = "SELECT number, run, at, elapsed, kind, body FROM event "
    if run is None:
        rows = db.execute(columns + "WHERE number > ? ORDER BY number LIMIT ?", [after, limit])
    else:
        rows = db.execute(columns + "WHERE run = ? AND number > ? ORDER BY number LIMIT ?", [run, after, limit])
    return [
        Recorded(number=number, run=of, at=at, elapsed=elapsed, event=event_from_text(kind, body))
        for number, of, at, elapsed, kind, body in rows
    ]


@singledispatch
def _project(_event: object, _recorded: Recorded, _db: sqlite3.Connection) -> None:
    """Events that change no row: their trace is another event, or the log alone."""


@_project.register
def _(event: e.RunSubmitted, recorded: Recorded, db: sqlite3.Connection) -> None:
    pipeline = event.pipeline
    db.execute(
        "INSERT INTO run (number, pipeline, state, submitted_at, origin, parameters, labels, published) "
        "VALUES (?, ?, 'submitted', ?, ?, ?, ?, ?)",
        [
            int(recorded.run),
            plain(pipeline.name),
            recorded.at,
            plain(event.origin),
            _json(event.parameters),
            _json(event.labels),
            plain(event.published),
        ],
    )
    asked.submitted(db, recorded, event)
    parts = slugs(pipeline)
    db.executemany(
        "INSERT INTO step (id, run, position, name, kind, state, metric, goal) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)",
        [
            (step_id(recorded.run, parts[step.name]), recorded.run, position, plain(step.name), *_kind(step))
            for position, step in enumerate(pipeline.steps)
        ],
    )


def _kind(step: AnyStep) -> tuple[str, str, str]:
    match step:
        case TuneStep(metric=metric):
            return "tune", plain(metric.name), metric.goal.value
        case RegisterStep():
            return "register", "", ""
        case _:
            return "step", "", ""


@_project.register
def _(_event: e.RunCancelRequested, recorded: Recorded, db: sqlite3.Connection) -> None:
    asked.wait_for_driver(db, recorded.run)


@_project.register
def _(_event: e.RunDeleted, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute("UPDATE run SET deleted = 1 WHERE number = ?", [int(recorded.run)])


@_project.register
def _(event: e.PipelinePublished, recorded: Recorded, db: sqlite3.Connection) -> None:
    asked.published(db, recorded, event)


@_project.register
def _(_event: e.DriverStarted, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "UPDATE run SET state = 'running' WHERE number = ? AND state IN ('submitted', ?)",
        [int(recorded.run), STORAGE_FULL],
    )


@_project.register
def _(_event: StorageFailed, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute("UPDATE run SET state = ? WHERE number = ? AND state = 'running'", [STORAGE_FULL, int(recorded.run)])


@_project.register
def _(_event: StorageBack, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute("UPDATE run SET state = 'running' WHERE number = ? AND state = ?", [int(recorded.run), STORAGE_FULL])


@_project.register
def _(event: e.StepReady, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "UPDATE step SET state = 'running', ready_at = ?, fingerprint = ? WHERE id = ? AND state = 'waiting'",
        [recorded.at, event.fingerprint, event.step],
    )


@_project.register
def _(event: e.TrialSuggested, _recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        """INSERT INTO trial (step, number, "values", state, key, policy) VALUES (?, ?, ?, 'running', ?, ?)""",
        [event.step, event.number, _json(event.values), event.key, event.policy],
    )


@_project.register
def _(event: e.TrialAnswered, _recorded: Recorded, db: sqlite3.Connection) -> None:
    step, _, number = event.found.rpartition("/")
    found = db.execute(
        "SELECT job, reports, best_score, last_score, seconds FROM trial WHERE step = ? AND number = ?", [step, number]
    ).fetchone()
    if found is not None:
        db.execute(
            "UPDATE trial SET taken = ?, job = ?, reports = ?, best_score = ?, last_score = ?, seconds = ? "
            "WHERE step = ? AND number = ?",
            [event.found, *found, event.step, event.number],
        )


@_project.register
def _(event: e.TrialEnded, _recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "UPDATE trial SET state = ?, reason = ? WHERE step = ? AND number = ? AND state = 'running'",
        [event.status.value, plain(event.reason), event.step, event.number],
    )


@_project.register
def _(event: e.JobRequested, recorded: Recorded, db: sqlite3.Connection) -> None:
    job = event.job
    inputs = {name: artifact.digest for name, artifact in job.inputs.items()}
    db.execute(
        "INSERT INTO job (id, owner, attempt, state, requested_at, source, environment, inputs) "
        "VALUES (?, ?, ?, 'requested', ?, ?, ?, ?)",
        [
            job.id, owner_of(job.id), attempt_of(job.id), recorded.at,
            job.source.digest, document.digest(job.environment), _json(inputs),
        ],
    )  # fmt: skip
    number = trial_of(job.id)
    if number is not None:  # what an earlier attempt reported counts no longer
        db.execute(
            "UPDATE trial SET job = ?, reports = 0, best_score = NULL, last_score = NULL, seconds = NULL "
            "WHERE step = ? AND number = ?",
            [job.id, _step(job.id), number],
        )


@_project.register
def _(event: e.JobStarted, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "UPDATE job SET state = 'running', pid = ?, start = ?, start_reason = ?, started_at = ? "
        "WHERE id = ? AND ended_at IS NULL",
        [event.pid, event.start, plain(event.reason), recorded.at, event.job],
    )


@_project.register
def _(event: e.JobStopRequested, _recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute("UPDATE job SET stop_reason = ?, stop_by = ? WHERE id = ?", [plain(event.reason), event.by, event.job])


@_project.register
def _(event: e.JobEnded, recorded: Recorded, db: sqlite3.Connection) -> None:
    outcome = event.outcome
    db.execute(
        "UPDATE job SET state = ?, ended_at = ?, seconds = ?, code = ?, detail = ? WHERE id = ? AND ended_at IS NULL",
        [_words(outcome), recorded.at, outcome.seconds, outcome.code, plain(outcome.detail), event.job],
    )
    number = trial_of(event.job)
    if number is not None:
        db.execute(
            "UPDATE trial SET seconds = ? WHERE step = ? AND number = ? AND job = ?",
            [outcome.seconds, _step(event.job), number, event.job],
        )


def _words(outcome: Outcome) -> str:
    if outcome.ending is Ending.EXITED:
        return f"exit code {outcome.code}" if outcome.code else "completed"
    if outcome.ending is Ending.SIGNALLED:
        return f"signal {outcome.code}"
    return str(outcome.ending.value)


@_project.register
def _(event: e.Tagged, _recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "INSERT INTO tag (job, key, value) VALUES (?, ?, ?) "
        "ON CONFLICT (job, key) DO UPDATE SET value = excluded.value",
        [event.job, plain(event.key), plain(event.value)],
    )


@_project.register
def _(event: e.ArtifactStored, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM artifact WHERE job = ? AND name = ?", [event.job, plain(event.name)])
    db.execute(
        "INSERT INTO artifact (job, name, event, at, members, digest, size, kind, member) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            event.job, plain(event.name), recorded.number, recorded.at,
            _json([[member.path, member.size, member.digest] for member in event.members]), *_columns(event.artifact),
        ],
    )  # fmt: skip


@_project.register
def _(event: e.ModelRequested, _recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "INSERT INTO wish (request, name, aliases, tags, step, job, trial, digest, size, kind, member) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            event.request, plain(event.name), _json(event.aliases), _json(event.tags),
            event.step, event.job, event.trial, *_columns(event.artifact),
        ],
    )  # fmt: skip


@_project.register
def _(event: e.ModelRegistered, recorded: Recorded, db: sqlite3.Connection) -> None:
    name = plain(event.name)
    db.execute(
        "INSERT INTO model (name, version, request, run, created_at) VALUES (?, ?, ?, ?, ?)",
        [name, event.version, event.request, recorded.run, recorded.at],
    )
    wish = db.execute("SELECT aliases FROM wish WHERE request = ?", [event.request]).fetchone()
    for alias in json.loads(wish[0]) if wish else ():
        _point(db, name, plain(alias), event.version)


@_project.register
def _(event: e.ModelAliased, _recorded: Recorded, db: sqlite3.Connection) -> None:
    _point(db, plain(event.name), plain(event.alias), event.version)


def _point(db: sqlite3.Connection, name: str, alias: str, version: int) -> None:
    db.execute(
        "INSERT INTO alias (name, alias, version) VALUES (?, ?, ?) "
        "ON CONFLICT (name, alias) DO UPDATE SET version = excluded.version",
        [name, alias, version],
    )


@_project.register
def _(event: e.StepEnded, recorded: Recorded, db: sqlite3.Connection) -> None:
    state = "reused" if event.reused else event.result.value
    outputs = _json(event.outputs)
    db.execute(
        "UPDATE step SET state = ?, ended_at = ?, ended = ?, reused = ?, best = ?, reason = ?, outputs = ?, notes = ? "
        "WHERE id = ? AND ended IS NULL",
        [
            state, recorded.at, recorded.number, event.reused, event.best, plain(event.reason), outputs,
            _json(event.notes), event.step,
        ],
    )  # fmt: skip


@_project.register
def _(event: e.RunEnded, recorded: Recorded, db: sqlite3.Connection) -> None:
    db.execute(
        "UPDATE run SET state = ?, ended_at = ?, reason = ? WHERE number = ? AND ended_at IS NULL",
        [event.result.value, recorded.at, plain(event.reason), int(recorded.run)],
    )
    db.execute("DELETE FROM queue WHERE run = ?", [int(recorded.run)])


def _log_metrics(db: sqlite3.Connection, logged: Sequence[e.MetricsLogged]) -> None:
    """Add the points of many events at once: one look per series, one statement for all points."""
    gathered: dict[tuple[str, str], list[e.Point]] = {}
    for event in logged:
        for point in event.points:
            gathered.setdefault((event.job, point.name), []).append(point)
    rows: list[tuple[int, int, int | None, float, float]] = []
    for (job, name), points in gathered.items():
        series, first = _extend_series(db, job, plain(name), points)
        rows.extend((series, number, p.step, p.value, p.at) for number, p in enumerate(points, first))
        if trial_of(job) is not None:
            _report(db, job, plain(name), [point.value for point in points])
    db.executemany("INSERT INTO metric (series, number, step, value, at) VALUES (?, ?, ?, ?, ?)", rows)


def _extend_series(db: sqlite3.Connection, job: str, name: str, points: Sequence[e.Point]) -> tuple[int, int]:
    """The id of the series, and the number of the first of the new points."""
    last = points[-1].value
    found = db.execute("SELECT id, points FROM series WHERE job = ? AND name = ?", [job, name]).fetchone()
    if found is None:
        new = db.execute(
            "INSERT INTO series (job, name, points, last) VALUES (?, ?, ?, ?)", [job, name, len(points), last]
        )
        assert new.lastrowid is not None, "an insertion has a row"
        return new.lastrowid, 0
    series, first = found
    db.execute("UPDATE series SET points = points + ?, last = ? WHERE id = ?", [len(points), last, series])
    return series, first


def _report(db: sqlite3.Connection, job: str, name: str, scores: Sequence[float]) -> None:
    """Count reports of a trial's primary metric by its newest attempt."""
    where = [_step(job), trial_of(job), job]
    found = db.execute(
        "SELECT step.goal, trial.best_score FROM trial JOIN step ON step.id = trial.step "
        "WHERE trial.step = ? AND trial.number = ? AND trial.job = ? AND step.metric = ?",
        [*where, name],
    ).fetchone()
    if found is None:
        return
    goal, best = Goal(found[0]), found[1]
    for score in scores:
        if math.isfinite(score) and (best is None or goal.better(score, best)):
            best = score
    db.execute(
        "UPDATE trial SET reports = reports + ?, best_score = ?, last_score = ? "
        "WHERE step = ? AND number = ? AND job = ?",
        [len(scores), best, scores[-1], *where],
    )


def _step(job: str) -> str:
    return step_id(run_of(job), step_of(job))


def _columns(artifact: Artifact) -> tuple[str, int, str, str]:
    return artifact.digest, artifact.size, artifact.kind, plain(artifact.member)


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return to_text(document.encode(value))
