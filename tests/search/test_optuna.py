"""Optuna proposes, and hyperstep's rules hold."""

from __future__ import annotations

import math
import sys

import pytest

from hyperstep.errors import PluginError
from hyperstep.search.distributions import choice, uniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.optuna import OptunaSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.testing.samplers import SamplerContract

SPACE = SearchSpace({"x": uniform(-1, 1), "kind": choice("a", "b")})


class TestContract(SamplerContract):
    sampler = OptunaSampler(seed=1, startup=5)

    def spaces(self):
        return super().spaces()[2:6:3]  # one that is finite, one that isn't: each suggestion builds a study

    @pytest.fixture(autouse=True)
    def installed(self):
        pytest.importorskip("optuna")


def test_without_optuna_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)

    with pytest.raises(PluginError, match=r"hyperstep\[optuna\].*BayesianSampler"):
        OptunaSampler().suggest(SPACE, History(Goal.MAXIMIZE))


def test_it_learns_from_the_history():
    pytest.importorskip("optuna")
    history = History(Goal.MAXIMIZE)
    for number in range(60):
        values = OptunaSampler(seed=2).suggest(SPACE, history)
        history.suggest(number, values)
        history.report(number, -abs(values["x"] - 0.3) - (values["kind"] == "b"))
        history.end(number, TrialStatus.COMPLETED)

    late = [history.trial(number).values for number in range(40, 60)]
    assert sum(values["kind"] == "a" for values in late) > 12
    assert sum(abs(values["x"] - 0.3) for values in late) / 20 < 0.3
    assert -history.score(history.best().number) < 0.1


def test_earlier_searches_are_told_as_far_as_they_fit():
    pytest.importorskip("optuna")
    fits = [
        Trial(number=n, values={"x": 0.5 + n / 1000, "kind": "a"}, scores=(1.0,), status=TrialStatus.COMPLETED)
        for n in range(15)
    ]
    poor = [
        Trial(number=n, values={"x": -1 + n / 10, "kind": "b"}, scores=(0.0,), status=TrialStatus.COMPLETED)
        for n in range(15)
    ]
    strange = Trial(number=0, values={"x": "?"}, scores=(math.nan,), status=TrialStatus.COMPLETED)

    values = OptunaSampler(seed=3).suggest(SPACE, History(Goal.MAXIMIZE, (strange, *fits, *poor)))

    assert values["kind"] == "a"
    assert abs(values["x"] - 0.5) < 0.3
