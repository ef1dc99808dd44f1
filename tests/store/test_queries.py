"""What people ask, and what they are told when it isn't there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stories import SHORT, TUTORIAL, artifact, logged, requested, whole_run

from hyperstep.engine import events as e
from hyperstep.engine.events import JobStopRequested, ModelRequested, RunSubmitted, TrialEnded
from hyperstep.errors import NotFound
from hyperstep.store import queries
from hyperstep.store.sqlite import SqliteStore


@pytest.fixture
def db(store: SqliteStore):
    for _ in range(2):
        run = store.new_run(RunSubmitted(pipeline=TUTORIAL, parameters={"size": 0.25}, origin="steps.py"))
        *told, wish = whole_run(run)
        store.append(run, [*told, wish])
        store.register(run, wish)
    return store.db


def test_runs_come_newest_first_and_in_pages(store):
    for _ in range(5):
        store.new_run(RunSubmitted(pipeline=SHORT))

    first = queries.runs(store.db, limit=2)
    assert [row.id for row in first] == ["5", "4"]
    assert [row.id for row in queries.runs(store.db, before=first[-1].id)] == ["3", "2", "1"]


def test_a_run_has_its_parameters_and_origin(db):
    row = queries.run(db, "2")

    assert (row.pipeline, row.parameters, row.origin, row.state) == ("tutorial", {"size": 0.25}, "steps.py", "running")


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ("2", queries.RunRow),
        ("2/tune", queries.StepRow),
        ("2/tune/1", queries.TrialRow),
        ("2/tune/1.1", queries.JobRow),
        ("2/prep-data.0", queries.JobRow),
    ],
)
def test_an_id_says_by_its_form_what_it_names(db, identity, kind):
    row = queries.describe(db, identity)

    assert (type(row), row.id) == (kind, identity)


@pytest.mark.parametrize(
    ("identity", "says"),
    [
        ("7", "no run '7'. The newest is 2."),
        ("x", "no run 'x'"),
        ("7/tune", "no run '7'"),
        ("2/tun", "no step '2/tun'. Did you mean '2/tune'"),
        ("2/tune/9", "no trial '2/tune/9'. Its trials are 0 to 2."),
        ("2/prep-data/0", "no trial '2/prep-data/0'. It has no trials."),
        ("2/tune/x", "no trial '2/tune/x'"),
        ("2/tune/1.7", "no job '2/tune/1.7'. Did you mean '2/tune/1.1'"),
        ("7/tune/1.7", "no run '7'"),
        ("\udcff", r"no run '\udcff'"),
        ("2/\udcff.0", r"no job '2/\udcff.0'"),
        ("", "no run ''"),
        ("2/tune/1/4", "no step '2/tune/1'"),
        ("2' OR 1=1 --", "no run"),
    ],
)
def test_an_id_that_names_nothing_is_answered_with_what_there_is(db, identity, says):
    with pytest.raises(NotFound) as caught:
        queries.describe(db, identity)

    assert says in str(caught.value)


def test_an_empty_workspace_says_so(store):
    with pytest.raises(NotFound, match="Nothing has been run"):
        queries.run(store.db, "1")
    assert queries.runs(store.db) == queries.models(store.db) == ()
    with pytest.raises(NotFound, match="No model has been registered yet"):
        queries.model(store.db, "ridge")


def test_trials_are_sorted_by_number_or_the_best_first_and_those_without_a_score_last(db):
    assert [row.number for row in queries.trials(db, "2/tune")] == [0, 1, 2]
    assert [row.number for row in queries.trials(db, "2/tune", order="best")] == [0, 1, 2]
    assert [row.number for row in queries.trials(db, "2/tune", order="best", limit=1)] == [0]


def test_the_smallest_score_comes_first_when_it_is_minimised(store):
    store.new_run(RunSubmitted(pipeline=SHORT))
    for number, score in enumerate([3.0, 1.0, 2.0]):
        job = f"1/tune/{number}.0"
        store.append("1", [e.TrialSuggested(step="1/tune", number=number, values={}), requested(job)])
        store.append("1", [logged(job, score, name="loss")])

    assert [row.number for row in queries.trials(store.db, "1/tune", order="best")] == [1, 2, 0]


def test_trials_of_a_step_that_is_not_there_are_not_found(db):
    with pytest.raises(NotFound):
        queries.trials(db, "2/nothing")
    assert queries.trials(db, "2/prep-data") == ()


def test_jobs_of_a_run_a_step_or_a_trial_are_in_the_order_of_their_numbers(db, store):
    for number in range(3, 12):
        store.append("2", [requested(f"2/tune/{number}.0")])
    store.append("2", [requested("2/tune-2.0"), requested("20/tune/0.0")])

    assert [row.id for row in queries.jobs(db, "2/tune/1")] == ["2/tune/1.0", "2/tune/1.1"]
    assert [row.id for row in queries.jobs(db, "2/tune")] == [
        *("2/tune/0.0", "2/tune/1.0", "2/tune/1.1", "2/tune/2.0"),
        *(f"2/tune/{number}.0" for number in range(3, 12)),
    ]
    assert [row.id for row in queries.jobs(db, "2/prep-data")] == ["2/prep-data.0"]
    assert len(queries.jobs(db, "2")) == 1 + 13 + 1


def test_metric_names_are_those_of_a_job_or_of_all_below(db):
    assert queries.metric_names(db, "2/tune/0.0") == ("r2", "loss")
    assert queries.metric_names(db, "2/tune/1") == ("r2",)
    assert queries.metric_names(db, "2/tune") == queries.metric_names(db, "2") == ("r2", "loss")
    assert queries.metric_names(db, "2/prep-data") == ()


def test_metrics_of_one_name_or_of_all(db):
    assert [(row.name, row.value) for row in queries.metrics(db, "2/tune/0.0")] == [
        ("r2", 0.1), ("r2", 0.3), ("r2", 0.2), ("loss", 9.0),
    ]  # fmt: skip
    assert [row.value for row in queries.metrics(db, "2/tune/0.0", "loss")] == [9.0]
    assert queries.metrics(db, "2/tune/0.0", "nothing") == ()


def test_artifacts_of_a_job_with_their_members(db):
    (row,) = queries.artifacts(db, "2/tune/0.0")

    assert (row.name, row.artifact) == ("outputs", artifact(5))
    assert [(member.path, member.size) for member in row.members] == [("model.pkl", 10)]


def test_why_a_trial_was_stopped_is_an_event_of_its_run(db):
    found = queries.events(db, "2", [JobStopRequested, TrialEnded])

    assert [type(one.event) for one in found] == [TrialEnded, TrialEnded, JobStopRequested, TrialEnded]
    assert found[2].event.reason == "-inf is below 0.27"
    assert {one.run for one in queries.events(db, "2")} == {"2"}


def test_models_are_found_by_newest_version_number_and_alias(db, store):
    store.register("2", ModelRequested(request="x", name="lasso", artifact=artifact(1), aliases=("1st",)))

    assert [(row.name, row.version) for row in queries.models(db)] == [("lasso", 1), ("ridge", 2)]
    assert [row.version for row in queries.model_versions(db, "ridge")] == [2, 1]
    assert queries.model(db, "ridge").version == queries.model(db, "ridge", "production").version == 2
    assert queries.model(db, "ridge", 1).version == queries.model(db, "ridge", "1").version == 1
    assert queries.model(db, "lasso", "1st") == queries.model(db, "lasso", 1)


@pytest.mark.parametrize("version", [3, "3", "staging", "\udcff"])
def test_a_version_that_is_not_there_is_answered_with_those_that_are(db, version):
    with pytest.raises(NotFound, match="Its newest version is 2; its aliases are 'production'"):
        queries.model(db, "ridge", version)


def test_rows_are_read_by_another_connection_that_can_only_read(db, path):
    with SqliteStore(path, read_only=True) as reader:
        assert queries.trials(reader.db, "2/tune") == queries.trials(db, "2/tune")
        assert replace(queries.model(reader.db, "ridge"), tags={}).tags == {}
