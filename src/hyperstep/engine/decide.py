"""Decide: which events come next in a run.

A pure function of the state and the time. It is asked again after its answer
was applied, until it wishes nothing more; so it names the next few events and
never plans ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hyperstep.engine.decide_tuning import decide_tuning
from hyperstep.engine.events import (
    Event,
    JobRequested,
    JobStopRequested,
    ModelRequested,
    Result,
    RunEnded,
    StepEnded,
    StepReady,
    TrialEnded,
)
from hyperstep.engine.ids import job_id
from hyperstep.engine.job import Outcome
from hyperstep.engine.lineage import best_trial_of, maker_of
from hyperstep.engine.resolve import artifact_for, input_digests, job_for, script_step, source_key
from hyperstep.engine.state import RunState, StepState, failed_step, plain_outputs
from hyperstep.engine.wanted import missing_output
from hyperstep.pipeline.fingerprint import fingerprint
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.trial import TrialStatus


def decide(state: RunState, now: float) -> Sequence[Event]:
    """The next events, in order; empty if the run has to wait for something.

    now: elapsed seconds, on the clock of the recorded events.
    """
    if state.submitted is None or state.ended is not None:
        return ()
    if state.cancelled:
        return _stop_all(state, "cancel", "the run was cancelled")
    if not state.submitted.keep_going and (failed := failed_step(state)) is not None:
        return _stop_all(state, "failure", f"step {failed.definition.name!r} failed")
    for step in state.open_steps():
        events = _decide_step(state, step, now)
        if events:
            return events
    return () if any(True for _ in state.open_steps()) else (_run_ended(state),)


def next_deadline(state: RunState) -> float | None:
    """The elapsed time at which `decide` may wish something without any event, or None."""
    deadlines = [
        tuning.since + tuning.step.limits.duration
        for step in state.open_steps()
        if (tuning := step.tuning) is not None
        and tuning.since is not None
        and tuning.step.limits.duration is not None
        and any(trial.lives and trial.stop is None for trial in tuning.open.values())
    ]
    return min(deadlines, default=None)


def _decide_step(state: RunState, step: StepState, now: float) -> Sequence[Event]:
    before = [state.steps[name] for name in step.before]
    if any(other.ended is None for other in before):
        return ()
    if step.ready is None:
        return _ready(state, step, before)
    if step.answer is not None:
        answer = step.answer
        missing = missing_output(state, step, answer.outputs)
        if not missing:
            return (
                StepEnded(
                    step=step.id,
                    result=Result.COMPLETED,
                    outputs=answer.outputs,
                    best=answer.best,
                    reused=answer.reused,
                ),
            )
    elif not step.answered:
        return ()
    match step.definition:
        case TuneStep():
            return decide_tuning(state, step, now)
        case RegisterStep() as definition:
            return _decide_register(state, step, definition)
        case _:
            return _decide_plain(state, step)


def _ready(state: RunState, step: StepState, before: Sequence[StepState]) -> Sequence[Event]:
    for other in before:
        if other.ended is not None and other.ended.result is not Result.COMPLETED:
            reason = f"it waits for {other.definition.name!r}, which {_words(other.ended.result)}"
            return (StepEnded(step=step.id, result=Result.SKIPPED, reason=reason),)
    definition = step.definition
    submitted = state.submitted
    assert submitted is not None, "decide is asked after RunSubmitted"
    if isinstance(definition, RegisterStep):
        return (StepReady(step=step.id, fingerprint="", reusable=False),)
    script = script_step(step)
    seen = partial(
        fingerprint,
        parameters=submitted.parameters,
        source=submitted.code.get(definition.name) or submitted.sources[source_key(script.source)].digest,
        inputs=input_digests(state, step),
        installed=submitted.installed.get(script.environment.python or "", ""),
    )
    digest, parts = seen(definition)
    reusable = definition.reuse and script.reuse and not submitted.fresh
    trials = seen(script)[0] if reusable and isinstance(definition, TuneStep) else ""
    return (StepReady(step=step.id, fingerprint=digest, parts=parts, reusable=reusable, trials=trials),)


def _decide_plain(state: RunState, step: StepState) -> Sequence[Event]:
    if not step.job or step.runs_again:
        return (JobRequested(job=job_for(state, step, job_id(step.id, step.attempt))),)
    if step.outcome is None:
        return ()
    if not step.outcome.succeeded:
        return (StepEnded(step=step.id, result=Result.FAILED, reason=_failure(step, step.outcome)),)
    outputs = plain_outputs(step)
    missing = missing_output(state, step, outputs)
    left_out = step.outcome.detail
    if missing:
        reason = f"{missing} Something was {left_out}." if left_out else missing
        return (StepEnded(step=step.id, result=Result.FAILED, outputs=outputs, reason=reason),)
    notes = (left_out,) if left_out else ()
    return (StepEnded(step=step.id, result=Result.COMPLETED, outputs=outputs, notes=notes),)


def _decide_register(state: RunState, step: StepState, definition: RegisterStep) -> Sequence[Event]:
    if step.granted is not None:
        return (StepEnded(step=step.id, result=Result.COMPLETED),)
    if step.wish is not None:
        return ()
    maker = state.steps[definition.artifact.step]
    return (
        ModelRequested(
            request=step.id,
            name=definition.model,
            artifact=artifact_for(state, definition.artifact),
            aliases=definition.aliases,
            tags=definition.tags,
            step=maker_of(maker),
            trial=best_trial_of(maker),
        ),
    )


def _stop_all(state: RunState, by: str, reason: str) -> Sequence[Event]:
    """End everything that is open; the reason stands with each."""
    stops = [
        JobStopRequested(job=job, by=by, reason=reason) for job, living in state.jobs.items() if living.stop is None
    ]
    if stops or state.jobs:
        return stops
    step = next(state.open_steps(), None)
    if step is None:
        return (_run_ended(state),)
    if step.tuning is not None and step.tuning.open:
        trial = next(iter(step.tuning.open.values()))
        score = step.tuning.history.score(trial.number)
        return (
            TrialEnded(
                step=step.id,
                number=trial.number,
                status=TrialStatus.CANCELLED,
                score=score,
                reason=reason,
            ),
        )
    result = Result.SKIPPED if by == "failure" and step.ready is None else Result.CANCELLED
    return (StepEnded(step=step.id, result=result, reason=reason),)


def _run_ended(state: RunState) -> RunEnded:
    if state.cancelled and any(s.ended and s.ended.result is Result.CANCELLED for s in state.steps.values()):
        return RunEnded(result=Result.CANCELLED, reason="the run was cancelled")
    failed = failed_step(state)
    if failed is None:
        return RunEnded(result=Result.COMPLETED)
    assert failed.ended is not None, "a failed step has ended"
    return RunEnded(result=Result.FAILED, reason=f"step {failed.definition.name!r}: {failed.ended.reason}")


def _failure(step: StepState, outcome: Outcome) -> str:
    assert isinstance(step.definition, Step), "only a plain step has one outcome"
    script = step.definition.script or "the command"
    detail = f": {outcome.detail}" if outcome.detail and outcome.runs_again else ""
    return f"{script} {outcome.sentence()}{detail}"


def _words(result: Result) -> str:
    return {Result.FAILED: "failed", Result.CANCELLED: "was cancelled", Result.SKIPPED: "was skipped"}[result]
