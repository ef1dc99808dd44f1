"""What the buttons do."""

from __future__ import annotations

import shutil

import pytest

from hyperstep.engine.events import RunCancelRequested, SearchStopRequested, TrialStopRequested, TrialSuggested
from hyperstep.store import queries
from hyperstep.workspace import Workspace


@pytest.fixture
def folder(ran, tmp_path):
    """A copy of the workspace, to change; in it run 4 goes on, with a trial that runs."""
    shutil.copytree(ran, tmp_path, dirs_exist_ok=True)
    with Workspace.open(tmp_path) as workspace:
        (submitted,) = (one.event for one in queries.events(workspace.store.db, "1") if one.number == 1)
        run = workspace.store.new_run(submitted)
        assert run == "4"
        workspace.store.append(run, [TrialSuggested(step="4/tune", number=0, values={"rate": 0.5})])
    return tmp_path


def recorded(folder, kind) -> list:
    with Workspace.open(folder, read_only=True) as workspace:
        return [one.event for one in queries.events(workspace.store.db, "4", [kind])]


def test_cancel_is_recorded_and_leads_back_to_the_run(browse, folder):
    assert browse(folder).send("/runs/4/cancel") == "/runs/4"
    assert recorded(folder, RunCancelRequested) == [RunCancelRequested(by="the web interface")]


def test_a_run_that_has_ended_cant_be_cancelled_and_the_page_says_so(browse, folder):
    browser = browse(folder)

    answer = browser.ask("POST", "/runs/1/cancel", data={"form_token": browser.form_token})

    assert answer.status_code == 422
    assert "Run 1 has ended already" in answer.text


def test_a_trial_and_the_proposing_are_stopped_by_events(browse, folder):
    browser = browse(folder)

    assert browser.send("/runs/4/tune/0/stop") == "/runs/4/tune/0"
    assert recorded(folder, TrialStopRequested) == [TrialStopRequested(step="4/tune", number=0, by="the web interface")]
    with Workspace.open(folder) as workspace:
        workspace.store.db.execute("UPDATE step SET state = 'running' WHERE id = '4/tune'")
    assert browser.send("/runs/4/tune/stop") == "/runs/4/tune"
    assert recorded(folder, SearchStopRequested) == [SearchStopRequested(step="4/tune", by="the web interface")]


def test_any_trial_is_registered_with_alias_reason_and_lineage(browse, folder):
    there = browse(folder).send(
        "/runs/1/tune/3/register", name="other", alias="try", file="outputs/model.txt", why="it is small"
    )

    assert there == "/models/other:1"
    with Workspace.open(folder, read_only=True) as workspace:
        row = queries.model(workspace.store.db, "other", "try")
    assert (row.trial, row.tags["why"]) == ("1/tune/3", "it is small")


def test_what_a_trial_didnt_make_cant_be_registered(browse, folder):
    browser = browse(folder)

    answer = browser.ask(
        "POST", "/runs/1/tune/3/register", data={"form_token": browser.form_token, "name": "other", "file": "model"}
    )

    assert answer.status_code == 404
    assert "outputs/model.txt" in answer.text


def test_more_trials_are_a_new_run(browse, folder):
    assert browse(folder).send("/runs/1/tune/extend", trials="2") == "/runs/5"


def test_a_deleted_run_leaves_the_list(browse, folder):
    browser = browse(folder)

    assert browser.send("/runs/2/delete") == "/runs"
    assert [row.text.split()[0] for row in browser.page("/runs").all("tbody")[0].all("tr")] == ["4", "3", "1"]


@pytest.mark.parametrize("address", ["/runs/4/cancel", "/runs/2/delete", "/runs/1/tune/3/register"])
def test_no_action_happens_without_the_form_token(browse, folder, address):
    answer = browse(folder).ask("POST", address, data={"name": "other", "file": "outputs"})

    assert answer.status_code == 403
