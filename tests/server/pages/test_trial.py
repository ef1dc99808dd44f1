"""The pages of a trial and of a step."""

from __future__ import annotations


def test_a_trial_shows_its_values_as_a_command_line_with_all_digits(browse, ran):
    page = browse(ran).page("/runs/1/tune/0")

    (command, *_) = page.all("pre")
    assert command.text.startswith("python train.py --data {data of prepare} --epochs 3 --fail no --rate 0.")
    assert len(command.text.rpartition(" ")[2]) > 10


def test_a_trial_shows_each_metric_with_its_ends_and_its_log(browse, ran):
    page = browse(ran).page("/runs/1/tune/0")

    assert [row.text.split()[:2] for row in page.all("tbody")[0].all("tr")] == [["error", "3"]]
    assert page.all("pre", data_log="1/tune/0.0")[0].text.startswith("rate 0.")


def test_a_trial_that_failed_shows_the_error_in_its_log(browse, ran):
    page = browse(ran).page("/runs/2/tune/0")

    assert "AssertionError: it was asked to fail" in page.text
    assert "ended with exit code 1" in page.text


def test_a_step_that_ran_says_why_and_what_it_made(browse, ran):
    page = browse(ran).page("/runs/1/prepare")

    assert "no earlier run of this pipeline" in page.text
    assert [row.text.split()[0] for row in page.all("tbody")[0].all("tr")] == ["data"]
    assert page.all("pre", data_log="1/prepare.0")[0].text == "three numbers"


def test_a_step_that_was_reused_says_what_was_equal(browse, ran):
    assert "was reused from 1/prepare" in browse(ran).page("/runs/3/prepare").text


def test_an_id_leads_to_its_page(browse, ran):
    browser = browse(ran)

    found = {
        identity: browser.ask("GET", "/find", params={"id": identity}).headers["location"]
        for identity in ("1", "1/tune", "1/tune/3", "1/tune/3.0", "line", "line:1", "else")
    }

    assert found == {
        "1": "/runs/1",
        "1/tune": "/runs/1/tune",
        "1/tune/3": "/runs/1/tune/3",
        "1/tune/3.0": "/runs/1/tune/3",
        "line": "/models/line",
        "line:1": "/models/line:1",
        "else": "/runs?text=else",
    }
