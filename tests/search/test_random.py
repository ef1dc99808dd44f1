"""Random search is repeatable, follows its distributions and tries nothing twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hyperstep.search.distributions import choice, qloguniform, quniform, randint, uniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus
from hyperstep.search.values import text_of
from hyperstep.testing.samplers import SamplerContract
from hyperstep.testing.strategies import finite_distributions, spaces


class TestContract(SamplerContract):
    sampler = RandomSampler(seed=3)


def tried(sampler, space, most=10_000):
    history = History(Goal.MAXIMIZE)
    while history.suggested < most and (values := sampler.suggest(space, history)) is not None:
        history.suggest(history.suggested, values)
    return [trial.values for trial in history.running.values()]


@given(spaces(finite_distributions(), dimensions=2), st.integers(0, 99))
def test_a_finite_space_is_tried_completely_and_then_the_search_ends(space, seed):
    found = tried(RandomSampler(seed), space)

    assert len(found) == space.size
    assert (
        len({tuple(sorted((name, text_of(value)) for name, value in values.items())) for values in found}) == space.size
    )


def test_a_trial_does_not_depend_on_how_others_went():
    space = SearchSpace({"a": uniform(0, 1)})
    good, bad = History(Goal.MAXIMIZE), History(Goal.MINIMIZE)
    for history, score in ((good, 1.0), (bad, -1.0)):
        history.suggest(0, {"a": score})
        history.report(0, score)
        history.end(0, TrialStatus.COMPLETED)

    assert RandomSampler(1).suggest(space, good) == RandomSampler(1).suggest(space, bad)


def test_seeds_and_trials_differ():
    space = SearchSpace({"a": uniform(0, 1)})

    drawn = [values["a"] for seed in range(20) for values in tried(RandomSampler(seed), space, most=20)]

    assert len(set(drawn)) == 400


def test_another_process_draws_the_same():
    program = (
        "from hyperstep.search.samplers.random import RandomSampler\n"
        "from hyperstep.search.distributions import uniform\n"
        "from hyperstep.search.space import SearchSpace\n"
        "from hyperstep.search.history import History\n"
        "from hyperstep.search.goal import Goal\n"
        "import sys\n"
        "print(RandomSampler(7).suggest(SearchSpace({'a': uniform(0, 1)}), History(Goal.MAXIMIZE))['a'])\n"
        "assert 'numpy' not in sys.modules, 'random search starts without NumPy'"
    )

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert float(printed) == RandomSampler(7).suggest(SearchSpace({"a": uniform(0, 1)}), History(Goal.MAXIMIZE))["a"]


def test_the_first_draws_follow_the_weights_of_a_rounded_distribution():
    space = SearchSpace({"a": quniform(0, 10, 5)})  # the ends have half the weight

    first = Counter(tried(RandomSampler(seed), space, most=1)[0]["a"] for seed in range(2000))

    assert abs(first[5.0] - 1000) < 110  # five standard deviations
    assert abs(first[0.0] - 500) < 100


def test_a_huge_finite_space_is_drawn_from_without_being_listed():
    space = SearchSpace({"a": randint(10**9), "b": quniform(0, 1e9, 1), "c": choice(range(1000))})

    assert len(tried(RandomSampler(), space, most=50)) == 50


def test_rare_values_are_reached_when_the_likely_ones_are_used_up():
    space = SearchSpace({"a": qloguniform(-700, 6, 1)})  # 0 nearly always, then 403 others

    found = tried(RandomSampler(), space)

    assert sorted(values["a"] for values in found) == list(space.dimensions["a"].values())
