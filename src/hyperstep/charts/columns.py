"""Columns: a parameter of a search as numbers on an axis, which is of the kind that its distribution is.

What is chosen from a list is a category, in the order of the list; what is
sampled over decades has a logarithmic axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hyperstep.charts.numbers import exact, shown
from hyperstep.charts.scales import Kind, Scale, span
from hyperstep.search.continuous import LogNormal, LogUniform, Uniform
from hyperstep.search.distributions import Choice, Distribution, RandInt
from hyperstep.search.quantised import QLogNormal, QLogUniform, QUniform
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Value, Values, option_of, text_of

NOWHERE = math.nan

ACROSS, UP = 0.7548776662, 0.5698402910  # multiples of both, less their whole part, fill a square (Roberts 2018)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One parameter of a search.

    name: the option, `--alpha`. places: for each trial its value, of a category the index into `categories`; NaN for
    a trial that has none. low, high: the ends of the search space, None where it has none. flipped: as in Scale.
    """

    name: str
    kind: Kind
    places: Sequence[float]
    categories: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    flipped: bool = False

    def scale(self) -> Scale:
        """The ends of the space, or of the values where the space has none."""
        return replace(self._risen(), flipped=self.flipped)

    def _risen(self) -> Scale:
        if self.kind == "category":
            return Scale(-0.5, len(self.categories) - 0.5, "category")
        if self.low is not None and self.high is not None and self.low < self.high:
            return Scale(self.low, self.high, self.kind)
        return span(self.places, self.kind)

    def text(self, index: int) -> str:
        """A trial's value with all its digits; empty if it has none."""
        place = self.places[index]
        if math.isnan(place):
            return ""
        return self.categories[int(place)] if self.kind == "category" else exact(place)

    def spread(self, index: int, number: int, turn: float = ACROSS) -> float:
        """Where a mark of a trial stands: at its value; in a category, a little beside others, always at one place."""
        place = self.places[index]
        return place + ((number * turn) % 1 - 0.5) * 0.5 if self.kind == "category" else place

    def tick(self, place: float) -> str:
        """How a value of the scale is called on an axis."""
        return self.categories[int(place)] if self.kind == "category" else shown(place)


def columns_of(space: SearchSpace, values: Sequence[Values]) -> tuple[Column, ...]:
    """A column for each name of a search space, in its order, from the values of the trials."""
    forms: dict[str, list[Distribution]] = {}
    for axis in space.axes:
        forms.setdefault(axis.name, []).append(axis.distribution)
    return tuple(_column(name, found, [one.get(name, _Missing) for one in values]) for name, found in forms.items())


class _Missing:
    """Stands for no value, since None is one."""


def _column(name: str, forms: Sequence[Distribution], values: Sequence[Value | type[_Missing]]) -> Column:
    numeric = all(_is_number(value) for value in values if value is not _Missing)
    if any(isinstance(form, Choice) for form in forms) or not numeric:
        return _category(name, forms, values)
    ends = [_ends(form) for form in forms]
    places = [float(value) if isinstance(value, (int, float)) else NOWHERE for value in values]
    log = all(isinstance(form, (LogUniform, LogNormal, QLogUniform, QLogNormal)) for form in forms)
    low = min(one[0] for one in ends) if all(one is not None for one in ends) else None  # type: ignore[index]
    high = max(one[1] for one in ends) if low is not None else None  # type: ignore[index]
    known = [place for place in places if not math.isnan(place)]
    if low is not None and high is not None:
        low, high = min([low, *known]), max([high, *known])  # a quantised value may lie just outside
    if log and all(place > 0 for place in known) and (low is None or low > 0):
        return Column(name=option_of(name), kind="log", places=places, low=low, high=high)
    return Column(name=option_of(name), kind="linear", places=places, low=low, high=high)


def _category(name: str, forms: Sequence[Distribution], values: Sequence[Value | type[_Missing]]) -> Column:
    declared = [text_of(value) for form in forms if isinstance(form, Choice) for value in form.values()]
    met = [NOWHERE if value is _Missing else text_of(value) for value in values]  # type: ignore[arg-type]
    categories = tuple(dict.fromkeys([*declared, *(text for text in met if isinstance(text, str))]))
    index = {text: float(position) for position, text in enumerate(categories)}
    places = [index[text] if isinstance(text, str) else NOWHERE for text in met]
    return Column(name=option_of(name), kind="category", places=places, categories=categories)


def _ends(form: Distribution) -> tuple[float, float] | None:
    """The lowest and the highest value, or None for a distribution that has no ends, or that we don't know."""
    match form:
        case Uniform(low, high) | QUniform(low, high):
            return float(low), float(high)
        case LogUniform(low, high) | QLogUniform(low, high):
            return math.exp(low), math.exp(high)
        case RandInt(upper):
            return 0.0, float(upper - 1)
        case _:
            return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
