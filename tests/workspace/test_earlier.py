"""What a new search takes and learns from earlier ones, with real trials."""

from __future__ import annotations

import pytest

import hyperstep
from hyperstep import BanditPolicy, Limits, RandomSampler, Workspace, minimize, uniform
from hyperstep.engine.events import RunSubmitted
from hyperstep.errors import NotFound, SubmissionError
from hyperstep.store import queries


def test_a_longer_search_computes_only_the_trials_that_are_new(make, trained):
    hyperstep.run(make(limits=Limits(trials=2)))
    assert trained() == [1, 2]
    longer = hyperstep.run(make(limits=Limits(trials=4)))

    assert trained() == [3, 4]
    assert [trial.taken for trial in sorted(longer.trials(), key=lambda t: t.number)] == [
        "1/tune/0",
        "1/tune/1",
        "",
        "",
    ]
    assert longer.best().score == 1.0
    assert longer.best().metrics == {"score": 1.0, "other": 2.0}


def test_a_changed_script_computes_every_trial_anew(make, trained, project):
    hyperstep.run(make(limits=Limits(trials=2)))
    trained()
    script = project / "steps" / "train.py"
    script.write_text(script.read_text() + "\n# changed\n")
    hyperstep.run(make(limits=Limits(trials=3)))

    assert trained() == [1, 2, 3]


def test_fresh_computes_every_trial_anew(make, trained):
    hyperstep.run(make())
    trained()
    hyperstep.run(make(), fresh=True)

    assert trained() == [1, 2, 3, 4]


def test_trials_are_added_to_a_finished_search(make, trained):
    space = {"x": uniform(0, 4)}
    first = hyperstep.run(make(space=space, sampler=RandomSampler(seed=3), limits=Limits(trials=3)))
    values = {trial.number: trial.values for trial in first.trials()}
    trained()
    with Workspace.open() as workspace:
        run = workspace.extend("1", 2)
        workspace.drive(run)
        trials = queries.trials(workspace.store.db, f"{run}/tune")

    assert len(trained()) == 2
    assert {trial.number: trial.values for trial in trials[:3]} == values
    assert [bool(trial.taken) for trial in trials] == [True, True, True, False, False]


def test_trials_that_the_policy_stopped_are_not_computed_again_by_an_extension(make, trained, project):
    script = project / "steps" / "train.py"
    script.write_text(script.read_text().replace("step=epoch)", "step=epoch); import time; time.sleep(0.2)"))
    policy = BanditPolicy(slack_amount=0.5)
    hyperstep.run(make(policy=policy, limits=Limits(trials=3, concurrent=1)))
    trained()
    with Workspace.open() as workspace:
        states = [trial.state for trial in queries.trials(workspace.store.db, "1/tune")]
        run = workspace.extend("1/tune", 1)
        workspace.drive(run)
        again = queries.trials(workspace.store.db, f"{run}/tune")

    assert states == ["completed", "completed", "stopped"]
    assert [trial.state for trial in again][:3] == states
    assert again[2].reason
    assert trained() == [4]


def test_a_search_that_has_not_ended_or_is_none_is_not_extended(make):
    hyperstep.run(make())
    with Workspace.open() as workspace:
        workspace.submit(make())
        with pytest.raises(SubmissionError, match="hasn't ended"):
            workspace.extend("2", 1)
        with pytest.raises(SubmissionError, match="isn't a tuning step"):
            workspace.extend("1/prepare", 1)
        with pytest.raises(NotFound, match="no run '7'"):
            workspace.extend("7", 1)


def test_a_search_learns_from_the_trials_of_earlier_ones(make):
    hyperstep.run(make(limits=Limits(trials=2)))
    with Workspace.open() as workspace:
        run = workspace.submit(make(resume_from=["1/tune"]))
        (submitted,) = (one.event for one in queries.events(workspace.store.db, run, [RunSubmitted]))

    prior = submitted.prior["tune"]
    assert [(trial.values, trial.scores) for trial in prior] == [
        ({"x": 1}, (-2.0, -1.0, 0.0)),
        ({"x": 2}, (-1.0, 0.0, 1.0)),
    ]


def test_a_search_of_another_metric_or_goal_is_nothing_to_resume_from(make):
    hyperstep.run(make(limits=Limits(trials=1)))
    with Workspace.open() as workspace, pytest.raises(SubmissionError, match="minimize 'score'"):
        workspace.submit(make(metric=minimize("score"), resume_from=["1/tune"]))
