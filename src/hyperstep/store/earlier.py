"""Earlier trials: what a new search can learn from, or take instead of computing it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from hyperstep.engine.events import ArtifactStored, RunSubmitted, TrialAnswered, TrialSuggested
from hyperstep.engine.outputs import outputs_of
from hyperstep.errors import SubmissionError
from hyperstep.pipeline.names import listed
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.metric import Metric
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.store import queries
from hyperstep.store.registry import Holdings
from hyperstep.store.rows import StepRow


def prior_trials(db: sqlite3.Connection, steps: Sequence[str], metric: Metric) -> tuple[Trial, ...]:
    """The ended trials of earlier tuning steps, oldest first, with all that they reported.

    steps: ids such as `41/tune`; of a step that took an earlier result, the trials of that one.
    Raises NotFound for a step that isn't there, SubmissionError for one that has another metric or goal, or still runs.
    """
    found = (trial for step in steps for trial in ended_trials(db, _searched(db, step, metric)))
    return tuple(replace(trial, number=number) for number, trial in enumerate(found))


def ended_trials(db: sqlite3.Connection, step: StepRow) -> tuple[Trial, ...]:
    """The trials of a tuning step that aren't running, with all that they reported."""
    return tuple(
        Trial(
            number=row.number,
            values=row.values,
            scores=_scores(db, row.job, step.metric),
            status=TrialStatus(row.state),
        )
        for row in queries.trials(db, step.id)
        if row.state != TrialStatus.RUNNING.value
    )


def find_trial(db: sqlite3.Connection, suggested: TrialSuggested, artifacts: Holdings | None) -> TrialAnswered:
    """The newest trial with the same key whose files are all still stored, or the answer none.

    One that completed, or that was stopped by an equal policy: that one would be stopped again.
    """
    found = db.execute(
        "SELECT trial.step, trial.number, trial.state, trial.reason, job, metric "
        "FROM trial JOIN step ON step.id = trial.step JOIN job ON job.id = trial.job "
        "WHERE key = ? AND key <> '' AND taken = '' "
        "AND (trial.state = 'completed' OR (trial.state = 'stopped' AND stop_by = 'policy' AND policy = ?)) "
        "ORDER BY requested_at DESC",
        [suggested.key, suggested.policy],
    )
    for step, number, state, reason, job, metric in found.fetchall():
        outputs = outputs_of(
            ArtifactStored(job=job, name=row.name, artifact=row.artifact, members=row.members)
            for row in queries.artifacts(db, job)
        )
        if artifacts is None or all(map(artifacts.contains, outputs.values())):
            return TrialAnswered(
                step=suggested.step,
                number=suggested.number,
                found=f"{step}/{number}",
                scores=_scores(db, job, metric),
                outputs=outputs,
                status=TrialStatus(state),
                reason=reason,
            )
    return TrialAnswered(step=suggested.step, number=suggested.number)


def extended(db: sqlite3.Connection, identity: str, trials: int) -> RunSubmitted:
    """The submission of an ended search's run, with more trials; the first ones have the values of the earlier ones."""
    if trials < 1:
        raise SubmissionError(f"{trials} more trials were asked for. Ask for 1 or more.")
    row = _one_search(db, identity)
    if row.ended_at is None:
        raise SubmissionError(f"{row.id!r} hasn't ended. Wait for its end, or cancel it, and ask again.")
    (submitted,) = (one.event for one in queries.events(db, row.run, [RunSubmitted]))
    assert isinstance(submitted, RunSubmitted), "only this kind was asked for"
    tried = queries.trials(db, row.reused or row.id)
    steps = tuple(
        replace(
            step,
            first=tuple(trial.values for trial in tried),
            limits=replace(step.limits, trials=len(tried) + trials),
        )
        if isinstance(step, TuneStep) and step.name == row.name
        else step
        for step in submitted.pipeline.steps
    )
    return replace(submitted, pipeline=replace(submitted.pipeline, steps=steps), fresh=False)


def _one_search(db: sqlite3.Connection, identity: str) -> StepRow:
    """The tuning step that an id names, or the only one of the run that it names."""
    if "/" in identity:
        row = queries.step(db, identity)
        if row.kind != "tune":
            raise SubmissionError(f"{identity!r} isn't a tuning step, so it has no trials to add to. Name one that is.")
        return row
    rows = [row for row in queries.steps(db, queries.run(db, identity).id) if row.kind == "tune"]
    if len(rows) != 1:
        names = listed(row.id for row in rows)
        raise SubmissionError(f"Run {identity} has the tuning steps {names}. Name the one to extend.")
    return rows[0]


def _searched(db: sqlite3.Connection, identity: str, metric: Metric) -> StepRow:
    """The step that ran the trials."""
    row = queries.step(db, identity)
    if row.kind != "tune":
        raise SubmissionError(
            f"{identity!r} isn't a tuning step, so there is nothing to resume from. Name one that is."
        )
    if (row.metric, row.goal) != (metric.name, metric.goal.value):
        raise SubmissionError(
            f"{identity!r} was to {row.goal} {row.metric!r}, but this search is to {metric.goal.value} "
            f"{metric.name!r}. Scores of another metric can't be compared: resume from a search of the same."
        )
    if row.ended_at is None:
        raise SubmissionError(f"{identity!r} hasn't ended. Wait for its end, or cancel it, and submit again.")
    return _searched(db, row.reused, metric) if row.reused else row


def _scores(db: sqlite3.Connection, job: str, metric: str) -> tuple[float, ...]:
    return tuple(row.value for row in queries.metrics(db, job, metric)) if job else ()
