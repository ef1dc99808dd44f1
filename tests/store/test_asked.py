"""Published pipelines, submissions with a key, the queue, and the data that pipelines name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stories import SHORT, TUTORIAL

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import Result, RunCancelRequested, RunDeleted, RunEnded, RunSubmitted
from hyperstep.errors import NotFound
from hyperstep.store import asked, queries
from hyperstep.store.asked import REQUEST_LASTS, Received, Reception
from hyperstep.store.sqlite import SqliteStore

ASKED = RunSubmitted(pipeline=SHORT, queued=True, published="short/1", request="monday", asked="digest")


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1e9

    def now(self) -> float:
        return self.at

    def elapsed(self) -> float:
        return self.at


def receptions(received):
    return [(one.run, one.reception) for one in received]


def test_a_submission_with_the_same_key_is_made_once(store):
    received = store.submit_all([ASKED, ASKED]) + store.submit_all([ASKED])

    assert receptions(received) == [
        ("1", Reception.MADE),
        ("1", Reception.REPEATED),
        ("1", Reception.REPEATED),
    ]
    assert [row.id for row in queries.runs(store.db)] == ["1"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"asked": "other"}, Received(run="1", reception=Reception.CONFLICTING)),
        ({"request": "tuesday"}, Received(run="2", reception=Reception.MADE)),
        ({"request": "", "asked": ""}, Received(run="2", reception=Reception.MADE)),
        ({"published": "long/1"}, Received(run="2", reception=Reception.MADE)),
        ({"published": "short/2"}, Received(run="1", reception=Reception.REPEATED)),
    ],
)
def test_a_key_is_good_for_one_body_of_one_pipeline(store, changes, expected):
    store.submit_all([ASKED])

    assert store.submit_all([replace(ASKED, **changes)]) == [expected]


def test_a_key_can_be_used_again_after_a_day(path):
    clock = Hand()
    with SqliteStore(path, clock=clock) as store:
        store.submit_all([ASKED])
        clock.at += REQUEST_LASTS - 1
        before = store.submit_all([ASKED])
        clock.at += 2
        after = store.submit_all([ASKED]) + store.submit_all([ASKED])

    assert receptions(before + after) == [
        ("1", Reception.REPEATED),
        ("2", Reception.MADE),
        ("2", Reception.REPEATED),
    ]


def test_a_full_queue_turns_away_what_is_new_and_knows_what_is_not(store):
    received = store.submit_all([replace(ASKED, request=key) for key in "abca"], room=2)

    assert receptions(received) == [
        ("1", Reception.MADE),
        ("2", Reception.MADE),
        ("", Reception.TURNED_AWAY),
        ("1", Reception.REPEATED),
    ]
    store.append("1", [RunEnded(result=Result.COMPLETED)])
    assert receptions(store.submit_all([replace(ASKED, request="c")], room=2)) == [("3", Reception.MADE)]


def test_the_queue_holds_what_is_queued_or_cancelled_and_has_not_ended(store):
    for queued in (True, False, False):
        store.new_run(RunSubmitted(pipeline=SHORT, queued=queued))
    store.append("2", [RunCancelRequested()])
    both = asked.queued(store.db)
    store.append("2", [RunEnded(result=Result.CANCELLED)])
    store.append("2", [RunCancelRequested()])

    assert (both, asked.queued(store.db)) == (("1", "2"), ("1",))


def test_a_pipeline_gets_the_next_version_of_its_name(store):
    versions = [
        store.publish("short", RunSubmitted(pipeline=SHORT), description="first"),
        store.publish("short", RunSubmitted(pipeline=TUTORIAL)),
        store.publish("other", RunSubmitted(pipeline=SHORT)),
    ]
    newest = {row.name: row.version for row in asked.publications(store.db)}

    assert versions == [1, 2, 1]
    assert newest == {"short": 2, "other": 1}
    assert [row.version for row in asked.publications(store.db, "short")] == [2, 1]
    assert asked.publication(store.db, "short").submission.pipeline == TUTORIAL
    assert asked.publication(store.db, "short", 1).submission.pipeline == SHORT
    assert asked.publication(store.db, "short", 1).description == "first"


def test_what_is_not_published_is_said_with_what_is(store):
    store.publish("ridge", RunSubmitted(pipeline=SHORT))

    with pytest.raises(NotFound, match=r"as 'rigde'.*Did you mean 'ridge'"):
        asked.publication(store.db, "rigde")
    with pytest.raises(NotFound, match="'ridge' has no version 7; its newest is 1"):
        asked.publication(store.db, "ridge", 7)
    with pytest.raises(NotFound, match="No pipeline is published as 'x'"):
        asked.publications(store.db, "x")


def test_a_deleted_run_is_not_listed_and_is_still_there(store):
    for _ in range(2):
        store.new_run(RunSubmitted(pipeline=SHORT))
    store.append("1", [RunDeleted(by="Ann")])

    assert [row.id for row in queries.runs(store.db)] == ["2"]
    assert queries.run(store.db, "1").deleted
    assert not queries.run(store.db, "2").deleted


def test_data_is_listed_once_for_each_content(store):
    def submit(text):
        store.new_run(RunSubmitted(pipeline=SHORT, datasets={"data.csv": Artifact(digest=text * 64, size=3)}))

    for text in "001":
        submit(text)

    assert [(row.path, row.digest[0], row.run, row.runs) for row in queries.datasets(store.db)] == [
        ("data.csv", "0", "2", 2),
        ("data.csv", "1", "3", 1),
    ]
    assert [row.run for row in queries.datasets(store.db, after=("data.csv", "0" * 64), limit=1)] == ["3"]
