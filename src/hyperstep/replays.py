"""What if: another policy over the reports of a recorded search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperstep.engine.events import (
    Event,
    JobRequested,
    MetricsLogged,
    RunSubmitted,
    TrialAnswered,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.ids import attempt_of, step_of, trial_of
from hyperstep.errors import SubmissionError
from hyperstep.search.goal import Goal
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.replay import Replay
from hyperstep.search.trial import Trial
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import StepRow
from hyperstep.wording import counted, number

POLICIES: dict[str, type[Any]] = {
    "bandit": BanditPolicy,
    "median": MedianStoppingPolicy,
    "truncation": TruncationSelectionPolicy,
    "asha": AshaPolicy,
}
_KINDS = (JobRequested, MetricsLogged, TrialAnswered, TrialEnded, TrialSuggested)


def policy_of(name: str, settings: Mapping[str, float]) -> TerminationPolicy:
    """A policy by its name and settings. Raises SubmissionError for settings that it doesn't take, or not together."""
    kind = POLICIES[name]
    try:
        made: TerminationPolicy = kind(**settings)
    except TypeError:
        known = ", ".join(f"--{field.replace('_', '-')}" for field in kind.__dataclass_fields__)
        given = ", ".join(f"--{field.replace('_', '-')}" for field in settings) or "none"
        raise SubmissionError(f"--policy {name} takes {known}; given were {given}.") from None
    return made


def replay(db: Db, search: StepRow, policy: TerminationPolicy) -> Replay:
    """Tell a replay all that was recorded of a tuning step."""
    told = Replay(policy, Goal(search.goal), _prior(db, search))
    newest: dict[int, str] = {}
    for recorded in queries.events(db, search.run, _KINDS):
        _tell(told, recorded.event, search, newest)
    return told


def _tell(told: Replay, event: Event, search: StepRow, newest: dict[int, str]) -> None:
    match event:
        case TrialSuggested(step=step, number=trial, values=values) if step == search.id:
            told.suggest(trial, values)
        case TrialAnswered(step=step, number=trial, scores=scores) if step == search.id:
            told.take(trial, scores)
        case TrialEnded(step=step, number=trial, status=status) if step == search.id:
            told.end(trial, status)
        case JobRequested(job=job) if (again := _trial(job.id, search)) is not None:
            newest[again] = job.id
            if attempt_of(job.id):
                told.restart(again)
        case MetricsLogged(job=job_id, points=points) if (trial_number := _trial(job_id, search)) is not None:
            for point in points:
                if point.name == search.metric and newest.get(trial_number) == job_id:
                    told.report(trial_number, point.value)


def _trial(job: str, search: StepRow) -> int | None:
    return trial_of(job) if step_of(job) == step_of(search.id) else None


def _prior(db: Db, search: StepRow) -> tuple[Trial, ...]:
    for recorded in queries.events(db, search.run, [RunSubmitted]):
        if isinstance(recorded.event, RunSubmitted):
            return recorded.event.prior.get(search.name, ())
    return ()


def saving(replayed: Replay) -> str:
    """How much would have been stopped and saved, in a sentence."""
    share = replayed.saved / replayed.reports if replayed.reports else 0.0
    trials, reports = counted(replayed.actual.suggested, "trial"), counted(replayed.reports, "report")
    return (
        f"{len(replayed.stops)} of {trials} would have been stopped, "
        f"saving {replayed.saved} of {reports} ({share:.0%})."
    )


def winner(search: StepRow, replayed: Replay) -> str:
    """Whether the best trial would have been stopped, in a sentence."""
    best, kept = replayed.actual.best(), replayed.history.best()
    if best is None:
        return "No trial completed with a score, so there was no best one to lose."
    score = f"{search.metric} {number(replayed.actual.score(best.number))}"
    if kept is None:
        return (
            f"The best, trial {best.number} with {score}, would have been stopped, and no other would have completed."
        )
    if kept.number == best.number:
        return f"The best stays the same: trial {best.number}, {score}."
    then = number(replayed.history.score(kept.number))
    return (
        f"The best, trial {best.number} with {score}, would have been stopped: trial {kept.number} would win, {then}."
    )
