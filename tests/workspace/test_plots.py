"""What was recorded, as charts take it: of real runs."""

from __future__ import annotations

import pytest

from hyperstep import BanditPolicy, Limits, RandomSampler, Workspace, choice, loguniform, minimize, uniform
from hyperstep.charts.dag import Edge
from hyperstep.charts.history import history
from hyperstep.charts.parallel import parallel
from hyperstep.errors import NotFound
from hyperstep.plots import curves_of, dag_of, importance_of, searched, trials_of
from hyperstep.search.goal import Goal
from hyperstep.search.importance import importance
from hyperstep.store.earlier import ended_trials


@pytest.fixture
def opened(project):
    with Workspace.open(project) as workspace:
        yield workspace


def test_the_trials_of_a_search_are_its_columns(opened, make):
    run = opened.submit(make())
    opened.drive(run)
    trials = trials_of(opened.store.db, f"{run}/tune")

    assert (trials.id, trials.metric, trials.goal, trials.winner) == ("1/tune", "score", Goal.MAXIMIZE, 1)
    assert list(trials.numbers) == [0, 1, 2, 3]
    assert trials.states == ["completed"] * 4
    assert trials.scores == [0.0, 1.0, 0.0, -3.0]
    assert [trials.parameters[0].text(index) for index in range(4)] == ["1", "2", "3", "4"]
    assert min(trials.starts) == 0
    assert all(seconds > 0 for seconds in trials.seconds)
    assert trials.climb == ((0, 0.0), (1, 1.0))


def test_a_reused_search_has_the_trials_of_the_earlier_one(opened, make):
    opened.drive(opened.submit(make()))
    again = opened.submit(make())
    opened.drive(again)

    assert trials_of(opened.store.db, f"{again}/tune") == trials_of(opened.store.db, "1/tune")


def test_a_search_that_has_not_begun_has_the_parameters_of_its_space(opened, make):
    run = opened.submit(
        make(space={"a": uniform(0, 1), "b": loguniform(-9, 0)}, metric=minimize("loss"), sampler=RandomSampler())
    )
    trials = trials_of(opened.store.db, f"{run}/tune")

    assert [(column.name, column.kind) for column in trials.parameters] == [("--a", "linear"), ("--b", "log")]
    assert trials.total == 0
    assert "No trial has begun yet." in history(trials)
    assert "No trial has begun yet." in parallel(trials)


def test_a_step_that_is_not_there_is_told(opened, make):
    opened.submit(make())

    with pytest.raises(NotFound, match="There is no step '1/tuna'"):
        trials_of(opened.store.db, "1/tuna")


def test_the_steps_of_a_run_are_boxes_with_what_flows_between_them(opened, make):
    run = opened.submit(make())
    opened.drive(run)
    graph = dag_of(opened.store.db, run)
    tune = graph.boxes[1]

    assert [(box.id, box.kind, box.state) for box in graph.boxes] == [
        ("1/prepare", "step", "completed"),
        ("1/tune", "tune", "completed"),
        ("1/register-tiny", "register", "completed"),
    ]
    assert (tune.done, tune.trials, tune.scores) == (4, 4, [0.0, 1.0, 1.0, 1.0])
    assert graph.edges == (
        Edge(source="1/prepare", target="1/tune", data="data"),
        Edge(source="1/tune", target="1/register-tiny", data="outputs/model"),
    )


def test_a_box_says_from_where_it_was_reused_and_what_is_known_better(opened, make):
    opened.drive(opened.submit(make()))
    again = opened.submit(make())
    opened.drive(again)
    graph = dag_of(opened.store.db, again, states={"2/register-tiny": "interrupted"})

    assert [(box.state, box.note) for box in graph.boxes] == [
        ("reused", "from run 1"),
        ("reused", "from run 1"),
        ("interrupted", ""),
    ]


def test_curves_are_what_was_reported_with_the_bound_of_the_policy(opened, make):
    run = opened.submit(make(policy=BanditPolicy(slack_amount=0.5), limits=Limits(trials=4, concurrent=1)))
    opened.drive(run)
    found = curves_of(opened.store.db, f"{run}/tune")

    assert [curve.scores for curve in found.curves[:2]] == [(-2.0, -1.0, 0.0), (-1.0, 0.0, 1.0)]
    assert found.bound == [(1, -1.5), (2, -0.5), (3, 0.5)]
    assert (found.policy, found.winner, found.total) == ("BanditPolicy", 1, 4)
    assert all(curve.reason for curve in found.curves if curve.state == "stopped")


def test_without_a_policy_there_is_no_bound(opened, make):
    run = opened.submit(make())
    opened.drive(run)
    found = curves_of(opened.store.db, f"{run}/tune")

    assert (found.bound, found.policy) == ([], "")


def test_a_search_that_has_not_begun_has_no_curves(opened, make):
    run = opened.submit(make())

    assert curves_of(opened.store.db, f"{run}/tune").curves == ()


def test_what_mattered_is_worked_out_of_the_best_scores(opened, make):
    run = opened.submit(make(space={"x": choice(*range(12))}, limits=Limits(trials=12, concurrent=4)))
    opened.drive(run)

    row, search = searched(opened.store.db, f"{run}/tune")
    found = importance_of(opened.store.db, row.id)

    assert found["x"] > 0.4
    assert found == importance(search.space, ended_trials(opened.store.db, row), search.metric.goal)
