"""Scores that are no numbers, or huge, or late, under every sampler and policy: kept as given, and never best."""

from __future__ import annotations

import math
import random
import struct

import pytest

from hyperstep.search.distributions import choice, randint
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.policy import is_due
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.optuna import OptunaSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus

NO_NUMBERS = (math.nan, -math.nan, math.inf, -math.inf)
HUGE = (1.7976931348623157e308, -1.7976931348623157e308, 1e300, 5e-324, -0.0)
SPACE = SearchSpace({"kind": choice("a", "b", "c"), "depth": randint(12)})
TRIALS = 24
REPORTS = 6

SAMPLERS = (
    RandomSampler(),
    GridSampler(),
    SobolSampler(),
    BayesianSampler(startup=4),
    OptunaSampler(startup=4),
)
POLICIES = (
    NoPolicy(),
    BanditPolicy(slack_factor=0.1),
    BanditPolicy(slack_amount=0.1),
    MedianStoppingPolicy(),
    TruncationSelectionPolicy(40),
    TruncationSelectionPolicy(40, exclude_finished=True),
    AshaPolicy(eta=2, first_rung=1),
)


@pytest.fixture(params=SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def sampler(request):
    if isinstance(request.param, OptunaSampler):
        pytest.importorskip("optuna")
    return request.param


@pytest.fixture(params=POLICIES, ids=str)
def policy(request):
    return request.param


def bits(scores):
    """All that a float is, a NaN's sign and payload included."""
    return struct.pack(f"{len(scores)}d", *scores)


class Searched:
    """A search, four trials at a time, that reports what `draw` gives; `given` is what it was told, by trial."""

    def __init__(self, sampler, policy, goal, draw):
        self.history, self.given, self.reasons = History(goal), {}, []
        history = self.history
        while history.suggested < TRIALS or history.running:
            while history.suggested < TRIALS and len(history.running) < 4:
                values = sampler.suggest(SPACE, history)
                SPACE.position(values)  # raises SpaceError for what isn't in the space
                self.given[history.suggested] = []
                history.suggest(history.suggested, values)
            for number in tuple(history.running):
                self.given[number].append(draw())
                history.report(number, self.given[number][-1])
                self._look_at(policy, number)

    def _look_at(self, policy, number):
        history, reports = self.history, len(self.given[number])
        reason = policy.reason_to_stop(history.trial(number), history) if is_due(policy, reports) else None
        if reason is not None:
            assert number != history.holder()
            self.reasons.append(reason)
            history.end(number, TrialStatus.STOPPED)
        elif reports == REPORTS:
            history.end(number, TrialStatus.COMPLETED)


@pytest.mark.parametrize("goal", Goal)
def test_the_best_is_the_best_of_the_numbers_and_all_are_kept_as_given(sampler, policy, goal):
    generator = random.Random(3)
    found = Searched(
        sampler, policy, goal, lambda: generator.choice((*NO_NUMBERS, *HUGE, generator.gauss(0, 1), generator.random()))
    )
    history = found.history

    assert all(bits(history.trial(number).scores) == bits(scores) for number, scores in found.given.items())
    best_of = max if goal is Goal.MAXIMIZE else min
    finite = {
        trial.number: best_of(filter(math.isfinite, trial.scores))
        for trial in history.finished
        if trial.status is TrialStatus.COMPLETED and any(map(math.isfinite, trial.scores))
    }
    best = history.best()
    assert best is not None
    assert history.score(best.number) == finite[best.number] == best_of(finite.values())


def test_where_nothing_is_a_number_nothing_is_best(sampler, policy):
    generator = random.Random(5)
    history = Searched(sampler, policy, Goal.MAXIMIZE, lambda: generator.choice(NO_NUMBERS)).history

    assert len(history.finished) == TRIALS
    assert history.best() is None
    assert history.holder() is None
    assert all(history.score(number) is None for number in range(TRIALS))


def test_what_comes_after_a_trials_end_changes_nothing(sampler, policy):
    generator = random.Random(7)
    history = Searched(sampler, policy, Goal.MAXIMIZE, generator.random).history
    before = history.best(), history.finished[:], history.holder(), sampler.suggest(SPACE, history)

    for number in range(TRIALS):
        for score in (1e9, *NO_NUMBERS, *HUGE):
            history.report(number, score)

    assert (history.best(), history.finished[:], history.holder(), sampler.suggest(SPACE, history)) == before


@pytest.mark.parametrize("policy", POLICIES[1:], ids=str)
def test_a_policy_still_stops_what_is_worse_among_them(policy):
    generator = random.Random(9)

    def draw():
        return generator.choice((*NO_NUMBERS, generator.random(), generator.random() + 1))

    assert Searched(RandomSampler(), policy, Goal.MAXIMIZE, draw).reasons
