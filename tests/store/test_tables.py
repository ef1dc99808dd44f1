"""Trials as flat records."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hyperstep.store.rows import TrialRow
from hyperstep.store.sqlite import SqliteStore
from hyperstep.store.tables import trial_records, write_csv


def trial(number: int, **values: object) -> TrialRow:
    return TrialRow(
        id=f"1/tune/{number}",
        step="1/tune",
        number=number,
        values=values,
        state="failed",
        reports=0,
        best_score=None,
        last_score=None,
        reason='ended with exit code 3, "oops"',
        job="",
        seconds=0.5,
    )


def test_every_record_has_every_option_and_what_a_trial_lacks_is_none(tmp_path: Path):
    with SqliteStore(tmp_path / "store.db") as store:
        records = trial_records(store.db, [trial(0, alpha=0.1), trial(1, kernel="rbf")])

    assert [list(record) for record in records] == [
        ["trial", "state", "--alpha", "--kernel", "reports", "seconds", "reason", "id", "job"]
    ] * 2
    assert [(record["--alpha"], record["--kernel"]) for record in records] == [(0.1, None), (None, "rbf")]


def test_comma_separated_values_are_read_back_as_they_were(tmp_path: Path):
    with SqliteStore(tmp_path / "store.db") as store:
        records = trial_records(store.db, [trial(0, name="a,b\nc")])
    text = io.StringIO()
    write_csv(records, text)
    text.seek(0)

    (row,) = csv.DictReader(text)
    assert row["--name"] == "a,b\nc"
    assert row["reason"] == 'ended with exit code 3, "oops"'


def test_no_trials_are_no_text():
    text = io.StringIO()
    write_csv([], text)

    assert text.getvalue() == ""
