"""What every sampler keeps; a plug-in's author subclasses the suite.

    class TestContract(SamplerContract):
        sampler = HaltonSampler(seed=1)

pytest then runs every `test_…` below with that sampler.
"""

# ruff: noqa: S311 - random numbers that are repeatable, not secret

from __future__ import annotations

import math
import random

from hyperstep.document import Codec, encode
from hyperstep.search.distributions import (
    Branch,
    Choice,
    LogNormal,
    LogUniform,
    Normal,
    QLogNormal,
    QLogUniform,
    QNormal,
    QUniform,
    RandInt,
    Uniform,
)
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.sampler import Sampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus
from hyperstep.search.values import Values, text_of

NESTED = Choice(("linear", Branch("forest", {"depth": RandInt(3)}), Branch("svm", {"kernel": Choice(("rbf", "poly"))})))
FINITE = (
    SearchSpace({"one": Choice(("only",))}),
    SearchSpace({"a": Choice((1, 2.5, "x", None, True)), "--b": RandInt(3)}),
    SearchSpace({"model": NESTED, "seed": RandInt(2)}),
    SearchSpace({"a": QUniform(1, 12, 5), "b": QLogUniform(0, 2, 2), "c": Choice(("x", "y", "y"))}),
)
ENDLESS = (
    SearchSpace({"a": Uniform(-1, 1)}),
    SearchSpace({"a": LogUniform(-9, 2), "b": Normal(3, 2), "c": LogNormal(0, 1), "d": Choice(("x", "y"))}),
    SearchSpace({"a": Choice((Branch(1, {"b": Uniform(0, 1)}), Branch(2, {"b": LogNormal(0, 1), "c": RandInt(9)})))}),
    SearchSpace({"a": QNormal(0, 4, 1), "b": QLogNormal(0, 1, 0.5), "c": Uniform(0, 1), "d": RandInt(4)}),
)
TRIALS = 30


class SamplerContract:
    """Subclass it, and set `sampler`.

    finite_only: True for a sampler that needs countable values.
    """

    sampler: Sampler
    finite_only = False

    def spaces(self) -> tuple[SearchSpace, ...]:
        """The spaces that the sampler is tried on."""
        return FINITE if self.finite_only else FINITE + ENDLESS

    def test_values_are_in_the_space(self) -> None:
        for space in self.spaces():
            for values in suggestions(self.sampler, space):
                point = space.position(values)  # raises SpaceError for a missing name or a value of elsewhere
                names = [axis.name for axis, u in zip(space.axes, point, strict=True) if not math.isnan(u)]
                assert list(values) == names, f"{values} should name {names}, in this order"

    def test_an_equal_history_gives_equal_values(self) -> None:
        for space in self.spaces():
            first, second = suggestions(self.sampler, space), suggestions(self.sampler, space)
            assert first == second, f"the second search of {space} differs from the first"

    def test_a_history_that_is_told_anew_gives_equal_values(self) -> None:
        for space in self.spaces():
            history = search(self.sampler, space)
            fresh = History(history.goal)
            for number in range(history.suggested):
                fresh.suggest(number, history.trial(number).values)
            for trial in (*history.finished, *history.running.values()):
                for reported in trial.scores:
                    fresh.report(trial.number, reported)
                if trial.status is not TrialStatus.RUNNING:
                    fresh.end(trial.number, trial.status)
            again = self.sampler.suggest(space, fresh)
            assert again == self.sampler.suggest(space, history), f"{space}: it depends on more than the history"

    def test_a_finite_space_is_tried_once_and_completely(self) -> None:
        for space in FINITE:
            found = suggestions(self.sampler, space, most=500)
            texts = [tuple((name, text_of(value)) for name, value in values.items()) for values in found]
            assert len(texts) == len(set(texts)), f"{space} was tried at one point more than once"
            assert len(texts) == space.size, f"{space} has {space.size} points, but {len(texts)} were tried"

    def test_strange_scores_are_taken(self) -> None:
        for space in self.spaces():
            for score in (math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0, None):
                for values in suggestions(self.sampler, space, most=15, score=score):
                    space.position(values)

    def test_the_sampler_survives_json(self) -> None:
        assert Codec([type(self.sampler)]).decode(encode(self.sampler)) == self.sampler


def suggestions(sampler: Sampler, space: SearchSpace, *, most: int = TRIALS, score: float | None = 1.0) -> list[Values]:
    """What a sampler tries in a search, in the order of suggestion."""
    history = search(sampler, space, most=most, score=score)
    return [history.trial(number).values for number in range(history.suggested)]


def search(sampler: Sampler, space: SearchSpace, *, most: int = TRIALS, score: float | None = 1.0) -> History:
    """A search of at most so many trials that run four at a time, end in any order and report up to `score`."""
    history = History(Goal.MINIMIZE)
    generator = random.Random(0)
    while history.suggested < most:
        values = sampler.suggest(space, history)
        if values is None:
            break
        history.suggest(history.suggested, values)
        if len(history.running) == 4:
            number = generator.choice(tuple(history.running))
            for _ in range(generator.randrange(3)):
                if score is not None:
                    history.report(number, score * generator.random())
            history.end(number, generator.choice((TrialStatus.COMPLETED, TrialStatus.STOPPED, TrialStatus.FAILED)))
    return history
