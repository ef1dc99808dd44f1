"""What is meant by what people type: the newest run for nothing, a run's tuning step for the run."""

from __future__ import annotations

from hyperstep.engine.ids import run_of, step_id, step_of
from hyperstep.errors import NotFound
from hyperstep.failure import failing_job
from hyperstep.pipeline.names import listed, slug
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import JobRow, RunRow, StepRow


def run_meant(db: Db, text: str | None) -> RunRow:
    """The run of this id, or that an id below it belongs to; the newest for None."""
    if text is not None:
        return queries.run(db, run_of(text))
    newest = queries.runs(db, limit=1)
    if not newest:
        raise NotFound("Nothing has been run in this workspace yet. Start with: hyperstep run pipeline.py")
    return newest[0]


def identity_meant(db: Db, text: str | None) -> str:
    """An id; the newest run's for None, and a step of it for a step's name alone."""
    if text is None:
        return run_meant(db, None).id
    if text[:1].isdigit() and (text.isdigit() or "/" in text):
        return text.rstrip("/")
    return step_id(run_meant(db, None).id, slug(text))


def search_meant(db: Db, text: str | None) -> StepRow:
    """The tuning step of this id, or that a trial's id belongs to; a run's only one for the run; None as ever.

    A step that was reused stands for the one that it was taken from, where its trials are.
    """
    identity = identity_meant(db, text)
    if "/" in identity:
        step = queries.step(db, step_id(run_of(identity), step_of(identity)))
        if step.kind != "tune":
            raise NotFound(f"{step.id} isn't a tuning step, so it has no trials. {_searches(db, step.run)}")
    else:
        found = [step for step in queries.steps(db, identity) if step.kind == "tune"]
        if len(found) != 1:
            raise NotFound(f"Run {identity} has {len(found) or 'no'} tuning steps. {_searches(db, identity)}")
        step = found[0]
    return queries.step(db, step.reused) if step.reused else step


def _searches(db: Db, run: str) -> str:
    names = [step.id for step in queries.steps(db, run) if step.kind == "tune"]
    return f"Name one of {listed(names)}." if names else "Name a run that has one: hyperstep runs lists them."


def job_meant(db: Db, text: str | None) -> JobRow:
    """The job of this id; of a trial its newest; of a run or a step the one that failed first, else the newest."""
    identity = identity_meant(db, text)
    match queries.describe(db, identity):
        case JobRow() as job:
            return job
        case StepRow(reused=earlier) if earlier:
            return job_meant(db, earlier)
        case RunRow():
            failed = [step for step in queries.steps(db, identity) if step.state == "failed"]
        case StepRow(state="failed") as step:
            failed = [step]
        case _:
            failed = []
    for step in failed:
        failing = failing_job(db, step)
        if failing:
            return queries.job(db, failing)
    found = queries.jobs(db, identity)
    if not found:
        raise NotFound(f"No script of {identity} has been started, so there is no log.")
    return max(found, key=lambda job: job.requested_at)
