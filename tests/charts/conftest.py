"""A search to draw: a parameter of each kind, trials in each state."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import settings

from hyperstep.charts.columns import columns_of
from hyperstep.charts.trials import Trials
from hyperstep.search.distributions import Branch, Choice, LogUniform, RandInt, Uniform
from hyperstep.search.goal import Goal
from hyperstep.search.space import SearchSpace

settings.register_profile("busy machine", deadline=None, max_examples=60)
settings.load_profile("busy machine")

Make = Callable[..., Trials]

SPACE = SearchSpace(
    {
        "alpha": Uniform(0, 1),
        "lr": LogUniform(math.log(1e-5), math.log(1e-1)),
        "depth": RandInt(10),
        "optimizer": Choice(("adam", Branch("sgd", {"momentum": Uniform(0, 0.9)}))),
    }
)


@pytest.fixture(scope="session")
def make() -> Make:
    """Makes a search of n trials: less `alpha` is better; each 7th was stopped, each 11th failed, the last one runs."""

    def search(count: int, goal: Goal = Goal.MAXIMIZE, **changes: object) -> Trials:
        draw = Random(count)
        values = [SPACE.values_at([draw.random() for _ in SPACE.axes]) for _ in range(count)]
        states = [_state(number, count) for number in range(count)]
        sign = 1 if goal is Goal.MAXIMIZE else -1
        scores = [
            None if state == "failed" else sign * (0.2 - 0.1 * one["alpha"] + draw.gauss(0, 0.005))
            for state, one in zip(states, values, strict=True)
        ]
        done = [number for number in range(count) if states[number] == "completed"]
        columns = {
            "numbers": range(count),
            "states": states,
            "scores": scores,
            "parameters": columns_of(SPACE, values),
            "starts": [2.0 * (number // 2) for number in range(count)],
            "seconds": [1.5] * count,
            "winner": max(done, key=lambda number: sign * scores[number], default=None),
        }
        return Trials(id="1/tune", metric="r2", goal=goal, **{**columns, **changes})

    return search


def _state(number: int, count: int) -> str:
    if number == count - 1 and count > 1:
        return "running"
    return "stopped" if number % 7 == 3 else "failed" if number % 11 == 5 else "completed"
