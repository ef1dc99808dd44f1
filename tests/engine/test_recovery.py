"""Cut any finished log after any event; resumed, it ends the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines import training, tutorial
from world import Log, Script, World, artifact, resume, run, start

from hyperstep.engine.events import (
    JobEnded,
    JobRequested,
    ModelRegistered,
    ModelRequested,
    Point,
    Recorded,
    Result,
    StepEnded,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.ids import owner_of
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.engine.state import RunState
from hyperstep.pipeline.data import JobName, Joined, Output, TrialTable
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step
from hyperstep.search.distributions import choice, uniform
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.trial import TrialStatus


@cache
def finished(policy: bool, table: bool) -> tuple[tuple[Recorded, ...], World]:
    chosen = BanditPolicy(slack_amount=0.02) if policy else None
    log, world = start(tutorial(trials=7, policy=chosen, table=table), training)
    run(log, world)
    return tuple(log.recorded), world


def result(log: Log) -> dict[str, object]:
    """What a person would call the result of a run."""
    ended = {e.step: (e.result, e.best, e.outputs) for e in log.of(StepEnded)}
    values = {e.number: e.values for e in log.of(TrialSuggested)}
    models = [(e.name, e.version) for e in log.of(ModelRegistered)]
    return {"steps": ended, "values": values, "models": models}


def check_accounting(log: Log) -> None:
    """Each job ends once; no trial whose job ended by itself is run again; each trial is closed once."""
    ends = [e.job for e in log.of(JobEnded)]
    assert len(ends) == len(set(ends))
    done = {owner_of(e.job) for e in log.of(JobEnded) if e.outcome.ending is not Ending.LOST}
    wasted = [
        e.job.id
        for position, e in enumerate(log.events)
        if isinstance(e, JobRequested)
        and any(
            isinstance(x, JobEnded) and owner_of(x.job) == owner_of(e.job.id) and x.outcome.ending is not Ending.LOST
            for x in log.events[:position]
        )
    ]
    assert wasted == []
    closed = [e.number for e in log.of(TrialEnded)]
    assert sorted(closed) == sorted(e.number for e in log.of(TrialSuggested))
    assert done >= {f"1/tune/{number}" for number in closed}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("table", [False, True])
def test_a_log_cut_after_any_event_and_resumed_ends_the_same(lost, table):
    whole, before = finished(False, table)
    expected = result(Log(whole))

    for cut in range(1, len(whole)):
        log, world = resume(whole[:cut], before, lost=lost)
        run(log, world)
        assert result(log) == expected, f"cut after event {cut}"
        check_accounting(log)


@cache
def told() -> tuple[tuple[Recorded, ...], World]:
    """A run whose jobs learn from variables, with two tables of trials and a command among its steps."""
    (prep, tune, register) = tutorial(trials=5).steps
    prep = replace(prep, variables={"RUN": JobName("{run}/{step}/{attempt}"), "MORE": Output("more")})
    train = replace(tune.step, variables={"MORE": prep.output("more"), "ME": Joined(["a-", JobName("{trial}")])})
    tune = replace(tune, step=train, variables="SWEEP_")
    tables = {"OURS": tune.trial_table(), "THEIRS": TrialTable("tune", "HD_{trial}")}
    report = Step(command="sh report.sh", name="report", variables={**tables, "OUT": Output("page")})
    last = Step("last.py", variables={"PAGE": report.output("page")})
    log, world = start(Pipeline("told", [last, report, prep, tune, register]), training)
    run(log, world)
    return tuple(log.recorded), world


def orders(log: Log) -> dict[str, Job]:
    """The first order to run each step and trial."""
    return {owner_of(e.job.id): e.job for e in log.of(JobRequested) if e.job.id.endswith(".0")}


@pytest.mark.parametrize("lost", [False, True])
def test_jobs_that_are_told_names_and_paths_are_told_the_same_wherever_the_log_is_cut(lost):
    whole, before = told()
    expected = Log(whole)
    assert {e.step: e.result for e in expected.of(StepEnded)}["1/last"] is Result.COMPLETED

    for cut in range(1, len(whole)):
        log, world = resume(whole[:cut], before, lost=lost)
        run(log, world)
        assert (result(log), orders(log)) == (result(expected), orders(expected)), f"cut after event {cut}"
        check_accounting(log)


@pytest.mark.parametrize("lost", [False, True])
def test_a_run_that_is_not_to_go_on_cut_anywhere_ends_with_its_failed_step(lost):
    def behaviour(job: Job) -> Script:
        bad = Script(points=[Point("loss", 1.0)] * 3, outcome=Outcome(ending=Ending.EXITED, code=3))
        return bad if job.script == "bad.py" else training(job)

    whole, before = start(Pipeline("stops", [Step("bad.py"), *tutorial(trials=50).steps]), behaviour, keep_going=False)
    ended = run(whole, before).ended

    for cut in range(1, len(whole.recorded)):
        log, world = resume(whole.recorded[:cut], before, lost=lost)
        state = run(log, world)
        assert (state.ended, state.jobs) == (ended, {}), f"cut after event {cut}"
        closed = [e.number for e in log.of(TrialEnded)]
        assert sorted(closed) == sorted(e.number for e in log.of(TrialSuggested))


def test_a_model_that_a_person_registered_in_the_middle_of_a_run_changes_nothing_else():
    whole, before = finished(False, False)
    expected = result(Log(whole))
    wish = ModelRequested(request="hand/1", name="mine", artifact=artifact("mine"), trial="1/tune/0")
    grant = ModelRegistered(request="hand/1", name="mine", version=1)

    for cut in range(1, len(whole)):
        between = Log(whole[:cut])
        between.append(wish)
        between.append(grant)
        log, world = resume(between.recorded, before, lost=False)
        run(log, world)
        found = result(log)
        models = sorted([("mine", 1), *expected["models"]])
        assert {**found, "models": sorted(found["models"])} == {**expected, "models": models}, f"cut after event {cut}"


@pytest.mark.parametrize("lost", [False, True])
def test_a_log_with_early_stops_cut_anywhere_suggests_the_same_and_closes_each_trial_once(lost):
    whole, before = finished(True, False)
    values = {e.number: e.values for e in Log(whole).of(TrialSuggested)}

    for cut in range(1, len(whole)):
        log, world = resume(whole[:cut], before, lost=lost)
        run(log, world)
        assert {e.number: e.values for e in log.of(TrialSuggested)} == values, f"cut after event {cut}"
        check_accounting(log)


@given(cuts=st.lists(st.integers(0, 60), min_size=1, max_size=6), lost=st.lists(st.booleans(), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_run_cut_again_and_again_also_in_its_resumes_ends_the_same(cuts, lost):
    whole, before = finished(False, False)
    recorded: tuple[Recorded, ...] = whole[: 2 + cuts[0]]
    for more, gone in zip(cuts, lost, strict=False):
        log, world = resume(recorded, before, lost=gone)
        run(log, world)
        recorded = tuple(log.recorded[: len(recorded) + 1 + more])
    log, world = resume(recorded, before, lost=False)
    run(log, world)

    assert result(log) == result(Log(whole))
    check_accounting(log)


def test_folding_the_same_events_twice_gives_the_same_decisions():
    whole, _ = finished(True, False)

    for cut in range(1, len(whole), 5):
        one, other = RunState("1", whole[:cut]), RunState("1", whole[:cut])
        assert {s.id: s.ended for s in one.steps.values()} == {s.id: s.ended for s in other.steps.values()}
        assert one.jobs.keys() == other.jobs.keys()


def test_after_a_boot_a_search_keeps_the_time_that_it_had_left():
    log, world = start(tutorial(trials=100, duration=30.0), training)
    run(log, world)
    cut = next(i for i, one in enumerate(log.recorded) if isinstance(one.event, TrialSuggested)) + 10
    first = log.recorded[cut - 10].elapsed
    used = log.recorded[cut - 1].elapsed - first

    resumed, _ = resume(log.recorded[:cut], world, lost=True, boot="b")
    booted = resumed.recorded[cut].elapsed
    state = RunState("1", resumed.recorded[: cut + 1])
    assert state.steps["tune"].tuning.since == pytest.approx(booted - used)


@pytest.mark.parametrize("lost", [False, True])
def test_a_bayesian_search_with_early_stops_cut_anywhere_makes_the_same_suggestions(lost):
    pipeline = tutorial(
        trials=12,
        concurrent=1,
        sampler=BayesianSampler(seed=3, startup=4),
        policy=BanditPolicy(slack_amount=0.05),
        space={"alpha": uniform(0, 1), "kind": choice("a", "b", "c")},
    )
    whole, before = start(pipeline, training)
    run(whole, before)
    values = {e.number: e.values for e in whole.of(TrialSuggested)}
    stopped = {e.number for e in whole.of(TrialEnded) if e.status is TrialStatus.STOPPED}

    assert stopped
    for cut in range(1, len(whole.recorded), 2):
        log, world = resume(whole.recorded[:cut], before, lost=lost)
        run(log, world)
        assert {e.number: e.values for e in log.of(TrialSuggested)} == values, f"cut after event {cut}"
        assert {e.number for e in log.of(TrialEnded) if e.status is TrialStatus.STOPPED} == stopped
