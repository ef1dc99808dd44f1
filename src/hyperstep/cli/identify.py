"""What is meant by what people type: the newest run for nothing, a run's tuning step for the run."""

from __future__ import annotations

import re

from hyperstep.engine.ids import run_of, step_id, step_of
from hyperstep.errors import NotFound
from hyperstep.failure import failing_job
from hyperstep.pipeline.names import did_you_mean, listed, slug
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import JobRow, RunRow, StepRow

_WITH_RUN = re.compile(r"[0-9]+(/|$)")
_BELOW_A_STEP = re.compile(r"(.*?)((?:/[0-9]+)?(?:\.[0-9]+)?)/?", re.DOTALL)


def run_meant(db: Db, text: str | None) -> RunRow:
    """The run of this id, or that an id below it belongs to; the newest for None."""
    if text is not None:
        return queries.run(db, run_of(text))
    newest = queries.runs(db, limit=1)
    if not newest:
        raise NotFound("Nothing has been run in this workspace yet. Start with: hyperstep run pipeline.py")
    return newest[0]


def identity_meant(db: Db, text: str | None) -> str:
    """An id; the newest run's for None, and what is below it for an id without a run: `tune`, `tune/0`, `tune/0.0`."""
    if text is None:
        return run_meant(db, None).id
    if _WITH_RUN.match(text):
        return text.rstrip("/")
    run = run_meant(db, None).id
    steps = queries.steps(db, run)
    ids = {step_of(step.id): step.id for step in steps}
    by_name = {**{step.name: step.id for step in steps}, **ids}
    parts = _BELOW_A_STEP.fullmatch(text)
    assert parts is not None, "it matches any text"
    name, below = parts.groups()
    for whole, rest in ((text, ""), (name, below)):
        if whole in by_name:
            return by_name[whole] + rest
    for whole, rest in ((name, below), (text, "")):
        if slug(whole) in ids:
            return ids[slug(whole)] + rest
    raise NotFound(
        f"There is no step {text!r} in run {run}, the newest.{did_you_mean(text, ids)} "
        f"Its steps are {listed(ids)}; of another run, name it as hyperstep show prints it."
    )


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
