"""Bayesian search learns, and keeps the rules of a sampler."""

from __future__ import annotations

import random
import subprocess
import sys
from statistics import fmean, median
from time import process_time

import pytest

from hyperstep.errors import DefinitionError
from hyperstep.search.distributions import (
    Branch,
    choice,
    lognormal,
    loguniform,
    normal,
    qlognormal,
    qloguniform,
    qnormal,
    quniform,
    randint,
    uniform,
)
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.testing.samplers import SamplerContract

COMPLETED = TrialStatus.COMPLETED
SQUARE = SearchSpace({"x": uniform(-5, 5), "y": uniform(-5, 5)})


class TestContract(SamplerContract):
    sampler = BayesianSampler(seed=4, startup=5)


def searched(sampler, space, loss, trials=50, workers=1, goal=Goal.MINIMIZE):
    history = History(goal)
    while history.suggested < trials or history.running:
        if history.suggested == trials or len(history.running) == workers:
            number, trial = next(iter(history.running.items()))
            history.report(number, loss(trial.values))
            history.end(number, COMPLETED)
        else:
            history.suggest(history.suggested, sampler.suggest(space, history))
    return history


def best(history):
    return history.score(history.best().number)


@pytest.mark.parametrize("workers", [1, 8])
def test_it_comes_closer_to_the_bottom_of_a_bowl_than_random_search(workers):
    def loss(values):
        return (values["x"] - 1) ** 2 + (values["y"] + 2) ** 2

    learnt = [best(searched(BayesianSampler(seed), SQUARE, loss, 80, workers)) for seed in range(5)]
    drawn = [best(searched(RandomSampler(seed), SQUARE, loss, 80)) for seed in range(5)]

    assert median(learnt) < median(drawn) / 4


def test_it_finds_the_good_options_among_many():
    space = SearchSpace({name: choice(*"abcdefgh") for name in ("p", "q", "r", "s")})

    def loss(values):
        return sum(value != wanted for value, wanted in zip(values.values(), "bdfh", strict=True))

    learnt = [best(searched(BayesianSampler(seed), space, loss, trials=80)) for seed in range(5)]
    drawn = [best(searched(RandomSampler(seed), space, loss, trials=80)) for seed in range(5)]

    assert sum(learnt) < sum(drawn)
    assert median(learnt) == 0


ALL_TEN = SearchSpace(
    {
        "choice": choice("x", "y"),
        "randint": randint(9),
        "uniform": uniform(0, 1),
        "quniform": quniform(0, 8, 2),
        "loguniform": loguniform(-5, 0),
        "qloguniform": qloguniform(0, 3, 2),
        "normal": normal(0, 1),
        "qnormal": qnormal(0, 4, 2),
        "lognormal": lognormal(0, 1),
        "qlognormal": qlognormal(0, 1, 1),
    }
)


@pytest.mark.parametrize("name", ALL_TEN.names)
def test_it_learns_along_every_kind_of_distribution(name):
    target = ALL_TEN.dimensions[name].position(ALL_TEN.dimensions[name].at(0.8))

    def distance(values):
        return abs(ALL_TEN.dimensions[name].position(values[name]) - target)

    histories = [searched(BayesianSampler(seed=seed), ALL_TEN, distance, trials=60) for seed in range(5)]

    early = fmean(distance(history.trial(number).values) for history in histories for number in range(10))
    late = fmean(distance(history.trial(number).values) for history in histories for number in range(40, 60))
    assert late < early / 2


def test_it_learns_within_the_better_branch():
    space = SearchSpace(
        {"model": choice("linear", Branch("svm", {"C": uniform(0, 10)}), Branch("forest", {"depth": randint(50)}))}
    )

    def loss(values):
        return abs(values["C"] - 7) if values["model"] == "svm" else 8

    late = [trial.values for trial in searched(BayesianSampler(), space, loss).finished[30:]]

    assert sum(values["model"] == "svm" for values in late) > 12
    assert median(abs(values["C"] - 7) for values in late if values["model"] == "svm") < 1


def test_the_first_trials_are_those_of_a_random_search():
    def loss(values):
        return values["x"]

    random_ones = searched(RandomSampler(3), SQUARE, loss, trials=20).finished
    learnt = searched(BayesianSampler(seed=3, startup=12), SQUARE, loss, trials=20).finished

    assert [trial.values for trial in learnt[:12]] == [trial.values for trial in random_ones[:12]]
    assert learnt[12].values != random_ones[12].values


def test_more_of_a_metric_or_less_of_its_negative_is_the_same_search():
    def score(values):
        return values["x"] * values["y"]

    more = searched(BayesianSampler(), SQUARE, score, trials=25, goal=Goal.MAXIMIZE)
    less = searched(BayesianSampler(), SQUARE, lambda values: -score(values), trials=25)

    assert [trial.values for trial in more.finished] == [trial.values for trial in less.finished]


def test_where_trials_fail_it_does_not_stay():
    def times_there(status):
        history = History(Goal.MAXIMIZE)
        for number in range(60):
            values = BayesianSampler(seed=2).suggest(SQUARE, history)
            history.suggest(number, values)
            history.report(number, values["x"])
            history.end(number, status if values["x"] > 2 else COMPLETED)
        return sum(trial.values["x"] > 2 for trial in history.finished[20:])

    assert times_there(TrialStatus.FAILED) < times_there(COMPLETED) / 2


def test_a_trial_that_was_stopped_counts_with_the_best_it_had():
    def history(status):
        told = History(Goal.MAXIMIZE)
        generator = random.Random(5)
        for number in range(30):
            told.suggest(number, {"x": generator.uniform(-5, 5), "y": generator.uniform(-5, 5)})
            told.report(number, told.trial(number).values["x"])
            told.report(number, -100.0)
            told.end(number, status)
        return told

    suggestions = [BayesianSampler().suggest(SQUARE, history(status)) for status in (COMPLETED, TrialStatus.STOPPED)]

    assert suggestions[0] == suggestions[1]
    assert suggestions[0]["x"] > 0


def test_running_trials_are_kept_away_from():
    def loss(values):
        return (values["x"] - 1) ** 2 + (values["y"] + 2) ** 2

    history = searched(BayesianSampler(), SQUARE, loss, trials=30)
    together = []
    for _ in range(8):
        together.append(BayesianSampler().suggest(SQUARE, history))
        history.suggest(history.suggested, together[-1])

    assert len({values["x"] for values in together}) == 8
    nearest = [
        min(abs(one["x"] - other["x"]) + abs(one["y"] - other["y"]) for other in together if other is not one)
        for one in together
    ]
    assert median(nearest) > 0.1


def test_earlier_searches_are_learnt_from_as_far_as_they_fit():
    generator = random.Random(1)
    earlier = []
    for number in range(40):
        values = {"x": generator.uniform(-5, 5), "y": generator.uniform(-5, 5)}
        earlier.append(Trial(number=number, values=values, scores=(-abs(values["x"] - 3),), status=COMPLETED))
    strange = Trial(number=0, values={"z": 1}, scores=(99.0,), status=COMPLETED)

    history = History(Goal.MAXIMIZE, (strange, *earlier))
    first = []
    for number in range(10):
        first.append(BayesianSampler().suggest(SQUARE, history))
        history.suggest(number, first[-1])

    assert median(abs(values["x"] - 3) for values in first) < 1


def test_one_suggestion_is_quick_after_ten_thousand_trials():
    space = SearchSpace({"a": uniform(0, 1), "b": loguniform(-9, 0), "c": choice("x", "y", "z"), "d": randint(12)})
    history, generator = History(Goal.MAXIMIZE), random.Random(0)
    for number in range(10_000):
        history.suggest(number, space.values_at([generator.random() for _ in space.axes]))
        history.report(number, generator.random())
        history.end(number, COMPLETED)

    seconds = []
    for _ in range(5):
        start = process_time()
        assert BayesianSampler().suggest(space, history) is not None
        seconds.append(process_time() - start)

    assert min(seconds) < 0.04


def test_numpy_is_loaded_only_when_there_is_something_to_learn():
    program = (
        "import sys\n"
        "from hyperstep.search.distributions import uniform\n"
        "from hyperstep.search.goal import Goal\n"
        "from hyperstep.search.history import History\n"
        "from hyperstep.search.samplers.bayesian import BayesianSampler\n"
        "from hyperstep.search.space import SearchSpace\n"
        "BayesianSampler().suggest(SearchSpace({'a': uniform(0, 1)}), History(Goal.MAXIMIZE))\n"
        "print('numpy' in sys.modules)"
    )

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed == "False\n"


@pytest.mark.parametrize("startup", [1, 0, 2.5, "10"])
def test_a_start_with_nothing_to_compare_is_refused(startup):
    with pytest.raises(DefinitionError, match=r"startup = .*2 or more"):
        BayesianSampler(startup=startup)
