"""Asked: what a tuning page shows, as its address says: filters, order, columns, axes, panel. A link shows the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from hyperstep.search.values import option_of
from hyperstep.store.trial_pages import COLUMNS, Key, Order, Range, Wanted, key_from_text, key_text

TAKEN = ("best", "last", "first")
BY = ("number", "time")

_STATES = ("completed", "running", "stopped", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A condition in words, and the address without it."""

    words: str
    without: str


class Asked:
    """The query of a tuning page's address. names: of the search space's values."""

    def __init__(self, path: str, query: QueryParams, names: Sequence[str]) -> None:
        self.path = path
        self.names = names
        self._query = query
        self.panel = query.get("panel", "")
        self.by = _one_of(query.get("by", ""), BY, "number")
        self.metric = query.get("metric", "")
        self.take = _one_of(query.get("take", ""), TAKEN, "best")
        self.selected = [int(one) for one in query.get("sel", "").split(",") if one.isdecimal() and len(one) < 16][:200]
        self.states = tuple(state for state in query.getlist("state") if state in _STATES)
        self.hidden = tuple(name for name in query.getlist("hide") if name)
        self.wanted = Wanted(
            states=self.states,
            values={name: ends for name in names if (ends := self._range(f".{name}")) != (None, None)},
            texts={name: text for name in names if (text := query.get(f"is.{name}", ""))},
            score=self._range(""),
        )
        self.order = self._order()
        self.after: Key | None = key_from_text(query.get("after", ""))

    @property
    def filtered(self) -> bool:
        """True if not every trial is wanted."""
        return self.wanted != Wanted()

    def value(self, name: str) -> str:
        """A field of the query as it was given, or nothing."""
        return self._query.get(name, "")

    def link(self, *, without: Sequence[str] = ("after",), **changed: str) -> str:
        """The address with some fields changed, those left out that are empty or named in `without`."""
        kept = [
            (name, value) for name, value in self._query.multi_items() if name not in changed and name not in without
        ]
        pairs = [*kept, *((name, value) for name, value in changed.items() if value)]
        return f"{self.path}?{urlencode(pairs, quote_via=quote)}" if pairs else self.path

    def next(self, key: Key) -> str:
        """The address of the next page."""
        return self.link(after=key_text(key))

    def sorted_by(self, name: str) -> str:
        """The address of the table sorted by a column; in the other direction if it is already."""
        current = self._query.get("sort", "")
        return self.link(sort=f"-{name}" if current == name else name)

    def fields(self, *without: str) -> list[tuple[str, str]]:
        """What a form has to carry along: all but these fields, and the place in the table."""
        return [(name, value) for name, value in self._query.multi_items() if name not in {*without, "after"}]

    def chips(self, metric: str) -> list[Chip]:
        """The conditions in words, each with the address that lacks it."""
        found = [Chip(words=state, without=self._without("state", state)) for state in self.states]
        ranges: Mapping[str, Range] = {**self.wanted.values, "": self.wanted.score}
        for name, ends in ranges.items():
            if ends != (None, None):
                suffix = f".{name}" if name else ""
                without = self.link(without=("after", f"min{suffix}", f"max{suffix}"))
                found.append(Chip(words=f"{option_of(name) if name else metric} {_words(ends)}", without=without))
        for name, text in self.wanted.texts.items():
            found.append(Chip(words=f"{option_of(name)} is {text}", without=self.link(without=("after", f"is.{name}"))))
        return found

    def _without(self, name: str, value: str) -> str:
        pairs = [pair for pair in self._query.multi_items() if pair != (name, value) and pair[0] != "after"]
        return f"{self.path}?{urlencode(pairs, quote_via=quote)}" if pairs else self.path

    def _range(self, suffix: str) -> Range:
        return _number(self._query.get(f"min{suffix}", "")), _number(self._query.get(f"max{suffix}", ""))

    def _order(self) -> Order:
        text = self._query.get("sort", "")
        descending, by = text.startswith("-"), text.removeprefix("-")
        if by in COLUMNS:
            return Order(by=by, descending=descending)
        if by.startswith(".") and by[1:] in self.names:
            return Order(by=by[1:], of_value=True, descending=descending)
        return Order(by="")


def _one_of(text: str, known: Sequence[str], otherwise: str) -> str:
    return text if text in known else otherwise


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _words(ends: Range) -> str:
    low, high = ends
    if low is not None and high is not None:
        return f"from {low:.4g} to {high:.4g}"
    return f"at least {low:.4g}" if low is not None else f"at most {high:.4g}"
