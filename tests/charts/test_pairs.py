from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from hyperstep.charts.pairs import pairs

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing):
    return ElementTree.fromstring(drawing)


def test_the_two_that_the_score_goes_with_most_are_chosen(make):
    title = parsed(pairs(make(100))).find(f"{SVG}title").text

    assert title.startswith("r2 of the trials of 1/tune by --alpha and ")


def test_each_trial_that_has_both_is_a_mark(make):
    trials = make(100)
    found = Counter(one.get("data-trial") for one in parsed(pairs(trials, "--lr", "--momentum")).iter())
    momentum = trials.parameters[4]

    assert {number for number in found if number} == {str(index) for index in range(100) if momentum.text(index)}


def test_axes_are_logarithmic_where_the_space_is(make):
    assert "--lr, logarithmic" in "".join(parsed(pairs(make(50), "--lr", "--depth")).itertext())


@pytest.mark.parametrize("names", [("--typo", ""), ("", "--typo")])
def test_a_parameter_that_is_not_there_gets_words(names, make):
    assert "There is no parameter --typo." in pairs(make(50), *names)
