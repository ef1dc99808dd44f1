"""Queries: what people ask of a store, as rows.

Each takes the store's connection (`SqliteStore.db`). What isn't there is
NotFound, which says what is.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.events import Event, Recorded
from hyperstep.engine.ids import owner_of, run_of, step_id, step_of, trial_of
from hyperstep.errors import NotFound
from hyperstep.store.encoding import event_from_text, plain, value_from_text
from hyperstep.store.registry import no_model
from hyperstep.store.rows import ArtifactRow, DatasetRow, JobRow, MetricRow, ModelRow, RunRow, StepRow, TrialRow

Db = sqlite3.Connection
AnyRow = RunRow | StepRow | TrialRow | JobRow

_EVENT = "SELECT number, run, at, elapsed, kind, body FROM event "
_RUN = (
    "SELECT CAST(number AS TEXT) AS id, pipeline, state, submitted_at, ended_at, reason, origin, parameters, labels, "
    "published, deleted FROM run "
)
_STEP = "SELECT id, run, name, kind, state, ready_at, ended_at, reused, best, reason, metric, goal, notes FROM step "
_TRIAL = (
    "SELECT step || '/' || number AS id, "
    'step, number, "values", state, reports, best_score, last_score, reason, job, seconds, taken '
    "FROM trial "
)
_TRIAL_ORDER = {
    "": "ORDER BY number LIMIT ?",
    "maximize": "ORDER BY best_score IS NULL, best_score DESC, number LIMIT ?",
    "minimize": "ORDER BY best_score IS NULL, best_score, number LIMIT ?",
}
_JOB = (
    "SELECT id, owner, state, pid, start, start_reason, requested_at, started_at, ended_at, seconds, code, detail, "
    "stop_reason FROM job "
)
_MODEL = (
    "SELECT model.name, version, run, created_at, digest, size, kind, member, tags, step, job, trial "
    "FROM model JOIN wish USING (request) "
)


def describe(db: Db, identity: str) -> AnyRow:
    """The run, step, trial or job that an id names: 42, 42/tune, 42/tune/3, 42/tune/3.0."""
    if re.search(r"\.\d+$", identity):
        return job(db, identity)
    match identity.count("/"):
        case 0:
            return run(db, identity)
        case 1:
            return step(db, identity)
        case _:
            return trial(db, identity)


def runs(
    db: Db, *, limit: int = 50, before: str | None = None, state: str = "", pipeline: str = "", text: str = ""
) -> tuple[RunRow, ...]:
    """Runs that weren't deleted, newest first.

    before: the run id to go on after, when there are more than `limit`. state, pipeline: only those that have them.
    text: only those that have it in their number, pipeline, parameters or labels, in whatever case.
    """
    where = "WHERE number < ? AND NOT deleted"
    given: list[str | int] = [int(before) if before is not None else 1 << 62]
    for column, value in (("state", state), ("pipeline", pipeline)):
        if value:
            where, given = f"{where} AND {column} = ?", [*given, value]
    if text:
        where += " AND instr(lower(number || ' ' || pipeline || ' ' || parameters || ' ' || labels), lower(?))"
        given = [*given, text]
    return tuple(map(_run, _rows(db, _RUN + where + " ORDER BY number DESC LIMIT ?", *given, limit)))


def pipelines_run(db: Db) -> tuple[str, ...]:
    """The names of the pipelines of all runs that weren't deleted, sorted."""
    return tuple(
        name for (name,) in db.execute("SELECT DISTINCT pipeline FROM run WHERE NOT deleted ORDER BY pipeline")
    )


def has_run(db: Db, pipeline: str) -> bool:
    """True if a pipeline of this name was submitted before."""
    return bool(db.execute("SELECT 1 FROM run WHERE pipeline = ? LIMIT 1", [plain(pipeline)]).fetchone())


def run(db: Db, identity: str) -> RunRow:
    """A run."""
    number = int(identity) if re.fullmatch(r"[0-9]{1,18}", identity) else -1
    found = _rows(db, _RUN + "WHERE number = ?", number)
    if not found:
        (last,) = db.execute("SELECT max(number) FROM run").fetchone()
        known = f"The newest is {last}." if last else "Nothing has been run in this workspace yet."
        raise NotFound(f"There is no run {identity!r}. {known}")
    return _run(found[0])


def steps(db: Db, run_id: str) -> tuple[StepRow, ...]:
    """The steps of a run, as its pipeline declares them."""
    found = tuple(map(_step, _rows(db, _STEP + "WHERE run = ? ORDER BY position", run_id)))
    if not found:
        run(db, run_id)
    return found


def step(db: Db, identity: str) -> StepRow:
    """A step."""
    found = _rows(db, _STEP + "WHERE id = ?", identity)
    if not found:
        raise _unknown("step", identity, [one.id for one in steps(db, run_of(identity))])
    return _step(found[0])


def datasets(db: Db, *, after: tuple[str, str] = ("", ""), limit: int = 1_000) -> tuple[DatasetRow, ...]:
    """The files and folders that pipelines name as their data, by path and digest; each content once.

    after: path and digest of the last one that is known already.
    """
    rows = _rows(
        db,
        "SELECT path, digest, size, kind, CAST(max(run) AS TEXT) AS run, count(*) AS runs FROM dataset "
        "WHERE (path, digest) > (?, ?) GROUP BY path, digest, size, kind ORDER BY path, digest LIMIT ?",
        *after,
        limit,
    )
    return tuple(DatasetRow(**row) for row in rows)


def trials_after(
    db: Db, step_id: str, *, after: int = -1, limit: int, states: Sequence[str] = ()
) -> tuple[TrialRow, ...]:
    """The trials with a number above `after`, in order, at most `limit`; of all states, or only of these."""
    names = f" {' '.join(states)} " if states else None
    rows = _rows(
        db,
        _TRIAL + "WHERE step = ?1 AND number > ?2 AND (?3 IS NULL OR instr(?3, ' ' || state || ' ')) "
        "ORDER BY number LIMIT ?4",
        step_id,
        after,
        names,
        limit,
    )
    found = tuple(map(_trial, rows))
    if not found:
        step(db, step_id)
    return found


def trials(
    db: Db, step_id: str, *, order: Literal["number", "best"] = "number", limit: int | None = None
) -> tuple[TrialRow, ...]:
    """The trials of a tuning step, in the order of suggestion or the best score first; all of them without a limit."""
    by = _TRIAL_ORDER[step(db, step_id).goal if order == "best" else ""]
    rows = _rows(db, _TRIAL + "WHERE step = ? " + by, step_id, -1 if limit is None else limit)
    found = tuple(map(_trial, rows))
    if not found:
        step(db, step_id)
    return found


def trial(db: Db, identity: str) -> TrialRow:
    """A trial."""
    of, _, number = identity.rpartition("/")
    value = int(number) if re.fullmatch(r"[0-9]{1,18}", number) else -1
    found = _rows(db, _TRIAL + "WHERE step = ? AND number = ?", of, value)
    if not found:
        step(db, of)
        (last,) = db.execute("SELECT max(number) FROM trial WHERE step = ?", [of]).fetchone()
        known = f"Its trials are 0 to {last}." if last is not None else "It has no trials."
        raise NotFound(f"There is no trial {identity!r}. {known}")
    return _trial(found[0])


def jobs(db: Db, owner: str) -> tuple[JobRow, ...]:
    """All jobs of a run, of a step with its trials, or of a trial; sorted by step, trial and attempt."""
    rows = _rows(db, _JOB + "WHERE id >= ? AND id < ?", *_below(owner))
    return tuple(sorted((JobRow(**row) for row in rows), key=lambda row: _natural(row.id)))


def job(db: Db, identity: str) -> JobRow:
    """A job."""
    found = _rows(db, _JOB + "WHERE id = ?", identity)
    if not found:
        run(db, run_of(identity))
        raise _unknown("job", identity, [one.id for one in jobs(db, run_of(identity))])
    return JobRow(**found[0])


def metrics(db: Db, job_id: str, name: str | None = None) -> tuple[MetricRow, ...]:
    """What a job logged: by name in the order of their first use, each in the order it was logged."""
    rows = _rows(
        db,
        "SELECT job, name, number, step, value, at FROM series JOIN metric ON metric.series = series.id "
        "WHERE job = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY series.id, number",
        job_id,
        name,
    )
    return tuple(_metric(row) for row in rows)


def metrics_after(db: Db, job_id: str, name: str, *, after: int = -1, limit: int) -> tuple[MetricRow, ...]:
    """What a job logged by one name with a number above `after`, in order, at most `limit` values."""
    rows = _rows(
        db,
        "SELECT job, name, number, step, value, at FROM series JOIN metric ON metric.series = series.id "
        "WHERE job = ? AND name = ? AND number > ? ORDER BY number LIMIT ?",
        job_id,
        name,
        after,
        limit,
    )
    return tuple(_metric(row) for row in rows)


def metric_names(db: Db, identity: str) -> tuple[str, ...]:
    """Names of the metrics logged by a job, or by any job of a trial, step or run; in the order of their first use."""
    low, high = _below(identity)
    rows = db.execute(
        "SELECT name FROM series WHERE job = ? OR (job >= ? AND job < ?) GROUP BY name ORDER BY min(id)",
        [identity, low, high],
    )
    return tuple(name for (name,) in rows)


def last_metrics(db: Db, job_id: str) -> dict[str, float]:
    """The last value of each metric that a job logged."""
    rows = db.execute("SELECT name, last FROM series WHERE job = ? ORDER BY id", [job_id])
    return {name: _float(last) for name, last in rows}


def tags(db: Db, job_id: str) -> dict[str, str]:
    """The tags that a job's script has set, sorted by key."""
    return dict(db.execute("SELECT key, value FROM tag WHERE job = ? ORDER BY key", [job_id]).fetchall())


def artifacts(db: Db, job_id: str) -> tuple[ArtifactRow, ...]:
    """What a job made, sorted by name."""
    rows = db.execute(
        "SELECT job, name, at, digest, size, kind, member, members FROM artifact WHERE job = ? ORDER BY name", [job_id]
    )
    return tuple(
        ArtifactRow(
            job=job,
            name=name,
            at=at,
            artifact=Artifact(digest=digest, size=size, kind=kind, member=member),
            members=tuple(Member(path=path, size=size, digest=digest) for path, size, digest in json.loads(members)),
        )
        for job, name, at, digest, size, kind, member, members in rows
    )


def events(db: Db, run_id: str, kinds: Sequence[type[Event]] = ()) -> tuple[Recorded, ...]:
    """What happened in a run, in order; all of it, or only these kinds of events."""
    names = f" {' '.join(kind.__name__ for kind in kinds)} " if kinds else None
    rows = db.execute(
        _EVENT + "WHERE run = ?1 AND (?2 IS NULL OR instr(?2, ' ' || kind || ' ')) ORDER BY number", [run_id, names]
    )
    return tuple(
        Recorded(number=number, run=run, at=at, elapsed=elapsed, event=event_from_text(kind, body))
        for number, run, at, elapsed, kind, body in rows
    )


def models(db: Db) -> tuple[ModelRow, ...]:
    """The newest version of every model, sorted by name."""
    newest = "WHERE version = (SELECT max(version) FROM model AS other WHERE other.name = model.name) "
    return tuple(_model(db, row) for row in _rows(db, _MODEL + newest + "ORDER BY model.name"))


def model_versions(db: Db, name: str) -> tuple[ModelRow, ...]:
    """All versions of a model, newest first."""
    rows = _rows(db, _MODEL + "WHERE model.name = ? ORDER BY version DESC", name)
    if not rows:
        raise no_model(db, name)
    return tuple(_model(db, row) for row in rows)


def model(db: Db, name: str, version: int | str | None = None) -> ModelRow:
    """A version of a model: by number, by alias, or the newest."""
    if version is None:
        rows = _rows(db, _MODEL + "WHERE model.name = ? ORDER BY version DESC LIMIT 1", name)
    else:
        rows = _rows(db, _MODEL + "WHERE model.name = ? AND version = ?", name, _version(db, name, version))
    if not rows:
        raise no_model(db, name, version)
    return _model(db, rows[0])


def _version(db: Db, name: str, version: int | str) -> int:
    """The number of a version that is given as a number or an alias; -1 if there is no such alias."""
    if isinstance(version, int) or re.fullmatch(r"[0-9]{1,18}", version):
        return int(version)
    found = _rows(db, "SELECT version FROM alias WHERE name = ? AND alias = ?", name, version)
    return int(found[0]["version"]) if found else -1


def _run(row: dict[str, Any]) -> RunRow:
    parameters, labels = value_from_text(row["parameters"]), json.loads(row["labels"])
    return RunRow(**{**row, "parameters": parameters, "labels": labels, "deleted": bool(row["deleted"])})


def _step(row: dict[str, Any]) -> StepRow:
    return StepRow(**{**row, "notes": tuple(json.loads(row["notes"]))})


def _trial(row: dict[str, Any]) -> TrialRow:
    last = _float(row["last_score"]) if row["reports"] else None
    return TrialRow(**{**row, "values": value_from_text(row["values"]), "last_score": last})


def _metric(row: dict[str, Any]) -> MetricRow:
    return MetricRow(**{**row, "value": _float(row["value"]), "at": _float(row["at"])})


def _model(db: Db, row: dict[str, Any]) -> ModelRow:
    """A version with its lineage: that of the job that made the artifact."""
    job = _maker(db, row)
    trial = row["trial"] or (owner_of(job) if job and trial_of(job) is not None else "")
    step = row["step"] or (step_id(run_of(job), step_of(job)) if job else "")
    made = db.execute("SELECT source, environment, inputs FROM job WHERE id = ?", [job]).fetchone()
    source, environment, inputs = made or ("", "", "{}")
    of, _, number = trial.rpartition("/")
    values = db.execute('SELECT "values" FROM trial WHERE step = ? AND number = ?', [of, number]).fetchone()
    aliases = db.execute(
        "SELECT alias FROM alias WHERE name = ? AND version = ? ORDER BY alias", [row["name"], row["version"]]
    )
    lineage = {
        "job": job,
        "trial": trial,
        "step": step,
        "values": value_from_text(values[0]) if values else {},
        "metrics": last_metrics(db, job),
        "source": source,
        "data": json.loads(inputs),
        "environment": environment,
    }
    return ModelRow(**{**row, "tags": json.loads(row["tags"]), **lineage}, aliases=tuple(alias for (alias,) in aliases))


def _maker(db: Db, row: dict[str, Any]) -> str:
    """The job that made a model's artifact: of its trial or step, or that registered it, or that stored its bytes."""
    step, _, number = row["trial"].rpartition("/")
    if row["trial"]:
        found = db.execute("SELECT job FROM trial WHERE step = ? AND number = ?", [step, number]).fetchone()
    elif row["step"]:
        found = db.execute("SELECT id FROM job WHERE owner = ? ORDER BY attempt DESC LIMIT 1", [row["step"]]).fetchone()
    elif row["job"]:
        found = (row["job"],)
    else:
        digest = row["digest"]
        found = db.execute("SELECT job FROM artifact WHERE digest = ? ORDER BY event DESC LIMIT 1", [digest]).fetchone()
    return found[0] if found else ""


def _rows(db: Db, query: str, *given: str | int | float | None) -> list[dict[str, Any]]:
    cursor = db.execute(query, [plain(value) if isinstance(value, str) else value for value in given])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _float(value: float | None) -> float:
    return math.nan if value is None else value


def _below(identity: str) -> list[str]:
    """The range of ids that follow an id after a dot or a slash; the next character in ASCII is a zero."""
    return [f"{identity}.", f"{identity}0"]


def _natural(identity: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[/.]", identity)]


def _unknown(kind: str, identity: str, known: Iterable[str]) -> NotFound:
    names = list(known)
    near = difflib.get_close_matches(identity, names, n=3, cutoff=0.5) or names[:5]
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"Its run has no {kind}s yet."
    return NotFound(f"There is no {kind} {identity!r}. {hint}")
