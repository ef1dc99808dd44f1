import pytest

from hyperstep.pipeline.advice import warnings_of
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.search.distributions import Choice
from hyperstep.search.metric import maximize
from hyperstep.search.samplers.grid import GridSampler


def warnings(*, used=True, **limits):
    tune = TuneStep(
        Step("train.py"),
        space={"a": Choice((1, 2, 3)), "b": Choice((1, 2))},
        metric=maximize("r2"),
        sampler=GridSampler(),
        limits=Limits(**limits),
        name="tune",
    )
    return warnings_of(Pipeline("p", [tune, RegisterStep("m", tune.best_file("outputs/m"))] if used else [tune]))


def test_nothing_is_said_about_a_search_that_makes_sense():
    assert warnings(trials=6, concurrent=6, duration=10, trial_duration=10) == ()


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"trials": 5}, "6 combinations, but the search ends after 5 trials"),
        ({"trials": 6, "concurrent": 7}, "7 trials at once but makes 6 in all"),
        ({"duration": 10, "trial_duration": 11}, "may take 11 s, but the whole search ends after 10 s"),
        ({"used": False}, "No step takes anything from the tuning step 'tune'"),
    ],
)
def test_what_gains_nothing_is_said(case, words):
    (sentence,) = warnings(**case)

    assert words in sentence
