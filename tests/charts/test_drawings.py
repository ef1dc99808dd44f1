"""What holds for every chart of a search, whatever the search is."""

from __future__ import annotations

import math
import sys
from collections import Counter
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperstep.charts.columns import Column
from hyperstep.charts.history import history
from hyperstep.charts.pairs import pairs
from hyperstep.charts.parallel import parallel
from hyperstep.charts.sample import BEST, MOST
from hyperstep.charts.slices import slices
from hyperstep.charts.svg import standalone
from hyperstep.charts.timeline import timeline
from hyperstep.charts.trials import STATES, Trials
from hyperstep.search.goal import Goal

DRAWINGS = {"history": history, "parallel": parallel, "slices": slices, "pairs": pairs, "timeline": timeline}
each_drawing = pytest.mark.parametrize("draw", list(DRAWINGS.values()), ids=list(DRAWINGS))
any_search = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
SVG = "{http://www.w3.org/2000/svg}"

ELEMENTS = {"svg", "title", "desc", "g", "path", "circle", "rect", "text"}
ATTRIBUTES = {
    "class", "role", "viewBox", "width", "height", "d", "cx", "cy", "r", "x", "y", "rx",
    "data-trial", "data-axis", "data-kind", "data-low", "data-high", "data-x", "data-top", "data-bottom",
}  # fmt: skip

HOSTILE = [
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "</desc></svg><script>alert(1)</script>",
    "\"><script>alert(1)</script>", "'><script>alert(1)</script>", "\" onload=\"alert(1)", "' onload='alert(1)",
    "\" onmouseover=alert(1) x=\"", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>", "<a href=\"javascript:alert(1)\">x</a>", "javascript:alert(1)",
    "<iframe src=javascript:alert(1)>", "<style>*{display:none}</style>", "</style><script>alert(1)</script>",
    "<!--", "-->", "<![CDATA[", "]]>", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY e 'x'>]>", "&e;",
    "&lt;script&gt;", "&#60;script&#62;", "&amp;", "&", "<", ">", "\"", "'", "`", "\x00",
    "\x1b[31m", "\ud800", "\ufffe", "\u202e",
    "{{7*7}}", "${alert(1)}", "<foreignObject><body onload=alert(1)></foreignObject>", "<use href=\"http://x/y#z\"/>",
    "<set attributeName=onmouseover to=alert(1)>", "a" * 5_000, "\u0000<b>", "\t\n\r", "日本語" * 40,
]  # fmt: skip

numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=30)


@st.composite
def searches(draw):
    """A search of any names and numbers."""
    count = draw(st.integers(0, 12))
    scores = draw(st.lists(st.none() | numbers, min_size=count, max_size=count))
    states = draw(st.lists(st.sampled_from(STATES), min_size=count, max_size=count))
    return Trials(
        id=draw(words),
        metric=draw(words),
        goal=draw(st.sampled_from(Goal)),
        numbers=range(count),
        states=states,
        scores=scores,
        parameters=tuple(draw(st.lists(columns(count), max_size=4))),
        starts=draw(st.lists(st.none() | st.floats(0, 1e9), min_size=count, max_size=count)),
        seconds=draw(st.lists(st.none() | st.floats(0, 1e9), min_size=count, max_size=count)),
        winner=draw(st.none() | st.integers(0, 15)),
    )


@st.composite
def columns(draw, count):
    kind = draw(st.sampled_from(["linear", "log", "category"]))
    categories = tuple(draw(st.lists(words, min_size=1, max_size=5))) if kind == "category" else ()
    place = {
        "linear": numbers,
        "log": st.floats(min_value=sys.float_info.min, allow_infinity=False),
        "category": st.integers(0, max(0, len(categories) - 1)).map(float),
    }[kind]
    places = draw(st.lists(place | st.just(math.nan), min_size=count, max_size=count))
    return Column(name=draw(words), kind=kind, places=places, categories=categories)


def parsed(drawing):
    return ElementTree.fromstring(drawing)


def trials_in(tree):
    return Counter(int(one.get("data-trial")) for one in tree.iter() if one.get("data-trial") is not None)


@each_drawing
@any_search
@given(trials=searches())
def test_a_chart_is_well_formed_and_made_of_nothing_but_shapes_and_words(draw, trials):
    tree = parsed(draw(trials))

    assert {one.tag.removeprefix(SVG) for one in tree.iter()} <= ELEMENTS
    assert {name for one in tree.iter() for name in one.attrib} <= ATTRIBUTES
    assert tree.get("role") == "img"
    assert [child.tag.removeprefix(SVG) for child in tree][:2] == ["title", "desc"]


@each_drawing
@any_search
@given(trials=searches())
def test_every_place_in_a_chart_is_a_finite_number(draw, trials):
    drawing = draw(trials)
    tree = parsed(drawing)
    places = [one.get(name) for one in tree.iter() for name in ("x", "y", "cx", "cy", "r", "d") if one.get(name)]

    assert not [place for place in places if "nan" in place or "inf" in place or "e" in place]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@each_drawing
def test_no_name_adds_anything_to_a_chart(draw, text):
    def search(word):
        return Trials(
            id=word,
            metric=word,
            goal=Goal.MAXIMIZE,
            numbers=[0, 1],
            states=["completed", "stopped"],
            scores=[0.5, 0.25],
            parameters=(
                Column(name=word, kind="category", places=[0.0, 1.0], categories=(word, "other")),
                Column(name=f"{word} 2", kind="linear", places=[0.0, 1.0]),
            ),
            starts=[0.0, 1.0],
            seconds=[2.0, None],
        )

    hostile, harmless = parsed(draw(search(text))), parsed(draw(search("plain")))
    shapes = [Counter(one.tag for one in tree.iter() if one.tag != f"{SVG}title") for tree in (hostile, harmless)]

    assert shapes[0] == shapes[1]
    assert {name for one in hostile.iter() for name in one.attrib} <= ATTRIBUTES


@pytest.mark.parametrize("count", [1, 2, 40, 300])
@pytest.mark.parametrize("draw", [history, parallel, timeline])
def test_there_is_a_mark_for_each_trial(draw, count, make):
    assert trials_in(parsed(draw(make(count)))) == Counter(range(count))


@pytest.mark.parametrize("draw", [history, parallel])
def test_the_winner_is_drawn_last(draw, make):
    trials = make(60)
    marks = [one for one in parsed(draw(trials)).iter() if one.get("data-trial")]

    assert marks[-1].get("data-trial") == str(trials.winner)
    assert "winner" in marks[-1].get("class")


@each_drawing
def test_the_same_search_is_drawn_alike(draw, make):
    assert draw(make(80)) == draw(make(80))


@each_drawing
def test_of_a_large_search_the_best_and_a_sample_are_drawn_and_the_chart_says_so(draw, make):
    trials = make(5_000)
    drawing = draw(trials)
    found = set(trials_in(parsed(drawing)))
    best = sorted(trials.scored, key=lambda index: -trials.scores[index])[:BEST]

    assert {trials.numbers[index] for index in best} <= found
    assert len(found) <= MOST + 1
    assert "a sample of 1,50" in drawing
    assert "of 5,000 trials" in drawing


@each_drawing
def test_a_search_without_trials_gets_words_and_not_an_empty_frame(draw, make):
    tree = parsed(draw(make(0)))

    assert "No trial has" in "".join(tree.itertext())
    assert not trials_in(tree)


@pytest.mark.parametrize("draw", [history, parallel, slices])
@pytest.mark.parametrize("goal", Goal)
def test_the_sentence_says_what_was_found(draw, goal, make):
    said = parsed(draw(make(100, goal))).find(f"{SVG}desc").text

    assert said.startswith(f"r2 {'falls' if goal is Goal.MAXIMIZE else 'rises'} as --alpha grows; best r2 ")


@pytest.mark.parametrize("goal", Goal)
def test_the_best_is_of_the_brightest_colour_in_either_direction(goal, make):
    trials = make(60, goal)
    marks = {one.get("data-trial"): one.get("class") for one in parsed(history(trials)).iter() if one.get("data-trial")}
    best = max(trials.scored, key=lambda index: trials.scores[index] * (1 if goal is Goal.MAXIMIZE else -1))

    assert " q9" in marks[str(best)]


def test_a_mark_tells_all_digits_of_its_trial(make):
    trials = make(30)
    drawing = history(trials)

    assert f"r2 {trials.scores[0]!r}, --alpha {trials.parameters[0].places[0]!r}" in drawing


def test_a_chart_of_its_own_brings_its_style_and_no_address(make):
    drawing = standalone(history(make(10)))
    parsed(drawing)

    assert "prefers-color-scheme:dark" in drawing
    assert "http" not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")


@each_drawing
def test_without_hints_the_marks_stay_and_say_nothing(draw, make):
    bare = parsed(draw(make(40, hints=False)))
    marks = [one for one in bare.iter() if one.get("data-trial")]

    assert len(marks) == len([one for one in parsed(draw(make(40))).iter() if one.get("data-trial")])
    assert not [one for one in marks if len(one)]
