"""How much of a search's differences in score each parameter explains."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.search.distributions import choice, loguniform, uniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.importance import FEWEST, importance
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial, TrialStatus

SPACE = SearchSpace({"rate": loguniform(-9, 0), "depth": choice(1, 2, 3), "noise": uniform(0, 1)})


def searched(score, trials: int, space: SearchSpace = SPACE) -> list[Trial]:
    history = History(Goal.MAXIMIZE)
    for number in range(trials):
        values = RandomSampler(seed=1).suggest(space, history)
        history.suggest(number, values)
        history.report(number, score(values))
        history.end(number, TrialStatus.COMPLETED)
    return list(history.finished)


def test_a_parameter_that_decides_alone_explains_nearly_all():
    found = importance(SPACE, searched(lambda v: -((math.log(v["rate"]) + 4) ** 2), 200), Goal.MAXIMIZE)

    assert next(iter(found)) == "rate"
    assert found["rate"] > 0.85
    assert found["depth"] < 0.05
    assert found["noise"] < 0.05


def test_of_two_parameters_the_stronger_comes_first():
    found = importance(SPACE, searched(lambda v: 3 * v["depth"] + math.log(v["rate"]) / 9, 200), Goal.MAXIMIZE)

    assert list(found)[:2] == ["depth", "rate"]
    assert found["depth"] > found["rate"] > found["noise"]


def test_noise_explains_next_to_nothing():
    generator = random.Random(3)
    found = importance(SPACE, searched(lambda v: generator.random(), 300), Goal.MAXIMIZE)

    assert max(found.values()) < 0.08


def test_one_disaster_does_not_hide_the_rest():
    trials = searched(lambda v: -((math.log(v["rate"]) + 4) ** 2), 100)
    ruined = [Trial(number=0, values=trials[0].values, scores=(-1e300,), status=TrialStatus.COMPLETED), *trials[1:]]

    assert importance(SPACE, ruined, Goal.MAXIMIZE)["rate"] > 0.8


def test_a_few_trials_tell_nothing():
    assert importance(SPACE, searched(lambda v: v["noise"], FEWEST - 1), Goal.MAXIMIZE) == {}


@pytest.mark.parametrize("goal", Goal)
def test_scores_that_are_no_numbers_are_left_out(goal):
    trials = searched(lambda v: math.nan if v["depth"] == 1 else v["noise"], 200)
    found = importance(SPACE, trials, goal)

    assert next(iter(found)) == "noise"


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=40))
def test_a_share_is_always_between_0_and_1(scores):
    values = searched(lambda v: 0.0, max(1, len(scores)))
    trials = [
        Trial(number=t.number, values=t.values, scores=(score,), status=t.status)
        for t, score in zip(values, scores, strict=False)
    ]
    found = importance(SPACE, trials, Goal.MINIMIZE)

    assert all(0 <= share <= 1 for share in found.values())
    assert set(found) in (set(), set(SPACE.names))
