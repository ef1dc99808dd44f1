"""What holds for each page, and what the smaller ones show."""

from __future__ import annotations

import shutil

import pytest

from hyperstep.store import queries
from hyperstep.workspace import Workspace

ADDRESSES = [
    "/runs",
    "/runs/1",
    "/runs/2",
    "/runs/3",
    "/runs/1/prepare",
    "/runs/1/tune",
    *(f"/runs/1/tune?panel={name}" for name in ("slices", "pairs", "importance", "timeline", "what-if", "space")),
    "/runs/1/tune?metric=error&take=last&by=time",
    "/runs/1/register-line",
    "/runs/1/tune/0",
    "/runs/2/tune/0",
    "/models",
    "/models/line",
    "/models/line:1",
    "/pipelines",
    "/pipelines/kept",
    "/data",
    "/compare",
    "/compare?id=1&id=3",
    "/compare?id=1/tune/0&id=1/tune/1",
    "/system",
]


@pytest.fixture(scope="session")
def folder(ran, tmp_path_factory):
    """The runs, and a published pipeline."""
    there = tmp_path_factory.mktemp("kept") / "ran"
    shutil.copytree(ran, there)
    with Workspace.open(there) as workspace:
        (first,) = (one.event for one in queries.events(workspace.store.db, "1") if one.number == 1)
        workspace.store.publish("kept", first, description="what is tried here")
    return there


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_whole_html_with_one_heading_and_no_inline_style_or_script(browse, folder, address):
    page = browse(folder).page(address)

    assert len(page.all("h1")) == 1
    assert all("src" in one.attributes or one.attributes["type"] == "application/json" for one in page.all("script"))
    every = page.all()
    assert not [one for one in every if "style" in one.attributes or one.tag == "style"]
    assert not [name for one in every for name in one.attributes if name.startswith("on")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_link_of_a_page_leads_somewhere(browse, folder, address):
    browser = browse(folder)
    links = {link.attributes["href"].partition("#")[0] for link in browser.page(address).all("a")}

    lost = [
        link
        for link in sorted(links)
        if link and not link.startswith("/api/") and browser.ask("GET", link).status_code != 200
    ]

    assert lost == []


def test_a_version_says_where_it_comes_from_and_how_it_is_loaded(browse, ran):
    page = browse(ran).page("/models/line:1")

    with Workspace.open(ran, read_only=True) as workspace:
        best = queries.step(workspace.store.db, "1/tune").best
    assert page.all("a", href=f"/runs/1/tune/{best}")
    assert "hyperstep models line:1 --copy model" in page.text


def test_an_alias_is_pointed_by_a_form(browse, folder):
    browser = browse(folder)

    assert browser.send("/models/aliases", model="line", version="1", alias="good") == "/models/line:1"
    assert "good" in browser.page("/models/line:good").all("div", class_="title")[0].text


def test_a_published_pipeline_is_run_once_by_a_form_made_from_its_parameters(browse, folder):
    browser = browse(folder)
    form = browser.page("/pipelines/kept").all("form", action="/pipelines/kept/runs")[0]
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.all("input")}
    assert {"p.epochs", "p.fail"} <= set(fields)
    fields = {**fields, "p.epochs": "5"}
    del fields["form_token"], fields["fresh"]

    there = browser.send("/pipelines/kept/runs", **fields)

    assert browser.send("/pipelines/kept/runs", **fields) == there
    assert "epochs=5" in browser.page(there).text


def test_a_parameter_of_another_type_is_refused_in_words(browse, folder):
    browser = browse(folder)

    answer = browser.ask("POST", "/pipelines/kept/runs", data={"form_token": browser.form_token, "p.epochs": "many"})

    assert answer.status_code == 422
    assert "is a whole number" in answer.text


def test_a_stored_file_is_shown_as_text_and_downloaded_as_an_attachment(browse, ran):
    browser = browse(ran)
    with Workspace.open(ran, read_only=True) as workspace:
        (made,) = queries.artifacts(workspace.store.db, "1/prepare.0")

    page = browser.page(f"/data/{made.artifact.digest}")
    download = browser.ask("GET", f"/data/{made.artifact.digest}/download")

    assert page.all("pre")[0].text == "1 2 3"
    assert page.all("a", href="/runs/1/prepare")
    assert download.content == b"1 2 3"
    assert download.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in download.headers["content-security-policy"]


def test_two_trials_are_compared_with_what_differs_first(browse, ran):
    rows = browse(ran).page("/compare?id=1/tune/0&id=1/tune/1").all("tbody")[0].all("tr")

    words = [row.text.split()[-1] for row in rows]
    assert words == sorted(words)
    assert any("--rate" in row.text for row in rows)
    assert sum("better" in row.text for row in rows) == 1


def test_two_runs_are_compared_down_to_the_argument_that_changed(browse, ran):
    assert "no" in browse(ran).page("/compare?id=1&id=2").all("ul")[1].text
