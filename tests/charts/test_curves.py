from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.charts.curves import Curve, Curves, curves
from hyperstep.search.goal import Goal

SVG = "{http://www.w3.org/2000/svg}"

GOOD = Curve(number=0, state="completed", scores=[0.2, 0.5, 0.7, 0.8])
BAD = Curve(
    number=1, state="stopped", scores=[0.1, 0.2], reason="After 2 reports its best score is 0.2, less than 0.4."
)
SEARCH = Curves(
    id="1/tune",
    metric="r2",
    goal=Goal.MAXIMIZE,
    curves=(GOOD, BAD),
    bound=[(2, 0.4), (3, 0.6)],
    policy="BanditPolicy",
    winner=0,
    total=2,
)


def parsed(search):
    return ElementTree.fromstring(curves(search))


def search(*scores, **changes):
    found = tuple(Curve(number=number, state="completed", scores=one) for number, one in enumerate(scores))
    return Curves(
        **{"id": "1/tune", "metric": "r2", "goal": Goal.MAXIMIZE, "curves": found, "total": len(found), **changes}
    )


def test_each_trial_is_a_line_and_where_it_was_stopped_is_a_mark():
    tree = parsed(SEARCH)
    lines = {one.get("data-trial"): one.get("class") for one in tree.iter(f"{SVG}path") if one.get("data-trial")}
    marks = [one for one in tree.iter(f"{SVG}circle") if one.get("data-trial")]

    assert set(lines) == {"0", "1"}
    assert "winner" in lines["0"]
    assert [(one.get("data-trial"), one.find(f"{SVG}title").text) for one in marks] == [
        ("1", f"trial 1 was stopped after 2 reports. {BAD.reason}")
    ]


def test_the_bound_is_a_line_that_names_its_policy():
    (bound,) = [one for one in parsed(SEARCH).iter(f"{SVG}path") if one.get("class") == "bound" and len(one)]

    assert bound.find(f"{SVG}title").text == "BanditPolicy asks for this"


def test_the_sentence_says_how_far_the_best_came():
    assert parsed(SEARCH).find(f"{SVG}desc").text == (
        "Up to 4 reports of r2; 1 trial stopped by BanditPolicy; the best, trial 0, went from 0.2 to 0.8."
    )


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ((), "No trial has reported r2 yet."),
        (([],), "No trial has reported r2 yet."),
        (([0.5], [0.6]), "Each trial has reported r2 once, so there is no curve, and no policy can stop one early."),
    ],
)
def test_fewer_than_two_reports_get_words(scores, words):
    tree = parsed(search(*scores))

    assert words in tree.find(f"{SVG}desc").text
    assert words.split()[0] in "".join(text.text for text in tree.iter(f"{SVG}text"))


def test_what_is_not_finite_is_a_gap():
    (path,) = [
        one for one in parsed(search([0.1, 0.2, math.nan, 0.3, 0.4])).iter(f"{SVG}path") if one.get("data-trial")
    ]

    assert path.get("d").count("M") == 2


def test_a_part_of_the_curves_is_told():
    assert "2 of 5,000 trials" in "".join(parsed(search([0.1, 0.2], [0.1, 0.3], total=5_000)).itertext())


def test_a_long_curve_keeps_its_ends_and_is_thinned():
    (path,) = [one for one in parsed(search([*([0.5] * 999), 0.9])).iter(f"{SVG}path") if one.get("data-trial")]
    points = path.get("d").removeprefix("M").split("L")

    assert len(points) <= 130
    assert [float(points[end].split()[0]) for end in (0, -1)] == [44, 624]


@given(
    scores=st.lists(st.lists(st.floats(), max_size=8), max_size=8),
    bound=st.lists(st.tuples(st.integers(1, 8), st.floats(allow_nan=False, allow_infinity=False)), max_size=4),
    goal=st.sampled_from(Goal),
)
def test_any_scores_are_drawn(scores, bound, goal):
    tree = parsed(search(*scores, bound=bound, goal=goal))

    assert not [path for one in tree.iter(f"{SVG}path") if {"n", "i", "e"} & set(path := one.get("d"))]
