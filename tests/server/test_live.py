"""What happens, as it happens: nothing is lost and nothing is told twice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from hyperstep.document import encode
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
    DriverStarted,
    JobEnded,
    JobRequested,
    MetricsLogged,
    Point,
    Result,
    RunEnded,
    RunSubmitted,
)
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.pipeline.environment import Environment
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step
from hyperstep.server.live import MOST_BY_ONE, shown_of
from hyperstep.store.sqlite import SqliteStore

DEADLINE = 30  # seconds
PIPELINE = Pipeline("small", [Step("train.py", name="train", environment=Environment(variables={"KEY": "secret"}))])


@pytest.fixture
def store(folder) -> Iterator[SqliteStore]:
    with SqliteStore(folder / ".hyperstep" / "hyperstep.db") as opened:
        yield opened


@contextmanager
def listening(up, path="/api/events", headers=None) -> Iterator[Iterator[dict]]:
    with up.client.stream("GET", path, headers=headers or {}) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield told(answer.iter_lines())


def told(lines: Iterator[str]) -> Iterator[dict]:
    """The events of a stream; signs of life have the kind `beat`."""
    found: dict = {}
    for line in lines:
        if not line:
            if "data" in found:
                said = json.loads(found["data"])
                yield {"kind": found.get("event"), **said, "id": int(found["id"])}
            found = {}
        else:
            name, _, value = line.partition(": ")
            found[name] = value


def numbers(events, count):
    return [event["id"] for event in (next(events) for _ in range(count)) if event["kind"] != "beat"]


def metric(value: float) -> MetricsLogged:
    return MetricsLogged(job="1/train.0", points=(Point("r2", value),), through=1)


def test_what_happened_before_is_told_first_and_then_what_happens(up, store):
    store.new_run(RunSubmitted(pipeline=PIPELINE))
    with listening(up, "/api/events?after=0") as events:
        first = [next(events) for _ in range(2)]
        store.append("1", [DriverStarted(pid=1), metric(0.5)])
        later = [next(events) for _ in range(2)]

    assert [event["kind"] for event in (*first, *later)] == ["beat", "RunSubmitted", "DriverStarted", "MetricsLogged"]
    assert [event["number"] for event in (*first[1:], *later)] == [1, 2, 3]
    assert later[1]["event"] == {"job": "1/train.0", "through": 1, "points": [["r2", 0.5, None, 0.0]]}


def test_without_a_number_only_what_happens_from_now_on_is_told(up, store):
    store.new_run(RunSubmitted(pipeline=PIPELINE))
    with listening(up) as events:
        assert next(events)["id"] == 1
        store.append("1", [DriverStarted(pid=1)])

        assert next(events)["number"] == 2


def test_one_run_can_be_listened_to(up, store):
    for _ in range(2):
        store.new_run(RunSubmitted(pipeline=PIPELINE))
    store.append("1", [DriverStarted(pid=1)])
    store.append("2", [DriverStarted(pid=1)])
    with listening(up, "/api/events?after=0&run=2") as events:
        before = numbers(events, 3)
        store.append("1", [metric(0.5)])
        store.append("2", [RunEnded(result=Result.COMPLETED)])

        assert (before, numbers(events, 1)) == ([2, 4], [6])


def test_streams_that_are_cut_again_and_again_lose_nothing_and_double_nothing(up, store):
    store.new_run(RunSubmitted(pipeline=PIPELINE))
    events_in_all = 3_000

    def write() -> None:
        with SqliteStore(up.folder / ".hyperstep" / "hyperstep.db") as own:
            for number in range(events_in_all // 3):
                own.append("1", [metric(number)] * 3)

    writer = threading.Thread(target=write)
    writer.start()
    heard: list[int] = []
    cuts = 0
    while not heard or heard[-1] < events_in_all + 1:
        headers = {"Last-Event-ID": str(heard[-1])} if heard else {}
        with listening(up, "/api/events?after=0", headers) as events:
            for event in events:
                if event["kind"] == "beat":
                    continue
                heard.append(event["id"])
                if len(heard) % 97 == 0 or heard[-1:] == [events_in_all + 1]:
                    break
        cuts += 1
    writer.join()

    assert heard == list(range(1, events_in_all + 2))
    assert cuts > 20


def test_one_visitor_has_at_most_ten_streams(up):
    with ExitStack() as open_streams:
        streams = [open_streams.enter_context(listening(up)) for _ in range(MOST_BY_ONE)]
        for stream in streams:
            next(stream)
        refused = up.client.get("/api/events")
    deadline = time.monotonic() + DEADLINE
    status = 429
    while status != 200 and time.monotonic() < deadline:  # the server hears of the end of a stream a moment later
        with up.client.stream("GET", "/api/events") as answer:
            status = answer.status_code

    assert (refused.status_code, status) == (429, 200)
    assert "retry-after" in refused.headers


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=1e3", "run=a", "run=1/tune", "after=" + "9" * 40])
def test_a_number_that_is_none_is_refused(up, query):
    assert up.client.get(f"/api/events?{query}").status_code == 422


def test_what_is_large_or_may_be_secret_is_not_told():
    job = Job(
        id="1/train.0",
        script="train.py",
        arguments=("--password", "hunter2"),
        source=Artifact(digest="0" * 64, size=1, kind="tree"),
        inputs={},
        outputs=(),
        environment=Environment(variables={"KEY": "hunter2"}),
        variables={"KEY": "hunter2"},
    )

    assert shown_of(encode(JobRequested(job=job))) == {"job": "1/train.0"}
    assert "secret" not in json.dumps(shown_of(encode(RunSubmitted(pipeline=PIPELINE))))
    assert shown_of(encode(RunEnded(result=Result.FAILED, reason="why"))) == {"result": "failed", "reason": "why"}
    ended = shown_of(encode(JobEnded(job="1/train.0", outcome=Outcome(ending=Ending.EXITED, code=3, seconds=1.5))))
    assert ended == {"job": "1/train.0", "outcome": {"ending": "exited", "code": 3, "detail": "", "seconds": 1.5}}


def test_what_is_appended_before_the_first_look_is_told_once(folder, store, app):
    feed = app.state.feed
    store.new_run(RunSubmitted(pipeline=PIPELINE))
    feed._last = 1  # as a listener that has just joined leaves it
    store.append("1", [DriverStarted(pid=1), metric(0.5)])
    first, through = feed.after(0, None)
    second, _ = feed.after(through, None)

    assert ([told.number for told in first], second) == ([1, 2, 3], [])
