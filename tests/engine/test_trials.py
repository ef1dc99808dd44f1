"""What becomes of single trials: retried, given by hand, taken from earlier searches."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pipelines import training, tutorial
from world import Log, Script, artifact, resume, run, start

from hyperstep.engine.events import (
    JobRequested,
    Point,
    Result,
    RunSubmitted,
    SearchStopRequested,
    StepEnded,
    StepReady,
    TrialAnswered,
    TrialEnded,
    TrialStopRequested,
    TrialSuggested,
)
from hyperstep.engine.job import Ending, Outcome
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.search.trial import Trial, TrialStatus

BROKEN = Outcome(ending=Ending.EXITED, code=1)


def tuning(log: Log) -> StepEnded:
    return next(event for event in log.of(StepEnded) if event.step == "1/tune")


def with_tune(pipeline: Pipeline, **changes: object) -> Pipeline:
    prep, tune, register = pipeline.steps
    return Pipeline(pipeline.name, [prep, replace(tune, **changes), register])


def fails_once(job):
    """Trial 2 fails at its first attempt."""
    script = training(job)
    return Script([Point("r2", 99.0)], outcome=BROKEN) if job.id == "1/tune/2.0" else script


def test_a_failed_trial_is_run_again_as_often_as_is_allowed():
    log, world = start(
        tutorial(retries=2), lambda job: Script(outcome=BROKEN) if "/tune/1." in job.id else training(job)
    )
    run(log, world)

    attempts = [event.job.id for event in log.of(JobRequested) if "/tune/1." in event.job.id]
    assert attempts == ["1/tune/1.0", "1/tune/1.1", "1/tune/1.2"]
    assert next(e for e in log.of(TrialEnded) if e.number == 1).status is TrialStatus.FAILED


def test_what_a_failed_attempt_reported_does_not_count():
    log, world = start(tutorial(retries=1), fails_once)
    run(log, world)

    second = next(e for e in log.of(TrialEnded) if e.number == 2)
    assert second.status is TrialStatus.COMPLETED
    assert second.score < 2


@pytest.mark.parametrize("lost", [False, True])
def test_a_search_with_retries_cut_anywhere_ends_the_same(lost):
    log, world = start(tutorial(retries=1), fails_once)
    run(log, world)

    for cut in range(1, len(log.recorded)):
        again, other = resume(log.recorded[:cut], world, lost=lost)
        run(again, other)
        statuses = {e.number: e.status for e in again.of(TrialEnded)}
        assert set(statuses.values()) == {TrialStatus.COMPLETED}, f"cut after event {cut}"
        assert (tuning(again).best, tuning(again).result) == (tuning(log).best, Result.COMPLETED)


def test_a_search_ends_when_too_large_a_share_of_its_trials_fails():
    def most_fail(job):
        good = job.id.startswith("1/tune/0.") or "/tune/" not in job.id
        return training(job, reports=1) if good else Script(outcome=BROKEN)

    log, world = start(tutorial(trials=50, failed_share=0.6), most_fail)
    state = run(log, world)

    assert state.ended.result is Result.COMPLETED
    assert len(log.of(TrialSuggested)) < 8
    assert any("trials failed" in note for note in tuning(log).notes)


def test_values_given_by_hand_come_first():
    pipeline = with_tune(tutorial(trials=4), first=[{"alpha": 0.3}, {"alpha": 0.9}])
    log, world = start(pipeline, training)
    run(log, world)

    values = [event.values["alpha"] for event in log.of(TrialSuggested)]
    plain, other = start(tutorial(trials=4), training)
    run(plain, other)
    assert values[:2] == [0.3, 0.9]
    assert values[2:] == [event.values["alpha"] for event in plain.of(TrialSuggested)][2:]
    assert tuning(log).best == 0


def test_a_trial_that_an_earlier_search_completed_is_taken_and_not_run():
    earlier, world = start(tutorial(), training)
    run(earlier, world)
    log, other = start(tutorial(trials=6), training)
    keys = {event.number: event.key for event in earlier.of(TrialSuggested)}
    scores = {0: (0.1, 0.2), 1: (0.9, 99.0), 2: (0.3,), 3: (0.2,)}
    outputs = {"outputs/model": artifact("taken")}
    other.trials = {
        key: TrialAnswered(step="", number=0, found=f"1/tune/{number}", scores=scores[number], outputs=outputs)
        for number, key in keys.items()
    }
    state = run(log, other)

    assert state.ended.result is Result.COMPLETED
    assert [job for job in other.starts if "/tune/" in job] == ["1/tune/4.0", "1/tune/5.0"]
    assert tuning(log).best == 1
    assert tuning(log).outputs["outputs/model"] == artifact("taken")
    assert {e.number: e.status for e in log.of(TrialEnded)} == dict.fromkeys(range(6), TrialStatus.COMPLETED)


def test_a_search_that_takes_earlier_trials_cut_anywhere_ends_the_same():
    log, world = start(tutorial(trials=5), training)
    first = next(iter(log_keys(log, world).values()))
    world.trials = {
        first: TrialAnswered(
            step="", number=0, found="0/tune/0", scores=(0.5,), outputs={"outputs/model": artifact("m")}
        )
    }
    log, fresh = start(tutorial(trials=5), training)
    fresh.trials = world.trials
    run(log, fresh)

    for cut in range(1, len(log.recorded)):
        again, other = resume(log.recorded[:cut], fresh, lost=True)
        run(again, other)
        assert not any("/tune/0." in job for job in other.starts)
        assert tuning(again).best == tuning(log).best, f"cut after event {cut}"


def log_keys(log: Log, world) -> dict[int, str]:
    run(log, world)
    return {event.number: event.key for event in log.of(TrialSuggested)}


def test_trials_of_the_same_values_on_other_data_have_other_keys():
    one, world = start(tutorial(), training)
    keys = log_keys(one, world)
    other, second = start(tutorial(), training)
    other.recorded[0] = replace(
        other.recorded[0],
        event=replace(other.recorded[0].event, sources={".": artifact("other code")}),
    )
    others = log_keys(other, second)

    assert set(keys.values()).isdisjoint(others.values())
    assert all(keys.values())


def test_a_step_that_is_not_to_be_reused_asks_for_no_earlier_trial():
    log, world = start(with_tune(tutorial(), reuse=False), training)
    run(log, world)

    assert {event.key for event in log.of(TrialSuggested)} == {""}
    assert next(e for e in log.of(StepReady) if e.step == "1/tune").trials == ""


def test_a_sampler_and_a_policy_see_the_trials_of_the_searches_that_are_resumed_from():
    prior = (Trial(number=0, values={"alpha": 0.3}, scores=(5.0,), status=TrialStatus.COMPLETED),)
    log, world = start(tutorial(), training, prior={"tune": prior})
    state = run(log, world)

    assert isinstance(log.recorded[0].event, RunSubmitted)
    assert state.steps["tune"].tuning.history.prior == prior
    assert tuning(log).best is not None


def asked_at(moment, event, *, trials=7, behaviour=training):
    """A run in which somebody asks for something once its log has so many events."""
    log, world = start(tutorial(trials=trials), behaviour)
    run(log, world, asked={moment: event})
    return log


def told_on(log, moment):
    """True if there was still something to stop at that moment."""
    return not any(isinstance(event, StepEnded) and event.step == "1/tune" for event in log.events[:moment])


@pytest.mark.parametrize("moment", range(4, 60))
def test_a_trial_that_a_person_stops_counts_as_stopped_and_the_others_go_on(moment):
    log = asked_at(moment, TrialStopRequested(step="1/tune", number=1, by="Ann"))
    first = next((at for at, e in enumerate(log.events) if isinstance(e, TrialSuggested) and e.number == 1), None)
    ended = {event.number: event for event in log.of(TrialEnded)}
    over = next(at for at, e in enumerate(log.events) if isinstance(e, TrialEnded) and e.number == 1) < moment

    assert first is not None
    if first < moment and not over:
        assert (ended[1].status, ended[1].reason) in [
            (TrialStatus.STOPPED, "it was stopped by Ann"),
            (TrialStatus.COMPLETED, ""),  # its script ended before it was told to
        ]
    else:
        assert ended[1].status is TrialStatus.COMPLETED
    assert len(ended) == 7
    assert tuning(log).result is Result.COMPLETED


@pytest.mark.parametrize("moment", range(8, 60))
def test_a_search_that_a_person_stops_tries_nothing_more_and_keeps_its_best(moment):
    log = asked_at(moment, SearchStopRequested(step="1/tune"))
    at = next((n for n, event in enumerate(log.events) if isinstance(event, SearchStopRequested)), None)
    later = [event for event in log.events[at:] if isinstance(event, TrialSuggested)] if at is not None else []

    assert later == []
    assert tuning(log).result is (Result.COMPLETED if log.of(TrialSuggested) else Result.FAILED)
    if at is not None and told_on(log, at) and len(log.of(TrialSuggested)) < 7:
        assert "the search ended early: the search was stopped by hand" in tuning(log).notes


def test_a_trial_that_is_due_for_another_attempt_gets_none_once_a_person_stops_it():
    def behaviour(job):
        return Script(outcome=BROKEN) if "/tune/1." in job.id else training(job)

    log, world = start(tutorial(retries=50), behaviour)
    run(log, world, asked={80: TrialStopRequested(step="1/tune", number=1)})
    ended = next(e for e in log.of(TrialEnded) if e.number == 1)

    assert ended.status is TrialStatus.STOPPED
    assert len([e for e in log.of(JobRequested) if "/tune/1." in e.job.id]) < 50
