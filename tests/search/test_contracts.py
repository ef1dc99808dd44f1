"""The contract suites find what is wrong with a sampler or a policy."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import pytest

from hyperstep.errors import DefinitionError, SpaceError
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.trial import Trial
from hyperstep.testing.policies import PolicyContract
from hyperstep.testing.samplers import SamplerContract


@dataclass(frozen=True)
class Repeating:
    """Forgets what it has tried."""

    def suggest(self, space, history):
        return space.values_at([0.5] * len(space.axes)) if history.suggested < 50 else None


@dataclass(frozen=True)
class Remembering:
    """Counts its own calls."""

    calls: itertools.count = field(default_factory=itertools.count)

    def suggest(self, space, history):
        return space.values_at([random.Random(next(self.calls)).random() for _ in space.axes])


@dataclass(frozen=True)
class Straying:
    """Names a value that isn't there."""

    def suggest(self, space, history):
        return {**RandomSampler().suggest(space, history), space.names[0]: "elsewhere"}


@dataclass(frozen=True)
class Chatty:
    """Adds a name of its own."""

    def suggest(self, space, history):
        values = RandomSampler().suggest(space, history)
        return None if values is None else {**values, "more": 1}


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Repeating(), "test_a_finite_space_is_tried_once_and_completely"),
        (Remembering(), "test_an_equal_history_gives_equal_values"),
        (Remembering(), "test_a_history_that_is_told_anew_gives_equal_values"),
        (Remembering(), "test_the_sampler_survives_json"),
        (Straying(), "test_values_are_in_the_space"),
        (Chatty(), "test_values_are_in_the_space"),
    ],
    ids=lambda case: type(case).__name__ if not isinstance(case, str) else case,
)
def test_a_broken_sampler_is_found(broken, test):
    suite = SamplerContract()
    suite.sampler = broken

    with pytest.raises((AssertionError, SpaceError, DefinitionError)):
        getattr(suite, test)()


@dataclass(frozen=True)
class Policy:
    """Stops everything, always."""

    evaluation_interval: int = 1
    delay_evaluation: int = 0

    def reason_to_stop(self, trial: Trial, history):
        return "0.5 is less than 0.7"


@dataclass(frozen=True)
class Backwards(Policy):
    """Stops what is better than another."""

    def reason_to_stop(self, trial, history):
        own, best = history.score(trial.number), history.best_after(len(trial.scores))
        if own is None or best is None or history.holds_best(trial.number):
            return None
        return f"{own} is too close to {best[0]}" if abs(own - best[0]) < 0.7 else None


@dataclass(frozen=True)
class Silent(Policy):
    """Names no number."""

    def reason_to_stop(self, trial, history):
        best = history.best_after(len(trial.scores))
        behind = best is not None and best[1] != trial.number and not history.holds_best(trial.number)
        return "It is behind." if behind else None


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Policy(), "test_the_holder_of_the_best_is_never_stopped"),
        (Policy(), "test_nothing_is_stopped_while_nothing_is_comparable"),
        (Backwards(), "test_a_worse_score_never_turns_a_stop_into_a_keep"),
        (Silent(), "test_a_reason_names_both_numbers"),
    ],
    ids=lambda case: type(case).__name__ if not isinstance(case, str) else case,
)
def test_a_broken_policy_is_found(broken, test):
    suite = PolicyContract()
    suite.policy = broken

    with pytest.raises(AssertionError):
        getattr(suite, test)()
