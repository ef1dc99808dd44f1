"""The page of a run."""

from __future__ import annotations


def test_a_completed_run_shows_its_steps_its_best_trial_and_its_model(browse, ran):
    page = browse(ran).page("/runs/1")

    assert page.all("h1")[0].text == "Run 1 of small"
    steps = [row.text for row in page.all("tbody")[0].all("tr")]
    assert [step.split()[0] for step in steps] == ["prepare", "tune", "register"]
    assert "6 of 6 trials done" in steps[1]
    assert [link.text for link in page.all("a", href="/models/line:1")] == ["line version 1"]


def test_the_graph_has_a_box_for_each_step_that_leads_to_its_page(browse, ran):
    page = browse(ran).page("/runs/1")

    boxes = page.all("svg")[-1].all("a")
    assert [box.attributes["href"] for box in boxes] == ["/runs/1/prepare", "/runs/1/tune", "/runs/1/register-line"]


def test_a_failed_run_says_why_with_the_end_of_the_log(browse, ran):
    page = browse(ran).page("/runs/2")

    assert "ended with exit code 1" in page.text
    assert "AssertionError: it was asked to fail" in page.all("pre")[0].text


def test_a_reused_step_says_where_from(browse, ran):
    page = browse(ran).page("/runs/3")

    assert page.all("a", href="/runs/1/prepare")
    assert "from run 1" in page.all("svg")[-1].text
