"""Trial pages: however trials are filtered and sorted, the pages together are what Python's own sorting gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperstep import Pipeline, Step, TuneStep, choice, maximize, uniform
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import JobRequested, MetricsLogged, Point, RunSubmitted, TrialEnded, TrialSuggested
from hyperstep.engine.job import Job
from hyperstep.search.trial import TrialStatus
from hyperstep.store.queries import step, trials
from hyperstep.store.sqlite import SqliteStore
from hyperstep.store.trial_pages import (
    COLUMNS,
    Order,
    Wanted,
    best,
    counts,
    key_from_text,
    key_text,
    matching,
    trial_page,
)

STATUSES = list(TrialStatus)
trial_tuples = st.tuples(
    st.floats(0, 1),
    st.sampled_from(["relu", "tanh", 3]),
    st.none() | st.sampled_from([0.1, 0.2, 0.5]) | st.floats(-9, 9),
    st.none() | st.sampled_from([TrialStatus.COMPLETED, TrialStatus.STOPPED, TrialStatus.FAILED]),
)


@contextmanager
def filled(found) -> Iterator[SqliteStore]:
    """A store with a search of these trials: rate, kind, score, how it ended."""
    with TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "hyperstep.db")) as store:
        fill(store, found)
        yield store


def fill(store, found) -> None:
    tune = TuneStep(
        Step("train.py"),
        name="tune",
        space={"rate": uniform(0, 1), "kind": choice("relu", "tanh", 3)},
        metric=maximize("r2"),
    )
    run = store.new_run(RunSubmitted(pipeline=Pipeline("p", (tune,))))
    assert run == "1"
    source = Artifact(digest="0" * 64, size=0)
    for number, (rate, kind, score, status) in enumerate(found):
        job = f"1/tune/{number}.0"
        happened = [
            TrialSuggested(step="1/tune", number=number, values={"rate": rate, "kind": kind}),
            JobRequested(job=Job(id=job, script="train.py", source=source)),
        ]
        if score is not None:
            happened.append(MetricsLogged(job=job, points=(Point("r2", score),), through=1))
        if status is not None:
            happened.append(TrialEnded(step="1/tune", number=number, status=status, score=score))
        store.append(run, happened)


def all_pages(store, wanted, order, limit=3):
    found, key = [], None
    while True:
        page, key = trial_page(store.db, "1/tune", wanted, order, limit=limit, after=key_from_text(key_text(key)))
        found += page
        if key is None:
            return [trial.number for trial in found]
        assert len(page) == limit


@settings(deadline=None, max_examples=40)
@given(st.lists(trial_tuples, max_size=12), st.sampled_from(["score", "number", "state", "seconds"]), st.booleans())
def test_pages_follow_the_order_with_what_has_no_value_last(found, by, descending):
    with filled(found) as store:
        rows = trials(store.db, "1/tune") if found else ()
        place = {
            "score": lambda row: row.best_score,
            "number": lambda row: row.number,
            "state": lambda row: row.state,
            "seconds": lambda row: row.seconds,
        }[by]
        having = sorted((row for row in rows if place(row) is not None), key=place, reverse=descending)

        paged = all_pages(store, Wanted(), Order(by=by, descending=descending))

    assert paged == [row.number for row in having] + [row.number for row in rows if place(row) is None]


@settings(deadline=None, max_examples=40)
@given(st.lists(trial_tuples, max_size=12), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_pages_sorted_by_a_value_hold_what_its_range_allows(found, low, high, descending):
    with filled(found) as store:
        rows = [row for row in (trials(store.db, "1/tune") if found else ()) if low <= row.values["rate"] <= high]
        wanted = Wanted(values={"rate": (low, high)})

        paged = all_pages(store, wanted, Order(by="rate", of_value=True, descending=descending))

        assert matching(store.db, "1/tune", wanted) == len(rows)
    assert paged == [row.number for row in sorted(rows, key=lambda row: row.values["rate"], reverse=descending)]


def test_conditions_hold_together():
    rows = [
        (0.1, "relu", 0.5, TrialStatus.COMPLETED),
        (0.2, "tanh", 0.6, TrialStatus.COMPLETED),
        (0.3, "relu", 0.7, TrialStatus.STOPPED),
        (0.4, 3, 0.1, TrialStatus.COMPLETED),
    ]
    with filled(rows) as store:
        both = Wanted(states=("completed",), texts={"kind": "relu"})
        number = Wanted(texts={"kind": "3"})
        good = Wanted(score=(0.55, None))

        assert all_pages(store, both, Order()) == [0]
        assert all_pages(store, number, Order()) == [3]
        assert all_pages(store, good, Order()) == [1, 2]
        assert counts(store.db, "1/tune") == {"completed": 3, "stopped": 1}


def test_the_best_is_a_completed_one_and_the_first_among_equals():
    rows = [
        (0.1, "relu", 0.5, TrialStatus.COMPLETED),
        (0.2, "tanh", 0.9, TrialStatus.STOPPED),
        (0.3, "relu", 0.5, TrialStatus.COMPLETED),
        (0.4, 3, math.nan, TrialStatus.COMPLETED),
    ]
    with filled(rows) as store:
        found = best(store.db, step(store.db, "1/tune"))

    assert found is not None
    assert found.number == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", "[1]", '[1, "2"]', "[1, -1]", "[[1], 2]", "[" * 5000, "nul"])
def test_a_text_that_isnt_a_key_begins_at_the_first_page(text):
    assert key_from_text(text) is None


def test_every_column_that_addresses_name_can_be_sorted_by():
    with filled([(0.1, "relu", 0.5, TrialStatus.COMPLETED)]) as store:
        assert all(all_pages(store, Wanted(), Order(by=by)) == [0] for by in COLUMNS)
