"""The page of a tuning step."""

from __future__ import annotations

import csv
import io
import json

from hyperstep.store import queries
from hyperstep.workspace import Workspace


def numbers(page) -> list[int]:
    table = page.all("table")[-1]
    return [int(row.attributes["data-trial"]) for row in table.all("tbody")[0].all("tr")]


def test_the_first_line_names_the_best_trial_its_score_its_values_and_the_model(browse, ran):
    with Workspace.open(ran, read_only=True) as workspace:
        step = queries.step(workspace.store.db, "1/tune")
        best = queries.trial(workspace.store.db, f"1/tune/{step.best}")

    sentence = browse(ran).page("/runs/1/tune").all("p", class_="lead")[0].text

    assert sentence.startswith(f"Trial {best.number} is best: error {best.best_score:.4g} with --rate")
    assert "6 of 6 trials done, none stopped early" in sentence
    assert "Registered as line version 1." in sentence


def test_every_trial_is_in_the_history_the_parallel_coordinates_and_the_table(browse, ran):
    page = browse(ran).page("/runs/1/tune")

    assert sorted(numbers(page)) == list(range(6))
    for kind in ("history", "parallel"):
        drawing = next(svg for svg in page.all("svg") if kind in svg.attributes.get("class", "").split())
        marked = [one for number in range(6) for one in drawing.all(data_trial=str(number))]
        assert len(marked) >= 6, kind


def test_the_table_begins_with_the_best_score_and_sorts_by_what_the_address_says(browse, ran):
    browser = browse(ran)
    best_first = numbers(browser.page("/runs/1/tune"))
    by_number = numbers(browser.page("/runs/1/tune?sort=number"))
    by_rate = numbers(browser.page("/runs/1/tune?sort=-.rate"))

    with Workspace.open(ran, read_only=True) as workspace:
        rows = queries.trials(workspace.store.db, "1/tune")
    assert by_number == [row.number for row in rows]
    assert best_first == [row.number for row in sorted(rows, key=lambda row: row.best_score)]
    assert by_rate == [row.number for row in sorted(rows, key=lambda row: -row.values["rate"])]


def test_conditions_in_the_address_filter_the_table_and_stand_as_chips(browse, ran):
    with Workspace.open(ran, read_only=True) as workspace:
        rows = queries.trials(workspace.store.db, "1/tune")
    middle = sorted(row.values["rate"] for row in rows)[3]

    page = browse(ran).page(f"/runs/1/tune?min.rate={middle}&sort=number")

    assert numbers(page) == [row.number for row in rows if row.values["rate"] >= middle]
    assert "3 of 6 trials match" in page.text
    (chip,) = page.all("li", class_="chip")
    assert chip.all("a")[0].attributes["href"] == "/runs/1/tune?sort=number#trials"


def test_nothing_that_matches_is_said_in_words(browse, ran):
    page = browse(ran).page("/runs/1/tune?min=1e9")

    assert "No trial matches this." in page.text


def test_what_the_table_shows_comes_as_csv_and_json(browse, ran):
    browser = browse(ran)

    text = browser.ask("GET", "/runs/1/tune/trials.csv?sort=number&state=completed").text
    records = browser.ask("GET", "/runs/1/tune/trials.json?sort=number").json()

    assert [row["trial"] for row in csv.DictReader(io.StringIO(text))] == [str(number) for number in range(6)]
    assert [record["trial"] for record in records] == list(range(6))
    assert all(0 <= record["--rate"] <= 1 for record in records)


def test_a_reused_search_shows_the_trials_of_the_one_it_was_taken_from(browse, ran):
    page = browse(ran).page("/runs/3/tune")

    assert sorted(numbers(page)) == list(range(6))
    assert page.all("a", href="/runs/1/tune")


def test_the_data_for_the_script_is_what_the_charts_show(browse, ran):
    page = browse(ran).page("/runs/1/tune")

    data = json.loads(page.all("script", id="columns")[0].text)

    assert data["numbers"] == list(range(6))
    assert list(data["columns"]) == ["--rate"]
    assert len(data["columns"]["--rate"]["places"]) == 6


def test_axes_are_ordered_hidden_and_flipped_by_the_address(browse, ran):
    browser = browse(ran)

    plain = browser.page("/runs/1/tune").all("g", data_axis="--rate")[0]
    hidden = browser.page("/runs/1/tune?axes=!--rate").all("g", data_axis="--rate")
    flipped = browser.page("/runs/1/tune?axes=--rate~flip").all("g", data_axis="--rate")[0]

    assert plain.attributes["data-kind"] == "linear"
    assert "data-flipped" not in plain.attributes
    assert flipped.attributes["data-flipped"] == "yes"
    assert hidden == []


def test_another_policy_is_replayed_with_the_numbers_said(browse, ran):
    page = browse(ran).page("/runs/1/tune?panel=what-if&policy=bandit&slack_factor=0.0001")

    assert "of 6 trials would have been stopped" in page.text
    assert "The best" in page.text


def test_settings_that_a_policy_doesnt_take_are_explained_on_the_page(browse, ran):
    page = browse(ran).page("/runs/1/tune?panel=what-if&policy=median&eta=3")

    assert "--policy median takes" in page.text
