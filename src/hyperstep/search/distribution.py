"""The Distribution protocol: where the values of one dimension come from.

Every distribution is seen as its inverse CDF over the unit interval, so that
each sampler works on the unit cube and gets all of them exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Protocol, runtime_checkable

from hyperstep.errors import SpaceError
from hyperstep.search.values import Value

LAST = 1 - 2**-53  # the largest number below 1


@runtime_checkable
class Distribution(Protocol):
    """A frozen value that turns a coordinate of the unit cube into a value, and back."""

    @property
    def size(self) -> int | None:
        """How many different values there are, or None if they can't be counted."""

    def at(self, u: float) -> Value:
        """The value at u in [0, 1): the inverse of the cumulative distribution."""

    def position(self, value: Value) -> float:
        """Where in [0, 1) a value lies: `at(position(value))` is the value again.

        Discrete values own an interval; its middle is returned. Raises SpaceError for a value that doesn't belong.
        """

    def values(self) -> Sequence[Value]:
        """The `size` different values in order. Raises SpaceError if they can't be counted."""


def number(value: object, name: str, form: str) -> int | float:
    """Take a finite real number as Python's own int or float, or raise SpaceError."""
    if not isinstance(value, bool) and isinstance(value, Real):
        plain = int(value) if isinstance(value, Integral) else float(value)
        if abs(plain) <= 1e308:
            return plain
    raise SpaceError(f"{form} has {name} = {value!r}, but {name} must be a finite number.")


def uncountable(form: str) -> SpaceError:
    """The error for a distribution whose values can't be listed."""
    return SpaceError(
        f"{form} has endlessly many values, so they can't be listed. Use choice(...) or a bounded, rounded "
        f"distribution such as quniform(low, high, q)."
    )


def stranger(value: object, form: str) -> SpaceError:
    """The error for a value that a distribution can't have produced."""
    return SpaceError(f"{value!r} isn't a value of {form}.")


def real(value: Value, form: str) -> float:
    """Take a value as a finite float, or raise SpaceError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise stranger(value, form)
    return float(value)
