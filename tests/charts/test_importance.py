from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hyperstep.charts.importance import importance
from hyperstep.search.goal import Goal

SVG = "{http://www.w3.org/2000/svg}"
SHARES = {"lr": 0.02, "alpha": 0.7, "optimizer": 0.1}


def texts(drawing):
    return [one.text for one in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_there_is_a_bar_for_each_parameter_the_longest_first(make):
    drawing = importance(make(60), SHARES)
    bars = [
        float(one.get("width"))
        for one in ElementTree.fromstring(drawing).iter(f"{SVG}rect")
        if one.get("class") == "bar"
    ]

    assert [text for text in texts(drawing) if text.startswith("--")] == ["--alpha", "--optimizer", "--lr"]
    assert bars == sorted(bars, reverse=True)
    assert len(bars) == 3


def test_the_direction_is_told_as_what_is_better(make):
    assert "less is better" in texts(importance(make(60), SHARES))
    assert "less is better" in texts(importance(make(60, Goal.MINIMIZE), SHARES))


def test_too_few_trials_get_words(make):
    (words,) = texts(importance(make(10), SHARES))

    assert words == "9 trials with a score so far; 20 are needed to tell what mattered."


def test_the_sentence_names_what_explains_most(make):
    said = ElementTree.fromstring(importance(make(60), SHARES)).find(f"{SVG}desc").text

    assert said == "--alpha explains most by itself: 70% of the differences in r2 (less is better)."


@given(shares=st.dictionaries(st.sampled_from(["alpha", "lr", "depth", "momentum"]), st.floats(0, 1)))
def test_any_shares_are_drawn(shares, make):
    assert ElementTree.fromstring(importance(make(60), shares)).get("role") == "img"
