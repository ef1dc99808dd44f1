"""Rounded distributions: a continuous one, to the nearest multiple of q.

Azure's rule is round(value / q) * q without a clip, so quniform(1, 100, 5) can
give 0.0; results are floats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from hyperstep.errors import SpaceError
from hyperstep.search.continuous import (
    check_interval,
    check_log_interval,
    check_log_normal,
    check_normal,
    normal_at,
    normal_share,
    uniform_at,
    uniform_share,
)
from hyperstep.search.distribution import number, real, stranger, uncountable
from hyperstep.search.values import Value


class Multiples(Sequence[float]):
    """The multiples of q by consecutive whole numbers, none of them stored."""

    def __init__(self, wholes: range, q: float) -> None:
        self._wholes = wholes
        self._q = q

    def __len__(self) -> int:
        return len(self._wholes)

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[float]: ...
    def __getitem__(self, index: int | slice) -> float | Sequence[float]:
        if isinstance(index, slice):
            return Multiples(self._wholes[index], self._q)
        return float(self._wholes[index] * self._q)


@dataclass(frozen=True, slots=True)
class QUniform:
    """A uniform number, rounded to the nearest multiple of q."""

    low: float
    high: float
    q: float

    def __post_init__(self) -> None:
        check_interval(self)
        check_q(self, max(abs(self.low), abs(self.high)))

    @property
    def size(self) -> int:
        return len(self._wholes())

    def at(self, u: float) -> float:
        return nearest(uniform_at(self.low, self.high, u), self.q, self._wholes())

    def position(self, value: Value) -> float:
        below, above = around(value, self.q, self._wholes(), str(self))
        return (self._share(below) + self._share(above)) / 2

    def values(self) -> Sequence[Value]:
        return Multiples(self._wholes(), self.q)

    def __str__(self) -> str:
        return f"quniform({self.low!r}, {self.high!r}, {self.q!r})"

    def _wholes(self) -> range:
        return wholes_between(self.low, self.high, self.q)

    def _share(self, x: float) -> float:
        return uniform_share(self.low, self.high, x)


@dataclass(frozen=True, slots=True)
class QLogUniform:
    """The exponential of a uniform number, rounded to the nearest multiple of q."""

    low: float
    high: float
    q: float

    def __post_init__(self) -> None:
        check_log_interval(self)
        check_q(self, math.exp(self.high))

    @property
    def size(self) -> int:
        return len(self._wholes())

    def at(self, u: float) -> float:
        return nearest(math.exp(uniform_at(self.low, self.high, u)), self.q, self._wholes())

    def position(self, value: Value) -> float:
        below, above = around(value, self.q, self._wholes(), str(self))
        return (self._share(below) + self._share(above)) / 2

    def values(self) -> Sequence[Value]:
        return Multiples(self._wholes(), self.q)

    def __str__(self) -> str:
        return f"qloguniform({self.low!r}, {self.high!r}, {self.q!r})"

    def _wholes(self) -> range:
        return wholes_between(math.exp(self.low), math.exp(self.high), self.q)

    def _share(self, x: float) -> float:
        return uniform_share(self.low, self.high, math.log(x)) if x > 0 else 0.0


@dataclass(frozen=True, slots=True)
class QNormal:
    """A normal number, rounded to the nearest multiple of q."""

    mu: float
    sigma: float
    q: float

    def __post_init__(self) -> None:
        check_normal(self)
        check_q(self, abs(self.mu) + 9 * self.sigma)

    @property
    def size(self) -> int | None:
        return None if self.sigma else 1

    def at(self, u: float) -> float:
        return nearest(normal_at(self.mu, self.sigma, u), self.q)

    def position(self, value: Value) -> float:
        below, above = around(value, self.q, None, str(self))
        if not self.sigma and value != self.at(0.0):
            raise stranger(value, str(self))
        return (normal_share(self.mu, self.sigma, below) + normal_share(self.mu, self.sigma, above)) / 2

    def values(self) -> Sequence[Value]:
        if self.sigma:
            raise uncountable(str(self))
        return (self.at(0.0),)

    def __str__(self) -> str:
        return f"qnormal({self.mu!r}, {self.sigma!r}, {self.q!r})"


@dataclass(frozen=True, slots=True)
class QLogNormal:
    """The exponential of a normal number, rounded to the nearest multiple of q."""

    mu: float
    sigma: float
    q: float

    def __post_init__(self) -> None:
        check_log_normal(self)
        check_q(self, math.exp(self.mu + 9 * self.sigma))

    @property
    def size(self) -> int | None:
        return None if self.sigma else 1

    def at(self, u: float) -> float:
        return nearest(math.exp(normal_at(self.mu, self.sigma, u)), self.q)

    def position(self, value: Value) -> float:
        below, above = around(value, self.q, None, str(self))
        if above <= 0 or (not self.sigma and value != self.at(0.0)):
            raise stranger(value, str(self))
        return (self._share(below) + self._share(above)) / 2

    def values(self) -> Sequence[Value]:
        if self.sigma:
            raise uncountable(str(self))
        return (self.at(0.0),)

    def __str__(self) -> str:
        return f"qlognormal({self.mu!r}, {self.sigma!r}, {self.q!r})"

    def _share(self, x: float) -> float:
        return normal_share(self.mu, self.sigma, math.log(x)) if x > 0 else 0.0


def nearest(x: float, q: float, wholes: range | None = None) -> float:
    """The multiple of q nearest to x, halves to the even one; the ends of `wholes` are its limits."""
    whole = round(x / q)
    if wholes is not None:
        whole = min(max(whole, wholes[0]), wholes[-1])
    return float(whole * q)


def wholes_between(low: float, high: float, q: float) -> range:
    """The whole numbers whose multiple of q is nearest to some number between low and high."""
    first, last = math.floor(low / q + 0.5), math.ceil(high / q - 0.5)
    if first > last:  # low and high are one number, half-way between two multiples
        first = last = round(low / q)
    return range(first, last + 1)


def around(value: Value, q: float, wholes: range | None, form: str) -> tuple[float, float]:
    """The ends of the interval that is rounded to a value, or SpaceError if it isn't a multiple within `wholes`."""
    x = real(value, form)
    whole = round(x / q) if abs(x / q) < 2**53 else 2**53
    if abs(whole * q - x) > 1e-9 * max(abs(x), q) or (wholes is not None and whole not in wholes):
        raise stranger(value, form)
    return (whole - 0.5) * q, (whole + 0.5) * q


def check_q(form: object, reach: float) -> None:
    """Take q as a plain number; raise SpaceError if it isn't a step that floats of this reach can tell apart."""
    q = number(getattr(form, "q", None), "q", type(form).__name__.lower())
    if q <= 0:
        raise SpaceError(f"{form} has q = {q!r}, but the step to round to must be more than 0.")
    if reach / q >= 2**52:
        raise SpaceError(f"{form} rounds to steps too small to tell apart. Use a larger q, or no rounding.")
    object.__setattr__(form, "q", q)
