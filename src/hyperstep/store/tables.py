"""Tables: trials as flat records, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Sequence
from typing import TextIO

from hyperstep.search.values import Value, option_of
from hyperstep.store import queries
from hyperstep.store.rows import TrialRow

Record = dict[str, Value]


def trial_records(db: sqlite3.Connection, trials: Sequence[TrialRow]) -> list[Record]:
    """A record for each trial, all with the same keys, in this order.

    trial (its number), state, a value for each option that was sampled (`--alpha`), the last value of each metric that
    any of them logged, reports of the primary metric, seconds, reason, id and job. What a trial lacks is None.
    """
    metrics = {trial.id: queries.last_metrics(db, trial.job) if trial.job else {} for trial in trials}
    options = dict.fromkeys(name for trial in trials for name in trial.values)
    names = dict.fromkeys(name for logged in metrics.values() for name in logged)
    return [
        {
            "trial": trial.number,
            "state": trial.state,
            **{option_of(name): trial.values.get(name) for name in options},
            **{name: metrics[trial.id].get(name) for name in names},
            "reports": trial.reports,
            "seconds": trial.seconds,
            "reason": trial.reason,
            "id": trial.id,
            "job": trial.job,
        }
        for trial in trials
    ]


def write_csv(records: Sequence[Record], to: TextIO) -> None:
    """Write records as comma-separated values with a line of names; nothing at all for no records."""
    if records:
        writer = csv.DictWriter(to, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
