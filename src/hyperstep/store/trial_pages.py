"""Trial pages: a search's trials counted, filtered, sorted and read a page at a time, however many there are.

A page goes on from the last row of the one before (its sorted value and its
number), never from a count of rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperstep.store.encoding import plain
from hyperstep.store.queries import _TRIAL, _rows, _trial
from hyperstep.store.rows import StepRow, TrialRow

Db = sqlite3.Connection
Place = str | int | float | None
Key = tuple[Place, int]
Range = tuple[float | None, float | None]

SCORE = "score"
COLUMNS = {
    "number": "number",
    "state": "state",
    SCORE: "best_score",
    "reports": "reports",
    "seconds": "seconds",
    "reason": "nullif(reason, '')",
}
"""What trials can be sorted by besides the values, by the names that addresses use."""

_VALUE = 'coalesce((SELECT atom FROM json_each(trial."values") WHERE key = ?), NULL)'


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which trials: all that hold for each condition.

    states: one of these, if there are any. values: ends of a range by the value's name, either may be None.
    score: ends of a range of the best score. numbers: from which to which.
    """

    states: tuple[str, ...] = ()
    values: Mapping[str, Range] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    score: Range = (None, None)
    numbers: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """by: one of COLUMNS, or a value's name if `of_value`. What has no value comes last in both directions."""

    by: str = "number"
    of_value: bool = False
    descending: bool = False


def counts(db: Db, step: str) -> Counter[str]:
    """How many trials of a search are in each state."""
    return Counter(
        dict(
            db.execute(
                "SELECT state, count(*) FROM trial WHERE step = ? GROUP BY state ORDER BY 2 DESC", [step]
            ).fetchall()
        )
    )


def best(db: Db, step: StepRow) -> TrialRow | None:
    """The best completed trial so far; of a search that has ended the one that it recorded."""
    order = "best_score DESC" if step.goal == "maximize" else "best_score"
    where, given = "state = 'completed' AND best_score IS NOT NULL", [step.reused or step.id]
    if step.best is not None:
        where, given = "number = ?", [*given, str(step.best)]
    found = _rows(db, _TRIAL + f"WHERE step = ? AND {where} ORDER BY {order}, number LIMIT 1", *given)
    return _trial(found[0]) if found else None


def matching(db: Db, step: str, wanted: Wanted) -> int:
    """How many trials are wanted."""
    where, given = _where(step, wanted)
    (count,) = db.execute(f"SELECT count(*) FROM trial WHERE {where}", given).fetchone()  # noqa: S608 - of constants
    return int(count)


def trial_page(
    db: Db, step: str, wanted: Wanted, order: Order, *, limit: int = 50, after: Key | None = None
) -> tuple[tuple[TrialRow, ...], Key | None]:
    """A page of the trials that are wanted, and the key of the next one, None if this is the last.

    after: the key that came with the page before.
    """
    sorted_by, sorted_with = (_VALUE, [plain(order.by)]) if order.of_value else (COLUMNS[order.by], [])
    where, given = _where(step, wanted)
    beyond = "<" if order.descending else ">"
    if after is not None:
        value, number = after
        if value is None:
            where += f" AND ({sorted_by}) IS NULL AND number > ?"
            given = [*given, *sorted_with, number]
        else:
            where += f" AND (({sorted_by}) IS NULL OR ({sorted_by}) {beyond} ? OR (({sorted_by}) = ? AND number > ?))"
            given = [*given, *sorted_with, *sorted_with, value, *sorted_with, value, number]
    direction = "DESC" if order.descending else "ASC"
    rows = _rows(
        db,
        _TRIAL.replace("SELECT ", f"SELECT {sorted_by} AS sorted, ", 1)
        + f"WHERE {where} ORDER BY sorted IS NULL, sorted {direction}, number LIMIT ?",
        *sorted_with,
        *given,
        limit + 1,
    )
    keys = [(row.pop("sorted"), int(row["number"])) for row in rows]
    found = tuple(map(_trial, rows[:limit]))
    return found, keys[limit - 1] if len(rows) > limit else None


def key_text(key: Key | None) -> str:
    """A key as it stands in an address."""
    return "" if key is None else json.dumps(key, separators=(",", ":"))


def key_from_text(text: str) -> Key | None:
    """The key that a text stands for; None for none, and for anything that isn't a key."""
    try:
        value, number = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    scalar = value is None or isinstance(value, (str, int, float))
    return (value, number) if scalar and type(number) is int and 0 <= number < 1 << 62 else None


def _where(step: str, wanted: Wanted) -> tuple[str, list[Place]]:
    parts: list[str] = ["step = ?"]
    given: list[Place] = [plain(step)]
    if wanted.states:
        parts.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        given += wanted.states
    for expression, with_, (low, high) in _ranges(wanted):
        for sign, end in ((">=", low), ("<=", high)):
            if end is not None:
                parts.append(f"({expression}) {sign} ?")
                given += [*with_, end]
    for name, text in wanted.texts.items():
        parts.append(f"CAST(({_VALUE}) AS TEXT) = ?")
        given += [plain(name), plain(text)]
    return " AND ".join(parts), given


def _ranges(wanted: Wanted) -> list[tuple[str, list[str], Range]]:
    found: list[tuple[str, list[str], Range]] = [(_VALUE, [plain(name)], ends) for name, ends in wanted.values.items()]
    return [*found, ("best_score", [], wanted.score), ("number", [], wanted.numbers)]
