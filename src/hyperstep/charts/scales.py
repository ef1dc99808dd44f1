"""Scales: where a value lies between two ends, and which values are worth a tick."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["linear", "log", "category"]

_CLOCK = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)  # seconds
_MOST_DECADES = 8  # labelled one by one; of more, some are left out


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from low to high as shares from 0 to 1; what lies outside is at the nearer end.

    kind: linear; log, with both ends above 0; category, whose values are 0, 1, 2, …
    flipped: True to have low at 1 and high at 0.
    """

    low: float
    high: float
    kind: Kind = "linear"
    flipped: bool = False

    def share(self, value: float) -> float:
        """Where a finite value lies."""
        return 1.0 - self._risen(value) if self.flipped else self._risen(value)

    def _risen(self, value: float) -> float:
        if self.kind == "log":
            if value <= 0:
                return 0.0
            low, high, value = math.log(self.low), math.log(self.high), math.log(value)
        else:
            low, high, value = self.low / 2, self.high / 2, value / 2  # halves, so that no difference overflows
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5

    def ticks(self, most: int = 5) -> list[float]:
        """Round values between the ends, at most about so many, in rising order."""
        if self.kind == "category":
            step = max(1, math.ceil((self.high - self.low + 1) / most))
            return [float(index) for index in range(math.ceil(self.low), math.floor(self.high) + 1, step)]
        if self.kind == "log" and self.high / self.low >= 10:
            return _decades(self.low, self.high, most)
        return _round(self.low, self.high, most)


def whole(scale: Scale, most: int = 8) -> list[float]:
    """Ticks of what is counted: the whole ones."""
    return [value for value in scale.ticks(most) if value.is_integer()]


def clock(scale: Scale, most: int = 6) -> list[float]:
    """Round times, in seconds: whole minutes and hours where seconds are many."""
    width = (scale.high - scale.low) / most
    step = next((step for step in _CLOCK if step >= 0.75 * width), 0)
    if width < 10 or not step:
        return scale.ticks(most)
    return [float(index * step) for index in range(math.ceil(scale.low / step), math.floor(scale.high / step) + 1)]


def span(values: Iterable[float], kind: Kind = "linear") -> Scale:
    """A scale that holds all finite values with a little air; 0 to 1 if there are none."""
    finite = [value for value in values if math.isfinite(value) and (kind != "log" or value > 0)]
    if not finite:
        return Scale(0.1, 1.0, "log") if kind == "log" else Scale(0.0, 1.0)
    low, high = min(finite), max(finite)
    if kind == "log":
        air = (math.log(high) - math.log(low)) * 0.04 or 0.5
        return Scale(
            max(5e-324, math.exp(max(-744.0, math.log(low) - air))), math.exp(min(709.7, math.log(high) + air)), "log"
        )
    air = (high / 2 - low / 2) * 0.08 or abs(high) * 0.05 or 0.5
    return Scale(_bounded(low - air), _bounded(high + air))


def robust(scores: Sequence[float], *, more_is_better: bool) -> tuple[Scale, int]:
    """A scale for scores on which a few disasters don't press the rest flat, and how many scores lie beyond it.

    The worse end is moved in if more than half of the width would hold nothing but the worst tenth.
    """
    finite = sorted(score if more_is_better else -score for score in scores if math.isfinite(score))
    if len(finite) >= 10:
        fence = finite[len(finite) // 10]
        lowest = fence / 2 - (finite[-1] / 2 - fence / 2)  # halved: as far below the fence as the best is above it
        if finite[0] / 2 < lowest and fence < finite[-1]:
            beyond = bisect_left(finite, _bounded(lowest * 2))
            kept = finite[beyond:]
            scale = span(kept if more_is_better else [-score for score in kept])
            return scale, beyond
    return span(scores), 0


def _bounded(value: float) -> float:
    return min(1.7e308, max(-1.7e308, value))


def _round(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    width = high / most - low / most
    if not width > 0 or width < 1e-300:
        return [low]
    power = 10.0 ** math.floor(math.log10(width))
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= 0.75 * width), power * 10)
    first, last = math.ceil(low / step), math.floor(high / step)
    digits = max(0, 1 - math.floor(math.log10(step)))
    found = [round(index * step, digits) if digits < 300 else index * step for index in range(first, last + 1)]
    return [value for value in found if low <= value <= high]


def _decades(low: float, high: float, most: int) -> list[float]:
    """Powers of ten, and twice and five times those where there is room."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = last - first
    factors = (1, 2, 5) if decades <= 2 else (1,)
    step = max(1, math.ceil(decades / min(most, _MOST_DECADES)))
    found = [_power(power, factor) for power in range(first, last + 1, step) for factor in factors]
    return [value for value in found if low <= value <= high]


def _power(power: int, factor: int) -> float:
    """Read from text, so that 1e-5 is the number that is written so."""
    return float(f"{factor}e{power}")
