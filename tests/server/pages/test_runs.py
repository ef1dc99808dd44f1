"""The list of runs."""

from __future__ import annotations

from hyperstep.workspace import Workspace


def test_an_empty_workspace_names_the_commands_of_a_first_run(browse, tmp_path):
    with Workspace.open(tmp_path) as workspace:
        folder = workspace.folder

    page = browse(folder).page("/")

    assert page.all("pre")[0].text == "hyperstep init first cd first hyperstep run pipeline.py"


def test_each_run_has_a_row_with_its_state_its_steps_and_its_best_score(browse, ran):
    page = browse(ran).page("/runs")

    rows = [row.text for row in page.all("tbody")[0].all("tr")]
    assert [row.split()[:3] for row in rows] == [
        ["3", "completed", "small"],
        ["2", "failed", "small"],
        ["1", "completed", "small"],
    ]
    assert "prepare: reused" in rows[0]
    assert "6/6" in rows[2]
    assert "error 0." in rows[2]


def test_runs_are_filtered_by_state_and_text_in_the_address(browse, ran):
    browser = browse(ran)

    assert len(browser.page("/runs?state=failed").all("tbody")[0].all("tr")) == 1
    assert len(browser.page("/runs?text=yes").all("tbody")[0].all("tr")) == 1
    assert "No run matches this." in browser.page("/runs?pipeline=other").text


def test_older_runs_are_reached_by_the_number_of_the_last_one_shown(browse, ran):
    page = browse(ran).page("/runs?before=2")

    assert [row.text.split()[0] for row in page.all("tbody")[0].all("tr")] == ["1"]


def test_a_page_has_one_heading_of_the_first_order_and_a_link_past_the_frame(browse, ran):
    page = browse(ran).page("/runs")

    assert len(page.all("h1")) == 1
    assert page.all("a", class_="skip")[0].attributes["href"] == "#main"
    assert page.all("main", id="main")


def test_the_theme_is_remembered_and_the_page_comes_back(browse, ran):
    browser = browse(ran)

    assert browser.send("/theme", to="dark", back="/runs?state=failed") == "/runs?state=failed"
    assert browser.page("/runs").all("html")[0].attributes["data-theme"] == "dark"


def test_a_form_without_this_sessions_token_is_refused_in_words(browse, ran):
    answer = browse(ran).ask("POST", "/theme", data={"to": "dark"})

    assert answer.status_code == 403
    assert "This form is of another session." in answer.text


def test_what_isnt_there_is_a_page_that_says_what_is(browse, ran):
    page = browse(ran).page("/runs/99", status=404)

    assert "There is no run &#39;99&#39;. The newest is 3.".replace("&#39;", "'") in page.text
