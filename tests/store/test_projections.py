"""What the rows say after each event."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import SHORT, TUTORIAL, artifact, ended, floats, logged, requested, whole_run

from hyperstep.engine import events as e
from hyperstep.engine.events import Result, RunSubmitted
from hyperstep.engine.job import Ending
from hyperstep.search.goal import Goal
from hyperstep.search.trial import TrialStatus
from hyperstep.store import queries
from hyperstep.store.sqlite import SqliteStore


def submitted(store: SqliteStore, pipeline=TUTORIAL) -> str:
    return store.new_run(RunSubmitted(pipeline=pipeline))


def trial(store: SqliteStore, *told) -> queries.TrialRow:
    """The only trial of a run of `tune`, after these events."""
    run = submitted(store)
    store.append(run, [e.TrialSuggested(step=f"{run}/tune", number=0, values={}), requested(f"{run}/tune/0.0")])
    store.append(run, list(told))
    return queries.trial(store.db, f"{run}/tune/0")


def test_a_submitted_run_has_all_its_steps_waiting(store):
    run = submitted(store)

    steps = queries.steps(store.db, run)
    assert queries.run(store.db, run).state == "submitted"
    assert [(step.id, step.kind, step.state) for step in steps] == [
        ("1/prep-data", "step", "waiting"),
        ("1/tune", "tune", "waiting"),
        ("1/register-ridge", "register", "waiting"),
        ("1/report", "step", "waiting"),
    ]
    assert (steps[1].metric, steps[1].goal) == ("r2", "maximize")


def test_a_run_runs_once_a_driver_has_taken_it_up_and_ends_once(store):
    run = submitted(store)
    states = []
    for event in (
        e.DriverStarted(pid=1),
        e.RunEnded(result=Result.FAILED, reason="why"),
        e.DriverStarted(pid=2),
        e.RunEnded(result=Result.COMPLETED),
    ):
        store.append(run, [event])
        row = queries.run(store.db, run)
        states.append((row.state, row.reason))

    assert states == [("running", ""), ("failed", "why"), ("failed", "why"), ("failed", "why")]


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ({"result": Result.COMPLETED}, "completed"),
        ({"result": Result.COMPLETED, "reused": "0/tune"}, "reused"),
        ({"result": Result.SKIPPED}, "skipped"),
        ({"result": Result.FAILED, "reason": "why"}, "failed"),
    ],
)
def test_a_step_waits_runs_and_ends(store, end, state):
    run = submitted(store)
    store.append(run, [e.StepReady(step="1/tune", fingerprint="f")])
    running = queries.step(store.db, "1/tune")
    store.append(run, [e.StepEnded(step="1/tune", best=2, notes=("a", "b"), **end)])

    step = queries.step(store.db, "1/tune")
    assert (running.state, running.ended_at, step.state, step.best, step.notes) == (
        "running",
        None,
        state,
        2,
        ("a", "b"),
    )
    assert (step.reused, step.reason) == (end.get("reused", ""), end.get("reason", ""))
    assert step.ready_at <= step.ended_at


def test_reports_of_the_primary_metric_are_counted_and_the_best_is_kept(store):
    row = trial(
        store, logged("1/tune/0.0", 0.1, 0.3), logged("1/tune/0.0", 5.0, name="loss"), logged("1/tune/0.0", 0.2)
    )

    assert (row.reports, row.best_score, row.last_score) == (3, 0.3, 0.2)


def test_the_smallest_score_is_best_when_it_is_minimised(store):
    run = submitted(store, SHORT)
    store.append(run, [e.TrialSuggested(step="1/tune", number=0, values={}), requested("1/tune/0.0")])
    store.append(run, [logged("1/tune/0.0", 3.0, 1.0, 2.0, name="loss")])

    assert queries.trial(store.db, "1/tune/0").best_score == 1.0


def test_nan_is_a_report_and_the_last_score_but_never_the_best(store):
    row = trial(store, logged("1/tune/0.0", math.nan))

    assert (row.reports, row.best_score) == (1, None)
    assert math.isnan(row.last_score)


def test_a_trial_that_never_reported_has_no_last_score(store):
    assert trial(store).last_score is None


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(floats, min_size=1, max_size=4), min_size=1, max_size=5), st.sampled_from([TUTORIAL, SHORT]))
def test_the_best_score_is_the_best_finite_one_however_reports_are_batched(tmp_path_factory, batches, pipeline):
    tune = next(step for step in pipeline.steps if step.name == "tune")
    with SqliteStore(tmp_path_factory.mktemp("store") / "hyperstep.db") as store:
        run = submitted(store, pipeline)
        store.append(run, [e.TrialSuggested(step="1/tune", number=0, values={}), requested("1/tune/0.0")])
        for batch in batches:
            store.append(run, [logged("1/tune/0.0", *batch, name=tune.metric.name)])
        row = queries.trial(store.db, "1/tune/0")
        points = queries.metrics(store.db, "1/tune/0.0")

    scores = [score for batch in batches for score in batch]
    finite = [score for score in scores if math.isfinite(score)]
    best = None if not finite else max(finite) if tune.metric.goal is Goal.MAXIMIZE else min(finite)
    assert row.reports == len(scores)
    assert row.best_score == best
    assert repr([point.value for point in points]) == repr([score + 0.0 for score in scores])  # SQLite has no -0.0
    assert [point.number for point in points] == list(range(len(scores)))


def test_what_an_earlier_attempt_reports_does_not_count(store):
    row = trial(
        store,
        logged("1/tune/0.0", 0.9),
        ended("1/tune/0.0", Ending.LOST),
        requested("1/tune/0.1"),
        logged("1/tune/0.0", 0.8),
        logged("1/tune/0.1", 0.1),
    )

    assert (row.job, row.reports, row.best_score, row.seconds) == ("1/tune/0.1", 1, 0.1, None)
    assert len(queries.metrics(store.db, "1/tune/0.0")) == 2


def test_a_trial_that_takes_an_earlier_result_has_its_scores_and_its_job(store):
    earlier = trial(store, logged("1/tune/0.0", 0.4, 0.3), ended("1/tune/0.0", seconds=2.5))
    run = submitted(store)
    store.append(run, [e.TrialSuggested(step=f"{run}/tune", number=0, values={})])
    store.append(run, [e.TrialAnswered(step=f"{run}/tune", number=0, found=earlier.id, scores=(0.4, 0.3))])

    row = queries.trial(store.db, f"{run}/tune/0")
    assert (row.taken, row.job) == ("1/tune/0", "1/tune/0.0")
    assert (row.reports, row.best_score, row.last_score, row.seconds) == (2, 0.4, 0.3, 2.5)


def test_a_trial_that_finds_no_earlier_result_stays_as_it_is(store):
    row = trial(store, e.TrialAnswered(step="1/tune", number=0))

    assert (row.taken, row.job, row.reports) == ("", "1/tune/0.0", 0)


@pytest.mark.parametrize("status", [status for status in TrialStatus if status is not TrialStatus.RUNNING])
def test_a_trial_ends_as_the_engine_says(store, status):
    row = trial(
        store, ended("1/tune/0.0", seconds=2.5), e.TrialEnded(step="1/tune", number=0, status=status, reason="r")
    )

    assert (row.state, row.reason, row.seconds) == (status.value, "r", 2.5)


@pytest.mark.parametrize(
    ("ending", "code", "state"),
    [
        (Ending.EXITED, 0, "completed"),
        (Ending.EXITED, 3, "exit code 3"),
        (Ending.SIGNALLED, 9, "signal 9"),
        (Ending.TIMED_OUT, 0, "timed out"),
        (Ending.REFUSED, 0, "refused"),
    ],
)
def test_a_job_is_requested_runs_and_says_how_it_ended(store, ending, code, state):
    states = []
    for event in (
        requested("1/prep.0"),
        e.JobStarted(job="1/prep.0", pid=7, start="fork", reason="because"),
        e.JobStopRequested(job="1/prep.0", by="limit", reason="too long"),
        ended("1/prep.0", ending, code),
        ended("1/prep.0", Ending.LOST),
    ):
        store.append("1", [event])
        states.append(queries.job(store.db, "1/prep.0").state)

    row = queries.job(store.db, "1/prep.0")
    assert states == ["requested", "running", "running", state, state]
    assert (row.owner, row.pid, row.start, row.start_reason, row.code) == ("1/prep", 7, "fork", "because", code)
    assert (row.stop_reason, row.seconds) == ("too long", 1.5)
    assert row.requested_at <= row.started_at <= row.ended_at


def test_points_of_several_jobs_and_names_in_one_batch_stay_apart(store):
    store.append(
        "1", [logged("1/a.0", 1.0), logged("1/b.0", 2.0), logged("1/a.0", 3.0), logged("1/a.0", 4.0, name="x")]
    )

    assert [(p.name, p.number, p.value) for p in queries.metrics(store.db, "1/a.0")] == [
        ("r2", 0, 1.0),
        ("r2", 1, 3.0),
        ("x", 0, 4.0),
    ]
    assert [p.value for p in queries.metrics(store.db, "1/b.0", "r2")] == [2.0]


def test_a_tag_and_an_artifact_of_one_name_are_replaced_by_the_newest(store):
    for number in range(2):
        store.append("1", [e.Tagged(job="1/a.0", key="k", value=str(number), through=number)])
        store.append("1", [e.ArtifactStored(job="1/a.0", name="n", artifact=artifact(number))])

    assert queries.tags(store.db, "1/a.0") == {"k": "1"}
    assert [row.artifact for row in queries.artifacts(store.db, "1/a.0")] == [artifact(1)]


def test_text_that_sqlite_can_not_hold_is_escaped_in_rows_and_exact_in_events(store):
    event = e.Tagged(job="1/a.0", key="k\udcff", value="\ud800", through=1)
    store.append("1", [event])

    assert queries.tags(store.db, "1/a.0") == {"k\\udcff": "\\ud800"}
    assert [one.event for one in store.read()] == [event]


def test_rows_are_there_after_every_single_event_of_a_run(store):
    run = submitted(store)
    for event in whole_run(run):
        store.append(run, [event])

    assert [(row.number, row.state, row.reports, row.best_score) for row in queries.trials(store.db, "1/tune")] == [
        (0, "completed", 3, 0.3),
        (1, "failed", 2, 0.25),
        (2, "stopped", 1, None),
    ]
