import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.errors import GraphError
from hyperstep.pipeline.data import BestFile, Dataset, Output, OutputOf, TrialTable
from hyperstep.pipeline.graph import inputs_of, order, predecessors, slugs
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.distributions import Uniform
from hyperstep.search.metric import maximize


@st.composite
def graphs(draw):
    """Steps in any order, of which each follows some that have a lower number."""
    count = draw(st.integers(1, 8))
    after = [draw(st.sets(st.integers(0, number - 1))) if number else set() for number in range(count)]
    steps = [Step(f"{number}.py", after=[str(other) for other in sorted(after[number])]) for number in range(count)]
    return Pipeline("any", draw(st.permutations(steps)))


@given(graphs())
def test_a_step_comes_after_all_it_waits_for(pipeline):
    names = order(pipeline)

    assert sorted(names) == sorted(step.name for step in pipeline.steps)
    assert all(
        names.index(before) < names.index(name) for name, others in predecessors(pipeline).items() for before in others
    )


@given(st.lists(st.integers(0, 99), min_size=1, unique=True))
def test_steps_that_wait_for_nothing_keep_their_order(numbers):
    pipeline = Pipeline("any", [Step(f"{number}.py") for number in numbers])

    assert order(pipeline) == tuple(str(number) for number in numbers)


@given(graphs(), st.data())
def test_a_cycle_is_named_step_by_step(pipeline, data):
    names = order(pipeline)
    first = data.draw(st.sampled_from(names))
    last = data.draw(st.sampled_from(names[names.index(first) :]))
    steps = [
        Step(step.script, after=(*step.after, last) if step.name == first else step.after) for step in pipeline.steps
    ]
    if first != last and not reaches(predecessors(pipeline), last, first):
        Pipeline("any", steps)
        return

    with pytest.raises(GraphError) as raised:
        Pipeline("any", steps)
    path = re.search(r": (.*), where", str(raised.value)).group(1).split(" -> ")
    waits_for = {step.name: step.after for step in steps}

    assert path[0] == path[-1]
    assert all(later in waits_for[earlier] for earlier, later in pairwise(path))
    assert len(set(path)) == len(path) - 1


def reaches(before, start, end):
    return start == end or any(reaches(before, other, end) for other in before[start])


def test_data_is_an_edge():
    prep = Step("prep.py", arguments=[Output("data")])
    tune = TuneStep(
        Step("train.py", arguments=[prep.output("data"), Dataset("extra.csv")]),
        space={"alpha": Uniform(0, 1)},
        metric=maximize("r2"),
        name="tune",
    )
    report = Step("report.py", arguments=[tune.trial_table()], after=["prep"])
    register = RegisterStep("m", tune.best_file("outputs/model"))

    assert predecessors(Pipeline("p", [report, register, tune, prep])) == {
        "report": {"tune", "prep"},
        "register m": {"tune"},
        "tune": {"prep"},
        "prep": set(),
    }


def test_inputs_are_listed_once_in_the_order_of_the_arguments():
    step = Step(
        "s.py",
        arguments=["--a", OutputOf("x", "data"), Dataset("d"), BestFile("t", "outputs/m"), OutputOf("x", "data"), 1],
    )

    assert inputs_of(step) == (OutputOf("x", "data"), Dataset("d"), BestFile("t", "outputs/m"))


def test_the_table_of_trials_is_an_input():
    assert inputs_of(Step("s.py", arguments=[TrialTable("t")])) == (TrialTable("t"),)


def test_slugs_that_would_be_equal_are_numbered():
    pipeline = Pipeline(
        "p", [Step("a.py", name=name) for name in ("prep data", "prep-data", "Prep Data", "prep-data-2")]
    )

    assert slugs(pipeline) == {
        "prep data": "prep-data",
        "prep-data": "prep-data-2",
        "Prep Data": "prep-data-3",
        "prep-data-2": "prep-data-2-2",
    }


@given(
    st.lists(st.text("aB -/.1é" * 3, min_size=1, max_size=90).filter(lambda s: s == s.strip()), unique=True, min_size=1)
)
def test_slugs_are_unique_and_fit_in_a_path(names):
    found = slugs(Pipeline("p", [Step("a.py", name=name) for name in names]))

    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_-]{1,64}", slug) and not slug.isdigit() for slug in found.values())
