"""What v1 code asks about runs, steps, trials and jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hyperstep.azureml_v1 import identity
from hyperstep.azureml_v1.deliveries import KIND as DELIVERY
from hyperstep.compute.folder import Folders
from hyperstep.engine.events import JobRequested, RunSubmitted
from hyperstep.engine.ids import run_of, step_of, trial_of
from hyperstep.errors import NotFound
from hyperstep.pipeline.graph import AnyStep, script_of
from hyperstep.pipeline.tune import TuneStep
from hyperstep.store import queries
from hyperstep.store.rows import JobRow, RunRow, StepRow, TrialRow
from hyperstep.workspace import Workspace

PLAN = "azureml_v1.plan"
"""The label that holds the plan document of a run."""

EXPERIMENT = "experiment"
"""The label that names a run's experiment."""

RECORD = "azureml_v1:"
"""How the keys of tags begin that hold what v1 scripts record and that isn't a number."""

ALL = 1 << 30
WEEK = 10080  # minutes, which v1 takes for no limit

Answer = dict[str, Any]


@contextmanager
def looking(folder: Path) -> Iterator[Workspace]:
    """The workspace, to read from. Raises WorkspaceMissing if nothing has run there."""
    with Workspace.open(folder, create=False, read_only=True) as workspace:
        yield workspace


def run(folder: Path, run: str) -> Answer:
    """A run with its steps, less its deliveries, of which v1 code knows nothing."""
    with looking(folder) as workspace:
        row = queries.run(workspace.store.db, run)
        deliveries = _deliveries(row)
        steps = [
            _step(workspace, one, position)
            for position, one in enumerate(_steps(workspace, run))
            if position not in deliveries
        ]
        began = [one["ready_at"] for one in steps if one["ready_at"] is not None]
        return {**_run(row), "started_at": min(began, default=None), "steps": steps}


def runs(folder: Path, experiment: str | None = None, limit: int | None = None) -> list[Answer]:
    """Runs, newest first."""
    if not (folder / ".hyperstep" / "hyperstep.db").exists():
        return []
    with looking(folder) as workspace:
        found = (_run(row) for row in queries.runs(workspace.store.db, limit=ALL))
        wanted = [row for row in found if experiment in (None, row["labels"][EXPERIMENT])]
        return wanted[:limit]


def step(folder: Path, run: str, position: int) -> Answer:
    """A step of a run, by its position."""
    with looking(folder) as workspace:
        return _step(workspace, _at(workspace, run, position), position)


def trials(folder: Path, step: str) -> list[Answer]:
    """The trials of a tuning step, by number; of a reused step, those of the earlier one."""
    with looking(folder) as workspace:
        row = queries.step(workspace.store.db, step)
        searched = queries.step(workspace.store.db, row.reused) if row.reused else row
        return [_trial(workspace, one, searched.metric) for one in queries.trials(workspace.store.db, searched.id)]


def trial(folder: Path, run: str, position: int, number: int) -> Answer:
    """A trial of the step at a position."""
    with looking(folder) as workspace:
        row = _at(workspace, run, position)
        searched = queries.step(workspace.store.db, row.reused) if row.reused else row
        found = queries.trial(workspace.store.db, f"{searched.id}/{number}")
        return _trial(workspace, found, searched.metric)


def job(folder: Path, job: str) -> Answer:
    """A job."""
    with looking(folder) as workspace:
        row = queries.job(workspace.store.db, job)
        names = ("id", "state", "start", "requested_at", "started_at", "ended_at", "code", "detail", "stop_reason")
        return {name: getattr(row, name) for name in names}


def order(folder: Path, job: str) -> Answer:
    """What a job runs, with the paths that its script sees: script or command, arguments, variables."""
    with looking(folder) as workspace:
        return _order(workspace, job)


def metrics(folder: Path, jobs: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """The numbers that jobs logged, in their order, by job and name."""
    found: dict[str, dict[str, list[float]]] = {}
    with looking(folder) as workspace:
        for job in jobs:
            values = found.setdefault(job, {})
            for row in queries.metrics(workspace.store.db, job):
                values.setdefault(row.name, []).append(row.value)
    return found


def logged(folder: Path, jobs: Sequence[str]) -> dict[str, Answer]:
    """All that jobs logged, by job: {"metrics": [[name, value, time], ...], "records": [document, ...], "tags": {}}."""
    found = {}
    with looking(folder) as workspace:
        db = workspace.store.db
        for job in jobs:
            points = [[row.name, row.value, row.at] for row in queries.metrics(db, job)]
            said = queries.tags(db, job)
            records = [json.loads(text) for key, text in said.items() if key.startswith(RECORD)]
            found[job] = {
                "metrics": points,
                "records": [_read(workspace, job, record) for record in records],
                "tags": _plain(said),
            }
    return found


def tags(folder: Path, job: str) -> dict[str, str]:
    """The tags that a job's script has set, less those that hold something else."""
    with looking(folder) as workspace:
        return _plain(queries.tags(workspace.store.db, job))


def log(folder: Path, job: str) -> str:
    """Where a job's log lies, or will."""
    return str(folder.resolve() / ".hyperstep" / "runs" / job / "log.txt")


def plan(folder: Path, run: str) -> Answer:
    """The plan document that a run was submitted with; one made of its steps if it wasn't v1 code that submitted it."""
    with looking(folder) as workspace:
        row = queries.run(workspace.store.db, run)
        if PLAN in row.labels:
            document: Answer = json.loads(row.labels[PLAN])
            return document
        (submitted,) = (one.event for one in queries.events(workspace.store.db, run, [RunSubmitted]))
        assert isinstance(submitted, RunSubmitted), "it is what was asked for"
        nodes = [_node(step) for step in submitted.pipeline.steps]
        parameters = dict(row.parameters)
        return {
            "experiment": _labels(row)[EXPERIMENT],
            "name": row.pipeline,
            "kind": "pipeline",
            "description": "",
            "tags": {},
            "properties": {},
            "parameters": parameters,
            "values": {},
            "outputs": {},
            "nodes": nodes,
        }


def identify(folder: Path, job: str) -> Answer:
    """What v1 code calls a job: {"id", "experiment"}."""
    with looking(folder) as workspace:
        row = queries.run(workspace.store.db, run_of(job))
        return {"id": v1_id(workspace, job), "experiment": _labels(row)[EXPERIMENT]}


def v1_id(workspace: Workspace, job: str) -> str:
    """The id of the step or trial that a job belongs to, as v1 code knows it."""
    run, number = run_of(job), trial_of(job)
    slugs = [step_of(row.id) for row in queries.steps(workspace.store.db, run)]
    kind = identity.STEP if number is None else identity.TRIAL
    return identity.written(identity.Identity(kind, run, slugs.index(step_of(job)), number))


def _plain(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(RECORD)}


def _run(row: RunRow) -> Answer:
    names = ("id", "state", "reason", "submitted_at", "ended_at", "origin")
    kind = json.loads(row.labels[PLAN])["kind"] if PLAN in row.labels else "pipeline"
    return {**{name: getattr(row, name) for name in names}, "parameters": dict(row.parameters), "kind": kind,
            "labels": _labels(row)}  # fmt: skip


def _deliveries(row: RunRow) -> list[int]:
    nodes = json.loads(row.labels[PLAN])["nodes"] if PLAN in row.labels else []
    return [position for position, node in enumerate(nodes) if node["type"] == DELIVERY]


def _node(step: AnyStep) -> Answer:
    """A step that no v1 code submitted, as the node of a plan."""
    script = script_of(step)
    searched = (
        {
            "platform": "AML",
            "generator_config": {"name": type(step.sampler).__name__, "parameter_space": {}},
            "policy_config": {"name": "Default"},
            "primary_metric_config": {"name": step.metric.name, "goal": step.metric.goal.value},
            "max_total_jobs": step.limits.trials,
            "max_concurrent_jobs": step.limits.concurrent,
            "max_duration_minutes": int((step.limits.duration or 0) / 60) or WEEK,
            "resume_from": [],
            "resume_child_runs": [],
        }
        if isinstance(step, TuneStep)
        else None
    )
    return {
        "name": step.name,
        "type": "HyperDriveStep" if searched else "PythonScriptStep",
        "script": script.script if script else "",
        "command": script.command if script else "",
        "arguments": [],
        "variables": {},
        "environment": {"name": "", "variables": dict(script.environment.variables) if script else {}},
        "target": "local",
        "timeout": script.timeout if script else None,
        "inputs": {},
        "outputs": {},
        "reuse": True,
        "hyperdrive": searched,
    }


def _labels(row: RunRow) -> dict[str, str]:
    return {EXPERIMENT: row.pipeline, **{name: value for name, value in row.labels.items() if name != PLAN}}


def _steps(workspace: Workspace, run: str) -> tuple[StepRow, ...]:
    return queries.steps(workspace.store.db, run)


def _at(workspace: Workspace, run: str, position: int) -> StepRow:
    rows = _steps(workspace, run)
    if position >= len(rows):
        raise NotFound(f"Run {run} has no step at position {position}; it has {len(rows)}, from 0.")
    return rows[position]


def _step(workspace: Workspace, row: StepRow, position: int) -> Answer:
    names = ("id", "name", "kind", "state", "reason", "reused", "best", "ready_at", "ended_at", "metric", "goal")
    newest = _newest(workspace, row.reused or row.id)
    return {
        "position": position,
        **{name: getattr(row, name) for name in names},
        "notes": list(row.notes),
        "job": newest.id if newest else "",
        "queued": row.state == "running" and row.kind == "step" and newest is not None and newest.state == "requested",
        "started_at": newest.started_at if newest else None,
    }


def _newest(workspace: Workspace, step: str) -> JobRow | None:
    rows = queries.jobs(workspace.store.db, step)
    return max(rows, key=lambda row: row.requested_at, default=None)


def _trial(workspace: Workspace, row: TrialRow, metric: str) -> Answer:
    names = ("id", "number", "reason", "job", "best_score", "seconds", "taken")
    db = workspace.store.db
    made = queries.job(db, row.job) if row.job else None
    scores = [one.value for one in queries.metrics(db, row.job, metric)] if row.job else []
    return {
        **{name: getattr(row, name) for name in names},
        "state": trial_state(row, made),
        "values": dict(row.values),
        "scores": scores,
        "queued": row.state == "running" and made is not None and made.state == "requested",
        "started_at": made.started_at if made else None,
        "ended_at": made.ended_at if made else None,
    }


def trial_state(row: TrialRow, made: JobRow | None) -> str:
    """The state of a trial as v1 knows it, where a script that ended well has completed, whatever it logged."""
    ended_well = made is not None and made.code == 0
    return "completed" if row.state == "failed" and ended_well else row.state


def _order(workspace: Workspace, job: str) -> Answer:
    folders = Folders(workspace.home, workspace.artifacts)
    place = folders.path(job)
    for recorded in queries.events(workspace.store.db, run_of(job), [JobRequested]):
        event = recorded.event
        if isinstance(event, JobRequested) and event.job.id == job:
            order = event.job
            told = {name: folders.text_of(value, place) for name, value in order.told.items()}
            arguments = [folders.text_of(argument, place) for argument in order.arguments]
            return {
                "script": order.script,
                "command": order.command,
                "arguments": arguments,
                "variables": {**order.variables, **told},
            }
    raise NotFound(f"Nothing in the log of run {run_of(job)} asks for the job {job!r}.")


def _read(workspace: Workspace, job: str, record: Answer) -> Answer:
    """A record with its value, which lies in an artifact if it is large."""
    if "file" not in record:
        return record
    for row in queries.artifacts(workspace.store.db, job):
        if row.name == record["file"]:
            with workspace.artifacts.open(row.artifact) as file:
                return {**record, "value": json.load(file)}
    return {**record, "value": None}  # the job's folder was lost before its file was stored
