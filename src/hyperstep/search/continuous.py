"""Continuous distributions: uniform and normal, on a plain or a logarithmic scale.

The bounds of a log-uniform are natural-log exponents: LogUniform(-6, -1) goes
from exp(-6) to exp(-1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from hyperstep.errors import SpaceError
from hyperstep.search.distribution import LAST, number, real, stranger, uncountable
from hyperstep.search.values import Value

STANDARD = NormalDist()
FIRST = 2**-54  # stands for u = 0, where a normal's inverse is infinite: the middle of the first of 2**53 cells
REACH = 9.0  # standard deviations; FIRST and LAST lie within 8.3
LARGEST_LOG = math.log(1e308)
SMALLEST_LOG = math.log(1e-307)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any number from low to high."""

    low: float
    high: float

    def __post_init__(self) -> None:
        check_interval(self)

    @property
    def size(self) -> int | None:
        return None

    def at(self, u: float) -> float:
        return uniform_at(self.low, self.high, u)

    def position(self, value: Value) -> float:
        x = real(value, str(self))
        if not self.low <= x <= self.high:
            raise stranger(value, str(self))
        return uniform_share(self.low, self.high, x)

    def values(self) -> Sequence[Value]:
        raise uncountable(str(self))

    def __str__(self) -> str:
        return f"uniform({self.low!r}, {self.high!r})"


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The exponential of any number from low to high: between exp(low) and exp(high), each decade as likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        check_log_interval(self)

    @property
    def size(self) -> int | None:
        return 1 if self.low == self.high else None

    def at(self, u: float) -> float:
        return math.exp(uniform_at(self.low, self.high, u))

    def position(self, value: Value) -> float:
        x = real(value, str(self))
        low, high = math.exp(self.low), math.exp(self.high)
        if not low <= x <= high:
            raise stranger(value, str(self))
        return uniform_share(self.low, self.high, math.log(x))

    def values(self) -> Sequence[Value]:
        if self.low < self.high:
            raise uncountable(str(self))
        return (self.at(0.0),)

    def __str__(self) -> str:
        return f"loguniform({self.low!r}, {self.high!r})"


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution with mean mu and standard deviation sigma; always mu if sigma is 0."""

    mu: float
    sigma: float

    def __post_init__(self) -> None:
        check_normal(self)

    @property
    def size(self) -> int | None:
        return None if self.sigma else 1

    def at(self, u: float) -> float:
        return normal_at(self.mu, self.sigma, u)

    def position(self, value: Value) -> float:
        x = real(value, str(self))
        if not self.sigma and x != self.mu:
            raise stranger(value, str(self))
        return normal_share(self.mu, self.sigma, x)

    def values(self) -> Sequence[Value]:
        if self.sigma:
            raise uncountable(str(self))
        return (float(self.mu),)

    def __str__(self) -> str:
        return f"normal({self.mu!r}, {self.sigma!r})"


@dataclass(frozen=True, slots=True)
class LogNormal:
    """The exponential of a normal distribution; mu and sigma are those of the logarithm."""

    mu: float
    sigma: float

    def __post_init__(self) -> None:
        check_log_normal(self)

    @property
    def size(self) -> int | None:
        return None if self.sigma else 1

    def at(self, u: float) -> float:
        return math.exp(normal_at(self.mu, self.sigma, u))

    def position(self, value: Value) -> float:
        x = real(value, str(self))
        if x <= 0 or (not self.sigma and x != math.exp(self.mu)):
            raise stranger(value, str(self))
        return normal_share(self.mu, self.sigma, math.log(x))

    def values(self) -> Sequence[Value]:
        if self.sigma:
            raise uncountable(str(self))
        return (math.exp(self.mu),)

    def __str__(self) -> str:
        return f"lognormal({self.mu!r}, {self.sigma!r})"


def uniform_at(low: float, high: float, u: float) -> float:
    """The number that divides the interval as u divides the unit interval."""
    return min(max(low + (high - low) * u, float(low)), float(high))


def uniform_share(low: float, high: float, x: float) -> float:
    """The share in [0, 1) of the interval that lies below x."""
    return min(max((x - low) / (high - low), 0.0), LAST) if low < high else 0.5


def normal_at(mu: float, sigma: float, u: float) -> float:
    """The number below which a share u of the normal distribution lies."""
    return mu + sigma * STANDARD.inv_cdf(max(u, FIRST)) if sigma else float(mu)


def normal_share(mu: float, sigma: float, x: float) -> float:
    """The share in [0, 1) of the normal distribution that lies below x."""
    return min(STANDARD.cdf((x - mu) / sigma), LAST) if sigma else 0.5


def check_interval(form: object, *, equal: bool = False) -> None:
    """Take low and high as plain numbers; raise SpaceError if they span no interval."""
    low, high = _plain(form, "low"), _plain(form, "high")
    if low > high or (low == high and not equal):
        advice = "Swap the two." if low > high else "For one value only, use choice(value) or an argument of the step."
        raise SpaceError(f"{form} has low {low!r} and high {high!r}, but low must be less than high. {advice}")
    if high - low > 1e308:
        raise SpaceError(f"{form} is wider than a float can hold. Bring low and high closer together.")


def check_log_interval(form: object) -> None:
    """The same for bounds that are natural-log exponents."""
    check_interval(form, equal=True)
    low, high = _plain(form, "low"), _plain(form, "high")
    if high > LARGEST_LOG or low < SMALLEST_LOG:
        raise SpaceError(
            f"{form} goes from exp({low!r}) to exp({high!r}), which a float can't hold: low and high are natural-log "
            f"exponents, between {SMALLEST_LOG:.0f} and {LARGEST_LOG:.0f}. For values from a to b, "
            f"give log(a) and log(b)."
        )


def check_normal(form: object) -> None:
    """Take mu and sigma as plain numbers; raise SpaceError for a negative sigma."""
    mu, sigma = _plain(form, "mu"), _plain(form, "sigma")
    if sigma < 0:
        raise SpaceError(f"{form} has sigma = {sigma!r}, but a standard deviation can't be negative.")
    if abs(mu) + REACH * sigma > 1e308:
        raise SpaceError(f"{form} reaches values that a float can't hold. Bring mu and sigma closer to 0.")


def check_log_normal(form: object) -> None:
    """The same for the mean and deviation of a logarithm."""
    check_normal(form)
    mu, sigma = _plain(form, "mu"), _plain(form, "sigma")
    if mu + REACH * sigma > LARGEST_LOG or mu - REACH * sigma < SMALLEST_LOG:
        raise SpaceError(
            f"{form} reaches from exp({mu - REACH * sigma:g}) to exp({mu + REACH * sigma:g}), which a float can't "
            f"hold: mu and sigma are those of the natural logarithm. For a median m, give mu = log(m)."
        )


def _plain(form: object, name: str) -> int | float:
    plain = number(getattr(form, name), name, type(form).__name__.lower())
    object.__setattr__(form, name, plain)  # a NumPy number becomes Python's own, so that it can be written down
    return plain
