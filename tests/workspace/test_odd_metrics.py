"""Scripts that log what is no number, or hardly one: each value is kept as given, and none of them is ever best."""

from __future__ import annotations

import math

import pytest

from hyperstep import Limits, Pipeline, Source, Step, TuneStep, Workspace, choice, maximize, minimize
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.store import queries

TRAIN = """
import argparse, math
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--logs")
logs = parser.parse_args().logs
values = {
    "numbers": [0.5, 0.75, 0.625],
    "nan": [math.nan, math.nan],
    "inf": [math.inf, -math.inf],
    "both": [math.nan, 0.25, math.inf],
    "none": [0.125, None],
    "text": [0.125, "0.99"],
    "long": [0.125, 10**400],
}
for value in values[logs]:
    tracking.metric("score", value)
"""
KEPT = {
    "numbers": [0.5, 0.75, 0.625],
    "nan": [math.nan, math.nan],
    "inf": [math.inf, -math.inf],
    "both": [math.nan, 0.25, math.inf],
    "none": [0.125],
    "text": [0.125],
    "long": [0.125],
}
REFUSED = {"none", "text", "long"}  # an error in the script that logs it, which says what to log instead


def searched(project, **settings):
    """The trials of a search over all of these scripts, and what was kept of each one's metric."""
    (project / "steps" / "train.py").write_text(TRAIN)
    limits = Limits(trials=len(KEPT), concurrent=2, first_failures=0)
    tune = TuneStep(
        Step("train.py", source=Source("steps")), name="tune", space={"logs": choice(*KEPT)}, limits=limits, **settings
    )
    with Workspace.open() as workspace:
        ended = workspace.drive(workspace.submit(Pipeline("odd", [tune])))
        trials = {trial.values["logs"]: trial for trial in queries.trials(workspace.store.db, "1/tune")}
        kept = {
            logs: [row.value for row in queries.metrics(workspace.store.db, trial.job, "score")]
            for logs, trial in trials.items()
        }
    return ended, trials, kept


@pytest.mark.parametrize(
    ("sampler", "policy"),
    [
        (GridSampler(), NoPolicy()),
        (RandomSampler(), BanditPolicy(slack_factor=0.1)),
        (SobolSampler(), MedianStoppingPolicy()),
        (BayesianSampler(startup=2), TruncationSelectionPolicy(50)),
        (RandomSampler(seed=1), AshaPolicy(eta=2, first_rung=1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_value_is_kept_and_only_a_number_is_best(project, sampler, policy):
    ended, trials, kept = searched(project, metric=maximize("score"), sampler=sampler, policy=policy)

    assert ended.result.value == "completed"
    assert set(trials) == set(KEPT)
    for logs, values in kept.items():
        assert list(map(repr, values)) == list(map(repr, KEPT[logs][: len(values)]))
        assert len(values) == len(KEPT[logs]) or trials[logs].state == "stopped"
    assert all(trials[logs].best_score is None for logs in ("nan", "inf"))
    assert {logs for logs, trial in trials.items() if trial.state == "failed"} <= REFUSED
    assert trials["numbers"].best_score == 0.75


@pytest.mark.parametrize("metric", [maximize("score"), minimize("score")], ids=lambda metric: metric.goal.value)
def test_the_best_is_a_trial_that_logged_numbers_and_completed(project, metric):
    _, trials, _ = searched(project, metric=metric, sampler=GridSampler())

    with Workspace.open() as workspace:
        best = queries.step(workspace.store.db, "1/tune").best
    winner = "numbers" if metric == maximize("score") else "both"  # less is better: 0.25, as what failed doesn't count
    assert best == trials[winner].number
    assert {logs for logs, trial in trials.items() if trial.state == "failed"} == REFUSED
    assert all("exit code 1" in trials[logs].reason for logs in REFUSED)
