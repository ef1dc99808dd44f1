from __future__ import annotations

from itertools import permutations
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hyperstep.charts.timeline import timeline
from hyperstep.charts.trials import Trials
from hyperstep.search.goal import Goal

SVG = "{http://www.w3.org/2000/svg}"


def search(spans, **changes):
    columns = {
        "numbers": range(len(spans)),
        "states": ["running" if seconds is None else "completed" for _, seconds in spans],
        "scores": [0.5] * len(spans),
        "starts": [start for start, _ in spans],
        "seconds": [seconds for _, seconds in spans],
    }
    return Trials(id="1/tune", metric="r2", goal=Goal.MAXIMIZE, **{**columns, **changes})


def bars(trials):
    tree = ElementTree.fromstring(timeline(trials))
    return {int(one.get("data-trial")): one for one in tree.iter(f"{SVG}rect") if one.get("data-trial")}


@given(spans=st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 50)), min_size=1, max_size=25))
def test_trials_that_overlap_are_in_different_slots(spans):
    found = bars(search(spans))
    rows = {number: float(bar.get("y")) for number, bar in found.items()}

    for (one, (start, seconds)), (other, (later, _)) in permutations(enumerate(spans), 2):
        if start <= later < start + seconds - 0.01:
            assert rows[one] != rows[other]


def test_a_slot_is_used_again_when_it_is_free():
    rows = [bar.get("y") for bar in bars(search([(0, 2), (0, 4), (2, 1)])).values()]

    assert rows[0] == rows[2] != rows[1]


def test_a_trial_that_runs_reaches_to_the_end():
    found = bars(search([(0, 10), (4, None)]))
    ends = [float(bar.get("x")) + float(bar.get("width")) for bar in found.values()]

    assert ends[0] == ends[1]


def test_idle_slots_are_told():
    said = ElementTree.fromstring(timeline(search([(0, 10), (0, 5)]))).find(f"{SVG}desc").text

    assert said == "2 trials in 10 s; 2 slots were busy 75% of the time."


def test_trials_that_never_ran_here_get_words():
    drawing = timeline(search([(None, 3.0)]))

    assert "their results were taken from earlier ones" in drawing
