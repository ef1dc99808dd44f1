from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hyperstep.charts.sample import BEST, MOST, SAMPLED, chosen, thinned
from hyperstep.search.goal import Goal


@settings(max_examples=10)
@given(count=st.integers(0, 6_000), goal=st.sampled_from(Goal), seed=st.integers(0, 1_000))
def test_the_best_are_chosen_and_the_rest_is_sampled_evenly(count, goal, seed):
    draw = Random(seed)
    scores = [draw.random() if draw.random() < 0.95 else None for _ in range(count)]
    found = chosen(scores, ["completed"] * count, goal)
    sign = 1 if goal is Goal.MAXIMIZE else -1
    order = sorted(range(count), key=lambda i: (scores[i] is None, sign * -(scores[i] or 0), i))

    assert set(order[:BEST]) <= set(found)
    assert len(found) == min(count, MOST)
    assert found == sorted(set(found))
    if count > MOST:
        worse = set(order[BEST + (count - BEST) // 2 :])
        assert abs(len(worse & set(found)) - SAMPLED / 2) <= 2


def test_trials_that_run_are_always_among_them():
    states = ["running" if index % 1_000 == 7 else "completed" for index in range(10_000)]
    found = chosen([0.5] * 10_000, states, Goal.MAXIMIZE)

    assert {index for index, state in enumerate(states) if state == "running"} <= set(found)


def test_what_is_about_the_whole_search_stays(make):
    whole = make(5_000)
    part = thinned(whole)

    assert part.total == 5_000
    assert part.counts == whole.counts
    assert part.climb == whole.climb
    assert len(part.parameters[0].places) == len(part.numbers) == len(part.states)
