"""Decide what happens next in a tuning step.

Five rules, in this order: close trials whose job has ended; stop what the
policy, a limit or a person wants stopped; run again what was lost with a driver's
machine; propose while there is room; end with the best completed trial.
"""

from __future__ import annotations

from collections.abc import Sequence

from hyperstep.document import digest
from hyperstep.engine.events import (
    Event,
    JobRequested,
    JobStopRequested,
    Result,
    SearchExhausted,
    StepEnded,
    TrialEnded,
    TrialSuggested,
    TrialTableRequested,
)
from hyperstep.engine.ids import job_id, run_of, step_of, trial_id
from hyperstep.engine.job import Ending
from hyperstep.engine.resolve import job_for, options_of, table_name
from hyperstep.engine.state import RunState, StepState
from hyperstep.engine.tuning_state import OpenTrial, TuneState
from hyperstep.engine.wanted import missing_output, wanted_tables
from hyperstep.errors import HyperstepError
from hyperstep.pipeline.names import listed
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.trial import TrialStatus


def decide_tuning(state: RunState, step: StepState, now: float) -> Sequence[Event]:
    """The next events of a tuning step whose inputs are there; `now` in elapsed seconds."""
    tuning = step.tuning
    assert tuning is not None, f"{step.id} isn't a tuning step"
    over = _over(tuning, now)
    events = [*_closed(step, tuning), *_stopped(step, tuning, over)]
    if events:
        return events
    if over is None:
        requests = [
            _request(state, step, trial) for trial in tuning.open.values() if trial.answered and not trial.lives
        ]
        if requests:
            return requests
        if _has_room(tuning):
            return _propose(step, tuning)
    return () if tuning.open else _end(state, step, tuning, over or tuning.halted)


def _over(tuning: TuneState, now: float) -> str | None:
    """Why the search is to end though it could go on, in words, or None."""
    limits = tuning.step.limits
    if limits.duration is not None and tuning.since is not None and now >= tuning.since + limits.duration:
        return f"the search reached its limit of {limits.duration:g} s"
    return tuning.given_up or None


def _closed(step: StepState, tuning: TuneState) -> list[Event]:
    return [_ended(step, tuning, trial) for trial in tuning.open.values() if trial.taken or _is_over(tuning, trial)]


def _is_over(tuning: TuneState, trial: OpenTrial) -> bool:
    """True if its newest job has ended, and no other attempt is due."""
    if trial.outcome is None or trial.runs_again:
        return False
    return not trial.failed or trial.failures > tuning.step.limits.retries


def _ended(step: StepState, tuning: TuneState, trial: OpenTrial) -> TrialEnded:
    score = tuning.history.score(trial.number)
    if trial.taken is not None:
        taken = trial.taken
        return TrialEnded(step=step.id, number=trial.number, status=taken.status, score=score, reason=taken.reason)
    outcome = trial.outcome
    assert outcome is not None, f"trial {trial.number} lives"
    if outcome.succeeded:
        if trial.reports:
            status, reason = TrialStatus.COMPLETED, outcome.detail
        else:
            status, reason = TrialStatus.FAILED, f"ended without logging {tuning.step.metric.name!r}"
    elif outcome.ending is Ending.STOPPED and trial.stop is not None:
        status, reason = TrialStatus.STOPPED, trial.stop.reason
    elif outcome.ending is Ending.TIMED_OUT:
        status, reason = TrialStatus.STOPPED, outcome.sentence()
    else:
        status, reason = TrialStatus.FAILED, outcome.sentence()
    return TrialEnded(step=step.id, number=trial.number, status=status, score=score, reason=reason)


def _stopped(step: StepState, tuning: TuneState, over: str | None) -> list[Event]:
    events: list[Event] = []
    for trial in tuning.open.values():
        wanted = _wanted_stop(trial, over)
        at_once = trial.unwanted or over
        if trial.lives and trial.stop is None and wanted:
            events.append(wanted)
        elif at_once and not trial.lives and not trial.taken and not _is_over(tuning, trial):
            score = tuning.history.score(trial.number)
            events.append(
                TrialEnded(step=step.id, number=trial.number, status=TrialStatus.STOPPED, score=score, reason=at_once)
            )
    return events


def _wanted_stop(trial: OpenTrial, over: str | None) -> JobStopRequested | None:
    """The stop that a person, the policy or a limit wants, whoever is first in this order."""
    for by, reason in (("person", trial.unwanted), ("policy", trial.wish), ("limit", over)):
        if reason:
            return JobStopRequested(job=trial.job, by=by, reason=reason)
    return None


def _request(state: RunState, step: StepState, trial: OpenTrial) -> JobRequested:
    identity = trial_id(run_of(step.id), step_of(step.id), trial.number)
    return JobRequested(job=job_for(state, step, job_id(identity, trial.attempt), trial.suggestion.values))


def _has_room(tuning: TuneState) -> bool:
    limits = tuning.step.limits
    ended = tuning.exhausted or tuning.halted
    return not ended and len(tuning.open) < limits.concurrent and tuning.history.suggested < limits.trials


def _propose(step: StepState, tuning: TuneState) -> Sequence[Event]:
    number = tuning.history.suggested
    first = tuning.step.first
    try:
        values = (
            first[number] if number < len(first) else tuning.step.sampler.suggest(tuning.step.space, tuning.history)
        )
    except HyperstepError as error:  # a space that it can't take, a plug-in that isn't installed
        return (SearchExhausted(step=step.id, reason=str(error)),)
    if values is None:
        return (SearchExhausted(step=step.id),)
    base = step.ready.trials if step.ready else ""
    if not base:
        return (TrialSuggested(step=step.id, number=number, values=values),)
    told = [] if tuning.step.options and tuning.step.variables is None else [tuning.step.options, tuning.step.variables]
    key, policy = digest([base, options_of(values), *told]), digest(tuning.step.policy)
    return (TrialSuggested(step=step.id, number=number, values=values, key=key, policy=policy),)


def _end(state: RunState, step: StepState, tuning: TuneState, over: str | None) -> Sequence[Event]:
    notes = _notes(tuning, over)
    best = tuning.history.best()
    if best is None:
        return (StepEnded(step=step.id, result=Result.FAILED, reason=_no_best(tuning, over), notes=notes),)
    outputs = dict(tuning.best_outputs)
    missing = missing_output(state, step, outputs)
    if missing:
        return (
            StepEnded(
                step=step.id, result=Result.FAILED, outputs=outputs, best=best.number, reason=missing, notes=notes
            ),
        )
    for table in wanted_tables(state, step):
        stored = tuning.tables.get(table.ids)
        if stored is None:
            return () if table.ids in tuning.tables else (TrialTableRequested(step=step.id, ids=table.ids),)
        outputs[table_name(table)] = stored
    return (StepEnded(step=step.id, result=Result.COMPLETED, outputs=outputs, best=best.number, notes=notes),)


def _no_best(tuning: TuneState, over: str | None) -> str:
    metric = tuning.step.metric.name
    if tuning.broken and not tuning.history.finished:
        return tuning.broken
    if metric not in tuning.logged and tuning.logged:
        return (
            f"no trial logged {metric!r}, the primary metric; the metrics logged were {listed(tuning.logged)}. "
            f"Log it under exactly this name, or name another in metric."
        )
    if tuning.silent:
        return (
            f"no trial logged {metric!r}, the primary metric, or any other. "
            f"In the script: from hyperstep import tracking; tracking.metric({metric!r}, value)."
        )
    if tuning.completed:
        return (
            f"no completed trial logged a finite {metric!r}. Look at what the script logs: "
            f"NaN and infinities never win."
        )
    why = f", and {over}" if over else ""
    first = tuning.first_failure or "all were stopped"
    return f"none of the {len(tuning.history.finished)} trials completed{why}; {first}"


def _notes(tuning: TuneState, over: str | None) -> tuple[str, ...]:
    step = tuning.step
    notes = []
    if over:
        notes.append(f"the search ended early: {over}")
    if tuning.broken:
        notes.append(f"the search ended early: {tuning.broken}")
    elif tuning.exhausted:
        notes.append(
            f"the space holds {tuning.history.suggested} combinations, all of them were tried; "
            f"limits.trials allows {step.limits.trials}"
        )
    first = first_look(tuning)
    if first is not None and tuning.history.finished and tuning.most_reports < first:
        notes.append(
            f"the policy never acted: it looks at a trial from report {first} of {step.metric.name!r} on, and no trial "
            f"made more than {tuning.most_reports}. Log the metric at every epoch or fold, or lower "
            f"evaluation_interval and delay_evaluation."
        )
    return tuple(notes)


def first_look(tuning: TuneState) -> int | None:
    """The report at which the policy looks at a trial for the first time; None for a policy that never stops any."""
    policy = tuning.step.policy
    if isinstance(policy, NoPolicy):
        return None
    interval = policy.evaluation_interval
    return max(1, -(-policy.delay_evaluation // interval)) * interval
