"""Earlier trials: what a new search can learn from, or take instead of computing it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from hyperstep.engine.events import ArtifactStored, TrialAnswered, TrialSuggested
from hyperstep.engine.outputs import outputs_of
from hyperstep.errors import SubmissionError
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
    return tuple(
        Trial(number=number, values=row.values, scores=_scores(db, row.job, metric.name), status=TrialStatus(row.state))
        for number, row in enumerate(
            row
            for step in steps
            for row in queries.trials(db, _searched(db, step, metric).id)
            if row.state != TrialStatus.RUNNING.value
        )
    )


def find_trial(db: sqlite3.Connection, suggested: TrialSuggested, artifacts: Holdings | None) -> TrialAnswered:
    """The newest completed trial with the same key whose files are all still stored, or the answer none."""
    found = db.execute(
        "SELECT trial.step, trial.number, job, metric FROM trial JOIN step ON step.id = trial.step "
        "JOIN job ON job.id = trial.job WHERE key = ? AND trial.state = 'completed' AND taken = '' "
        "ORDER BY requested_at DESC",
        [suggested.key],
    )
    for step, number, job, metric in found.fetchall():
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
            )
    return TrialAnswered(step=suggested.step, number=suggested.number)


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
