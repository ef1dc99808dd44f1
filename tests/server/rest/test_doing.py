"""What the REST interface does: recorded before it is answered, refused with words if it can't be meant."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from hyperstep.engine.events import RunCancelRequested, RunDeleted, SearchStopRequested, TrialStopRequested
from hyperstep.server import acting
from hyperstep.server.drive import Driving
from hyperstep.store import asked, queries
from hyperstep.workspace import Workspace

pytestmark = pytest.mark.anyio
RUNS = "/api/pipelines/small/runs"
DEADLINE = 60


@pytest.fixture
async def post(client):
    async with client() as opened:

        async def send(path, json=None, **headers):
            return await opened.post(
                path, json=json, headers={name.replace("_", "-"): v for name, v in headers.items()}
            )

        yield send


@pytest.fixture
def db(app):
    return app.state.reading.db


async def until(true) -> None:
    async with asyncio.timeout(DEADLINE):
        while not true():
            await asyncio.sleep(0.02)


async def test_a_published_pipeline_is_submitted_with_its_parameters(post, published, db):
    answer = await post(RUNS, {"parameters": {"offset": 2}, "labels": {"why": "test"}})
    row = queries.run(db, "1")

    assert (answer.status_code, answer.json()) == (202, {"run": "1", "repeated": False})
    assert (row.parameters, row.labels, row.published) == ({"offset": 2.0}, {"why": "test"}, "small/1")
    assert asked.queued(db) == ("1",)


async def test_a_submission_that_is_sent_again_with_its_key_is_made_once(post, published, db):
    answers = await asyncio.gather(
        *(post(RUNS, {"parameters": {"offset": 2.0}}, Idempotency_Key="k") for _ in range(20))
    )
    other = await post(RUNS, {"parameters": {"offset": 3.0}}, Idempotency_Key="k")
    later = await post(RUNS, {"parameters": {"offset": 3.0}}, Idempotency_Key="l")

    assert {answer.json()["run"] for answer in answers} == {"1"}
    assert sorted(answer.json()["repeated"] for answer in answers) == [False] + [True] * 19
    assert other.status_code == 409
    assert "run 1" in other.json()["message"]
    assert later.json() == {"run": "2", "repeated": False}


async def test_many_submissions_are_all_recorded(post, published, db):
    answers = await asyncio.gather(*(post(RUNS, {}) for _ in range(50)))

    assert sorted(int(answer.json()["run"]) for answer in answers) == list(range(1, 51))
    assert len(queries.runs(db, limit=100)) == 50


async def test_a_full_queue_says_when_to_come_again(post, published, monkeypatch):
    monkeypatch.setattr(acting, "MOST_WAITING", 2)
    answers = [await post(RUNS, {}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[-1].headers["retry-after"] == "30"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"parameters": {"ofset": 1.0}}, 422),
        ({"parameters": {"offset": "1"}}, 422),
        ({"parameters": {"offset": True}}, 422),
        ({"parameters": {"offset": [1.0]}}, 422),
        ({"parameters": []}, 422),
        ({"params": {}}, 422),
        ({"version": 7}, 404),
        ({"version": "1"}, 422),
        ({"fresh": 1}, 422),
        ([], 422),
        ("text", 422),
    ],
)
async def test_a_submission_that_can_not_be_meant_is_refused(post, published, db, body, status):
    answer = await post(RUNS, body)

    assert answer.status_code == status
    assert answer.json()["message"]
    assert queries.runs(db) == ()


@pytest.mark.parametrize("key", ["k" * 256, "a\tb"])
async def test_a_key_that_is_none_is_refused(post, published, key):
    assert (await post(RUNS, {}, Idempotency_Key=key)).status_code == 422


async def test_a_run_is_cancelled_and_deleted(post, published, db, folder):
    await post(RUNS, {})
    early = await post("/api/runs/1/delete")
    cancelled = await post("/api/runs/1/cancel", {"by": "Ann"})
    with Driving(folder):
        await until(lambda: queries.run(db, "1").ended_at)
    late = await post("/api/runs/1/cancel")
    deleted = await post("/api/runs/1/delete", {"by": "Ann"})
    events = [one.event for one in queries.events(db, "1", [RunCancelRequested, RunDeleted])]

    assert (early.status_code, cancelled.status_code, late.status_code, deleted.status_code) == (422, 202, 422, 202)
    assert events == [RunCancelRequested(by="Ann"), RunDeleted(by="Ann")]
    assert queries.run(db, "1").state == "cancelled"
    assert queries.runs(db) == ()


async def test_a_trial_and_a_search_that_run_are_stopped(post, published, db, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_OF_TESTS", str(tmp_path / "gate"))
    await post(RUNS, {})
    with Driving(folder, ["GATE_OF_TESTS"]):
        await until(lambda: db.execute("SELECT count(*) FROM job WHERE state = 'running'").fetchone() == (2,))
        search = await post("/api/runs/1/steps/tune/stop", {"by": "Ann"})
        trial = await post("/api/runs/1/steps/tune/trials/0/stop", {"by": "Ann"})
        await until(lambda: queries.trial(db, "1/tune/0").state != "running")
        (tmp_path / "gate").touch()
        await until(lambda: queries.run(db, "1").ended_at)
    again = await post("/api/runs/1/steps/tune/trials/0/stop")
    rows = queries.trials(db, "1/tune")
    step = queries.step(db, "1/tune")

    assert (search.status_code, trial.status_code, again.status_code) == (202, 202, 422)
    assert [(row.state, row.reason) for row in rows] == [("stopped", "it was stopped by Ann"), ("completed", "")]
    assert step.notes == ("the search ended early: the search was stopped by Ann",)
    assert queries.run(db, "1").state == "completed"
    assert [type(one.event) for one in queries.events(db, "1", [SearchStopRequested, TrialStopRequested])] == [
        SearchStopRequested,
        TrialStopRequested,
    ]


async def test_any_trial_can_be_registered(post, finished, db):
    whole = await post("/api/runs/1/steps/tune/trials/3/register", {"name": "tiny", "aliases": ["odd"]})
    named = await post("/api/runs/1/steps/tune/trials/0/register", {"name": "new", "output": "outputs/model.txt"})
    unknown = await post("/api/runs/1/steps/tune/trials/0/register", {"name": "new", "output": "outputs/other"})
    bad = await post("/api/runs/1/steps/tune/trials/0/register", {"name": "a/b"})

    assert (whole.status_code, whole.json()) == (201, {"name": "tiny", "version": 2})
    assert (named.status_code, named.json()) == (201, {"name": "new", "version": 1})
    assert (unknown.status_code, bad.status_code) == (404, 422)
    assert queries.model(db, "tiny", "odd").trial == "1/tune/3"
    assert queries.model(db, "new").values == {"x": 1}


async def test_an_alias_is_pointed(post, finished, db):
    answer = await post("/api/models/tiny/aliases", {"alias": "production", "version": 1})
    missing = await post("/api/models/tiny/aliases", {"alias": "production", "version": 5})
    odd = await post("/api/models/tiny/aliases", {"alias": "7", "version": 1})

    assert (answer.status_code, missing.status_code, odd.status_code) == (200, 404, 422)
    assert queries.model(db, "tiny", "production").version == 1


async def test_a_finished_search_is_extended_in_a_run_that_is_queued(post, finished, db):
    answer = await post("/api/runs/1/steps/tune/extend", {"trials": 3})
    none = await post("/api/runs/1/steps/tune/extend", {"trials": 0})
    other = await post("/api/runs/1/steps/register-tiny/extend", {"trials": 3})

    assert (answer.status_code, answer.json()["run"]) == (202, "2")
    assert (none.status_code, other.status_code) == (422, 422)
    assert asked.queued(db) == ("2",)


async def test_what_is_written_while_the_server_ends_is_written(post, published, app, folder):
    waiting = [asyncio.ensure_future(post(RUNS, {})) for _ in range(20)]
    await asyncio.sleep(0)
    answers = await asyncio.gather(*waiting)
    app.state.acting.close()

    with Workspace.open(folder, read_only=True) as workspace:
        assert len(queries.runs(workspace.store.db)) == len(answers) == 20


async def test_a_workspace_that_can_not_be_written_is_told_and_tried_again(post, folder):
    def set_schema(number):
        with closing(sqlite3.connect(folder / ".hyperstep" / "hyperstep.db")) as db:
            (before,) = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version = {number}")
            return before

    before = set_schema(99)
    async with asyncio.timeout(DEADLINE):
        refused = await post("/api/runs/1/cancel")
        set_schema(before)
        later = await post("/api/runs/1/cancel")

    assert (refused.status_code, refused.json()["error"]) == (422, "WorkspaceTooNew")
    assert later.status_code == 404
