"""What the REST interface shows of a run that has ended, and of what is published."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ask(client):
    async with client() as opened:

        async def get(path, **headers):
            return await opened.get(path, headers=headers)

        yield get


async def test_a_run_its_steps_trials_and_jobs_are_as_they_were_recorded(ask, finished, folder):
    run = (await ask("/api/runs/1")).json()
    steps = (await ask("/api/runs/1/steps")).json()
    step = (await ask("/api/runs/1/steps/tune")).json()
    trial = (await ask("/api/runs/1/steps/tune/trials/1")).json()
    jobs = (await ask("/api/runs/1/steps/tune/trials/1/jobs")).json()
    job = (await ask("/api/jobs/1/tune/1.0")).json()

    assert (run["id"], run["pipeline"], run["state"], run["parameters"]) == ("1", "small", "completed", {"offset": 1.0})
    assert [one["name"] for one in steps] == ["tune", "register tiny"]
    assert step == steps[0]
    assert (step["best"], step["goal"]) == (1, "maximize")
    assert (trial["values"], trial["best_score"], trial["reports"]) == ({"x": 2}, 1.0, 3)
    assert jobs == [job]
    assert job["state"] == "completed"


async def test_what_is_not_there_is_said_with_what_is(ask, finished):
    answers = {
        path: await ask(path)
        for path in (
            "/api/runs/7",
            "/api/runs/x",
            "/api/runs/1/steps/tone",
            "/api/runs/1/steps/tune/trials/9",
            "/api/jobs/1/tune/9.0",
            "/api/jobs/nowhere",
            "/api/models/tony",
            "/api/models/tiny/versions/7",
            "/api/pipelines/small",
            "/api/nothing",
        )
    }

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 404)
    assert answers["/api/models/tony"].json() == {
        "error": "NotFound",
        "message": "There is no model 'tony'. Did you mean 'tiny'?",
    }


async def test_trials_are_paged_by_their_key(ask, finished):
    async def all_of(sort, limit):
        numbers, after = [], ""
        while after is not None:
            page = (await ask(f"/api/runs/1/steps/tune/trials?sort={sort}&limit={limit}&after={after}")).json()
            assert len(page["items"]) <= limit
            numbers += [row["number"] for row in page["items"]]
            after = page["next"]
        return numbers

    assert await all_of("number", 1) == await all_of("number", 3) == await all_of("number", 4) == [0, 1, 2, 3]
    assert await all_of("best", 1) == await all_of("best", 3) == [1, 0, 2, 3]


async def test_trials_can_be_asked_for_by_state(ask, finished):
    completed = (await ask("/api/runs/1/steps/tune/trials?state=completed")).json()
    failed = (await ask("/api/runs/1/steps/tune/trials?state=failed")).json()

    assert (len(completed["items"]), failed["items"]) == (4, [])


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "after=-1",
        "after=x",
        "sort=best&after=x",
        "sort=DROP",
        "state=odd",
        "what=1",
    ],
)
async def test_a_query_that_means_nothing_is_refused(ask, finished, query):
    answer = await ask(f"/api/runs/1/steps/tune/trials?{query}")

    assert answer.status_code == 422


async def test_runs_are_paged_by_their_key(ask, folder, small, finished):
    from hyperstep.workspace import Workspace

    with Workspace.open(folder) as workspace:
        for _ in range(4):
            workspace.submit(small, base=folder)
    first = (await ask("/api/runs?limit=3")).json()
    second = (await ask(f"/api/runs?limit=3&after={first['next']}")).json()

    assert [row["id"] for row in first["items"]] == ["5", "4", "3"]
    assert [row["id"] for row in second["items"]] == ["2", "1"]
    assert second["next"] is None


async def test_metrics_are_told_in_short_and_in_full(ask, finished):
    last = (await ask("/api/jobs/1/tune/1.0/metrics")).json()
    first = (await ask("/api/jobs/1/tune/1.0/metrics/score?limit=2")).json()
    rest = (await ask(f"/api/jobs/1/tune/1.0/metrics/score?limit=2&after={first['next']}")).json()

    assert last == {"score": 1.0}
    assert [row["value"] for row in first["items"] + rest["items"]] == [-1.0, 0.0, 1.0]
    assert rest["next"] is None


async def test_a_log_is_read_by_byte_range(ask, finished):
    whole = await ask("/api/jobs/1/tune/1.0/log")
    part = await ask("/api/jobs/1/tune/1.0/log", Range="bytes=8-11")
    end = await ask("/api/jobs/1/tune/1.0/log", Range="bytes=-4")
    beyond = await ask("/api/jobs/1/tune/1.0/log", Range="bytes=1000-")
    odd = await ask("/api/jobs/1/tune/1.0/log", Range="lines=1-2")

    assert (whole.status_code, whole.text) == (200, "trained with 2.0\n")
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "with", "bytes 8-11/17")
    assert (end.status_code, end.text) == (206, "2.0\n")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */17")
    assert odd.status_code == 416


async def test_files_are_downloads_that_no_browser_opens(ask, finished):
    listed = (await ask("/api/jobs/1/tune/1.0/files")).json()
    file = await ask("/api/jobs/1/tune/1.0/files/outputs/model.txt")
    of_model = await ask("/api/models/tiny/versions/1/files/tiny")
    names = (await ask("/api/models/tiny/versions/1/files")).json()

    assert [(one["name"], one["size"]) for one in listed] == [("outputs/model.txt", 12)]
    assert [one["name"] for one in names] == ["tiny"]
    assert file.text == of_model.text == "model of 2.0"
    for answer, name in ((file, "model.txt"), (of_model, "tiny")):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_model_is_told_with_its_lineage(ask, finished):
    (newest,) = (await ask("/api/models")).json()
    (version,) = (await ask("/api/models/tiny")).json()
    by_number = (await ask("/api/models/tiny/versions/1")).json()

    assert newest == version == by_number
    assert (version["trial"], version["values"], version["metrics"]) == ("1/tune/1", {"x": 2}, {"score": 1.0})


async def test_a_published_pipeline_says_what_it_takes(ask, published):
    (row,) = (await ask("/api/pipelines")).json()
    newest = (await ask("/api/pipelines/small/versions/newest")).json()
    first = (await ask("/api/pipelines/small/versions/1")).json()

    assert (row["name"], row["version"], row["description"]) == ("small", 1, "For tests")
    assert newest == first
    assert first["parameters"] == {"offset": 1.0}
    assert (await ask("/api/pipelines/small/versions/2")).status_code == 404


async def test_the_workspace_says_where_its_log_ends(ask, finished, app):
    told = (await ask("/api/workspace")).json()

    assert told["number"] == app.state.reading.db.execute("SELECT count(*) FROM event").fetchone()[0] > 10
    assert told["waiting"] == 0
