from __future__ import annotations

from xml.etree import ElementTree

from hyperstep.charts.parallel import parallel

SVG = "{http://www.w3.org/2000/svg}"


def axes(trials):
    tree = ElementTree.fromstring(parallel(trials))
    return {one.get("data-axis"): one for one in tree.iter(f"{SVG}g")}


def lines(trials):
    tree = ElementTree.fromstring(parallel(trials))
    return {int(one.get("data-trial")): one for one in tree.iter(f"{SVG}path") if one.get("data-trial")}


def test_there_is_an_axis_for_each_parameter_in_the_order_of_the_space_and_then_the_metric(make):
    assert list(axes(make(20))) == ["--alpha", "--lr", "--depth", "--optimizer", "--momentum", "r2"]


def test_axes_are_logarithmic_where_the_space_is(make):
    kinds = {name: one.get("data-kind") for name, one in axes(make(20)).items()}

    assert [name for name, kind in kinds.items() if kind == "log"] == ["--lr"]
    assert kinds["--optimizer"] == "category"


def test_a_trial_without_a_score_is_a_stroke_on_each_axis(make):
    trials = make(20)
    failed = lines(trials)[5]

    assert trials.states[5] == "failed"
    assert failed.get("class") == "t failed"
    assert failed.get("d").count("M") == failed.get("d").count("h12") == 5


def test_a_trial_with_a_score_crosses_all_axes(make):
    assert lines(make(20))[0].get("d").count("L") == 5
