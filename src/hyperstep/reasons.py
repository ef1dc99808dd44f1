"""Reasons for what happened, with their numbers, out of the log: why a step ran, why a trial was stopped."""

from __future__ import annotations

from collections.abc import Collection

from hyperstep.changes import changes, readiness, submission
from hyperstep.engine.events import JobStopRequested, TrialAnswered
from hyperstep.engine.ids import run_of
from hyperstep.store import queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.queries import Db
from hyperstep.store.rows import JobRow, RunRow, StepRow, TrialRow
from hyperstep.wording import counted, number, options

_REASON = "The reason:"
_VARIABLE = "variable "


def reasons(db: Db, artifacts: FolderArtifacts, identity: str) -> list[str]:
    """Sentences about a step or a trial; about a job's, for a job; a line for each step of a run."""
    match queries.describe(db, identity):
        case RunRow() as run:
            steps = queries.steps(db, run.id)
            return [line for step in steps for line in _in_short(step.id, _of_step(db, artifacts, step))]
        case StepRow() as step:
            starts = _starts(queries.jobs(db, step.id) if step.kind == "step" else ())
            return [*_of_step(db, artifacts, step), *starts]
        case TrialRow() as trial:
            return [*_of_trial(db, trial), *_starts(queries.jobs(db, trial.id))]
        case JobRow() as job:
            return reasons(db, artifacts, job.owner)


def _in_short(step: str, lines: list[str]) -> list[str]:
    """The first reason with the first thing that changed and where to read on; below it, why the step failed."""
    first, *rest = lines
    changed = [line.strip() for line in rest if line.startswith("  ")]
    if changed:
        more = f"; {len(changed) - 1} more: hyperstep why {step}" if len(changed) > 1 else ""
        first = f"{first} {changed[0]}{more}"
    return [first, *(f"  {line}" for line in rest if line.startswith(_REASON))]


def _of_step(db: Db, artifacts: FolderArtifacts, step: StepRow) -> list[str]:
    if step.kind == "register":
        return [f"{step.id} registers a model, which is never reused. It is {step.state}.", *_because(step.reason)]
    if step.ready_at is None:
        return [f"{step.id} has not started, it is {step.state}.", *_because(step.reason)]
    return [*_ran_or_reused(db, artifacts, step), *_because(step.reason), *(f"Note: {note}" for note in step.notes)]


def _because(reason: str) -> list[str]:
    return [f"{_REASON} {reason}"] if reason else []


def _named(parts: Collection[str]) -> list[str]:
    """The parts of a fingerprint; variables, of which Azure's layer sets many, in one number."""
    named = [part for part in parts if not part.startswith(_VARIABLE)]
    count = sum(part.startswith(_VARIABLE) for part in parts)
    return [*named, f"{count} environment variables"] if count > 1 else list(parts)


def _ran_or_reused(db: Db, artifacts: FolderArtifacts, step: StepRow) -> list[str]:
    ready = readiness(db, step)
    if step.reused:
        equal = ", ".join(_named(ready.parts))
        return [
            f"{step.id} was reused from {step.reused}, which computed the same. Equal are: {equal}.",
            "To compute it anew: hyperstep run with --fresh, or reuse=False for this step.",
        ]
    if not ready.reusable:
        run = submission(db, step.run)
        asked = "the run was started with --fresh" if run.fresh else "the step says reuse=False"
        return [f"{step.id} ran, since {asked}."]
    earlier = _earlier(db, step)
    if earlier is None:
        return [f"{step.id} ran, since no earlier run of this pipeline had a step {step.name!r} that got so far."]
    different = changes(db, artifacts, earlier, step)
    if different:
        return [
            f"{step.id} ran, since it isn't the same as {earlier.id}:",
            *(f"  {sentence}" for sentence in different),
        ]
    if earlier.state in ("completed", "reused"):
        return [f"{step.id} ran though it is the same as {earlier.id}, since that one's files are no longer stored."]
    return [f"{step.id} ran, since {earlier.id}, which is the same, did not complete: it is {earlier.state}."]


def _earlier(db: Db, step: StepRow) -> StepRow | None:
    """The step of the same name, in the newest earlier run of the same pipeline in which it was ready."""
    pipeline = queries.run(db, step.run).pipeline
    before: str | None = step.run
    while runs := queries.runs(db, before=before):
        for run in runs:
            if run.pipeline != pipeline:
                continue
            for other in queries.steps(db, run.id):
                if other.name == step.name and other.ready_at is not None:
                    return other
        before = runs[-1].id
    return None


def _of_trial(db: Db, trial: TrialRow) -> list[str]:
    step = queries.step(db, trial.step)
    score = (
        f"its best {step.metric} is {number(trial.best_score)}" if trial.best_score is not None else "it has no score"
    )
    lines = [f"{trial.id} is {trial.state}: {options(trial.values)}; {score}, in {counted(trial.reports, 'report')}."]
    taken = _taken(db, trial)
    if taken:
        lines.append(f"It did not run: {taken} computed the same earlier, and its result was taken.")
    stop = _stop(db, trial)
    if stop is not None:
        lines.append(f"The {stop.by} stopped it: {stop.reason}")
    if stop is None or stop.reason != trial.reason:
        lines += _because(trial.reason)
    if trial.number == step.best:
        lines.append(f"It is the best of {step.id}: no completed trial has a better {step.metric}, or had it earlier.")
    return lines


def _taken(db: Db, trial: TrialRow) -> str:
    """The earlier trial whose result this one took, or nothing."""
    for recorded in queries.events(db, run_of(trial.id), [TrialAnswered]):
        event = recorded.event
        if isinstance(event, TrialAnswered) and (event.step, event.number) == (trial.step, trial.number):
            return event.found
    return ""


def _stop(db: Db, trial: TrialRow) -> JobStopRequested | None:
    """The wish to stop the trial's newest job."""
    for recorded in queries.events(db, run_of(trial.id), [JobStopRequested]):
        if isinstance(recorded.event, JobStopRequested) and recorded.event.job == trial.job:
            return recorded.event
    return None


def _starts(jobs: tuple[JobRow, ...]) -> list[str]:
    """How each attempt was started, and why so."""
    words = {"fork": "forked from a warm process", "spawn": "started in a fresh interpreter"}
    return [
        f"{job.id} was {words.get(job.start, job.start)}" + (f": {job.start_reason}" if job.start_reason else ".")
        for job in jobs
        if job.start
    ]
