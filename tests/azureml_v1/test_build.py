"""The order of steps and the cycles in them, for any graph."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1 import build
from hyperstep.azureml_v1.pipeline_data import PipelineData
from hyperstep.azureml_v1.steps import PythonScriptStep, StepSequence


@st.composite
def graphs(draw):
    """Steps of which each waits for some of those before it, through data or not; and an order to give them in."""
    steps = []
    for number in range(draw(st.integers(1, 7))):
        before = draw(st.sets(st.sampled_from(range(number)))) if number else set()
        through_data = [one for one in sorted(before) if draw(st.booleans())]
        made = PipelineData(f"d{number}")
        step = PythonScriptStep(
            "a.py", name=f"s{number}", inputs=[steps[one]._made for one in through_data], outputs=[made]
        )
        step._made = made
        for one in before - set(through_data):
            step.run_after(steps[one])
        steps.append(step)
    return steps, draw(st.permutations(steps))


@given(graphs())
def test_each_step_stands_after_those_it_waits_for(graph):
    _, given_order = graph
    order = build.ordered(given_order)

    assert sorted(order, key=id) == sorted(given_order, key=id)
    assert all(order.index(earlier) < order.index(step) for step in order for earlier in step._before())
    assert build.cycle(given_order) is None


@given(graphs(), st.data())
def test_a_step_that_waits_for_a_later_one_is_a_cycle(graph, data):
    steps, given_order = graph
    step = data.draw(st.sampled_from(steps))
    later = [one for one in steps if step in build.closure([one], upstream=True)]
    step.run_after(data.draw(st.sampled_from(later)))

    assert build.cycle(given_order) is not None
    assert len(build.ordered(given_order)) == len(steps)


@given(graphs())
def test_the_closure_of_the_last_steps_is_the_closure_of_all(graph):
    steps, given_order = graph
    awaited = {earlier for step in steps for earlier in step._before()}
    last = [step for step in given_order if step not in awaited]

    assert set(build.closure(last, upstream=True)) == set(steps)
    assert build.closure(last, upstream=False) == last


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_in_a_sequence_each_group_waits_for_the_whole_of_the_one_before(sizes):
    groups = [[PythonScriptStep("a.py") for _ in range(size)] for size in sizes]
    StepSequence([group if len(group) > 1 else group[0] for group in groups])

    assert all(step._before() == [] for step in groups[0])
    for earlier, group in pairwise(groups):
        assert all(step._before() == earlier for step in group)
