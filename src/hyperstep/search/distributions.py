"""Distributions: where the values of a search come from.

Classes for definitions (`Uniform(0.05, 1.0)`), functions of Azure's names for
whoever prefers those (`uniform(0.05, 1.0)`); both give the same value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hyperstep.errors import SpaceError
from hyperstep.search.continuous import LogNormal, LogUniform, Normal, Uniform
from hyperstep.search.distribution import Distribution, number, stranger
from hyperstep.search.quantised import QLogNormal, QLogUniform, QNormal, QUniform
from hyperstep.search.values import Value, text_of

__all__ = [
    "Branch",
    "Choice",
    "Distribution",
    "LogNormal",
    "LogUniform",
    "Normal",
    "QLogNormal",
    "QLogUniform",
    "QNormal",
    "QUniform",
    "RandInt",
    "Uniform",
    "choice",
    "lognormal",
    "loguniform",
    "normal",
    "qlognormal",
    "qloguniform",
    "qnormal",
    "quniform",
    "randint",
    "uniform",
]


@dataclass(frozen=True, slots=True)
class Branch:
    """An option of a choice that brings more to choose: `Branch("svm", {"C": loguniform(-5, 5)})`.

    space: names and distributions that are sampled only when this option is taken.
    """

    value: Value
    space: Mapping[str, Distribution]

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _option(self.value))
        if isinstance(self.space, Mapping):
            object.__setattr__(self, "space", dict(self.space))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the options, each as likely; an option given twice is twice as likely."""

    options: tuple[Value | Branch, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.options, (tuple, list)):
            raise SpaceError(f"Choice takes its options as a tuple or list, but {self.options!r} was given.")
        if not self.options:
            raise SpaceError("A choice has no options, so there is nothing to try. Give at least one.")
        options = tuple(option if isinstance(option, Branch) else _option(option) for option in self.options)
        object.__setattr__(self, "options", options)
        texts = [text_of(_value(option)) for option in options]
        for option in options:
            if isinstance(option, Branch) and texts.count(text_of(option.value)) > 1:
                raise SpaceError(f"A choice has more than one option {option.value!r}, and one of them is a Branch.")

    @property
    def ordered(self) -> bool:
        """True if the options are three or more rising or falling numbers, so that neighbours may be alike."""
        numbers = [
            option for option in self.options if isinstance(option, (int, float)) and not isinstance(option, bool)
        ]
        if len(numbers) < max(3, len(self.options)):
            return False
        pairs = list(pairwise(numbers))
        return all(one < other for one, other in pairs) or all(one > other for one, other in pairs)

    @property
    def size(self) -> int:
        return len({text_of(_value(option)) for option in self.options})

    def at(self, u: float) -> Value:
        return _value(self.options[min(int(u * len(self.options)), len(self.options) - 1)])

    def position(self, value: Value) -> float:
        text = text_of(value)
        for index, option in enumerate(self.options):
            if text_of(_value(option)) == text:
                return (index + 0.5) / len(self.options)
        raise stranger(value, str(self))

    def values(self) -> Sequence[Value]:
        return tuple({text_of(value): value for value in map(_value, reversed(self.options))}.values())[::-1]

    def __str__(self) -> str:
        return f"choice({', '.join(map(repr, self.options))})"


@dataclass(frozen=True, slots=True)
class RandInt:
    """A whole number from 0 to upper - 1, each as likely."""

    upper: int

    def __post_init__(self) -> None:
        upper = number(self.upper, "upper", "randint")
        if not isinstance(upper, int) or not 0 < upper <= 2**53:
            raise SpaceError(
                f"{self} has upper {self.upper!r}, but it must be a whole number, 1 or more and at most 2**53."
            )
        object.__setattr__(self, "upper", upper)

    @property
    def size(self) -> int:
        return self.upper

    def at(self, u: float) -> int:
        return min(int(u * self.upper), self.upper - 1)

    def position(self, value: Value) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value not in range(self.upper):
            raise stranger(value, str(self))
        return (value + 0.5) / self.upper

    def values(self) -> Sequence[Value]:
        return range(self.upper)

    def __str__(self) -> str:
        return f"randint({self.upper!r})"


def choice(*options: Any) -> Choice:
    """One of the options; a single list or range holds them all."""
    if len(options) == 1 and isinstance(options[0], (list, range)):
        return Choice(tuple(options[0]))
    return Choice(options)


def randint(upper: int) -> RandInt:
    """A whole number from 0 to upper - 1."""
    return RandInt(upper)


def uniform(min_value: float, max_value: float) -> Uniform:
    """Any number between two."""
    return Uniform(min_value, max_value)


def quniform(min_value: float, max_value: float, q: float) -> QUniform:
    """round(uniform / q) * q."""
    return QUniform(min_value, max_value, q)


def loguniform(min_value: float, max_value: float) -> LogUniform:
    """exp(uniform): the bounds are natural-log exponents."""
    return LogUniform(min_value, max_value)


def qloguniform(min_value: float, max_value: float, q: float) -> QLogUniform:
    """round(exp(uniform) / q) * q."""
    return QLogUniform(min_value, max_value, q)


def normal(mu: float, sigma: float) -> Normal:
    """A normal number of mean mu and standard deviation sigma."""
    return Normal(mu, sigma)


def qnormal(mu: float, sigma: float, q: float) -> QNormal:
    """round(normal / q) * q."""
    return QNormal(mu, sigma, q)


def lognormal(mu: float, sigma: float) -> LogNormal:
    """exp(normal)."""
    return LogNormal(mu, sigma)


def qlognormal(mu: float, sigma: float, q: float) -> QLogNormal:
    """round(exp(normal) / q) * q."""
    return QLogNormal(mu, sigma, q)


def _value(option: Value | Branch) -> Value:
    return option.value if isinstance(option, Branch) else option


def _option(option: object) -> Value:
    if option is None or isinstance(option, (bool, str)):
        return option
    try:
        return number(option, "an option", "choice")
    except SpaceError:
        raise SpaceError(
            f"A choice has the option {option!r}, a {type(option).__name__}, but options are finite numbers, text, "
            f"True, False or None. For anything else, give text that the script takes apart."
        ) from None
