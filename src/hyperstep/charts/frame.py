"""The frame of a chart: the room to draw in, its axes and their ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hyperstep.charts.numbers import shown
from hyperstep.charts.scales import Scale
from hyperstep.charts.svg import label, line, room


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The rectangle between the axes, in units; y grows downwards, as SVG has it."""

    left: float
    top: float
    right: float
    bottom: float

    def x(self, scale: Scale, value: float) -> float:
        """Where a value is, from left to right."""
        return self.left + (self.right - self.left) * scale.share(value)

    def y(self, scale: Scale, value: float) -> float:
        """Where a value is, from the bottom up."""
        return self.bottom - (self.bottom - self.top) * scale.share(value)


def y_axis(
    frame: Frame, scale: Scale, *, title: str = "", tick: Callable[[float], str] = shown, most: int = 5
) -> list[str]:
    """Lines across, their values at the left, and above them what is measured."""
    parts: list[str] = []
    for value in scale.ticks(most):
        y = frame.y(scale, value)
        parts.append(line(frame.left, y, frame.right, y, "grid"))
        parts.append(label(tick(value), frame.left - 8, y + 4, "soft end"))
    if title:
        parts.append(label(title, frame.left, frame.top - 12, "strong"))
    return parts


def x_axis(
    frame: Frame,
    scale: Scale,
    *,
    title: str = "",
    tick: Callable[[float], str] = shown,
    most: int = 8,
    ticks: Sequence[float] | None = None,
) -> list[str]:
    """A line below, small strokes with their values, and in the middle what it is."""
    parts = [line(frame.left, frame.bottom, frame.right, frame.bottom, "rule")]
    free = frame.left - 30.0
    for value in scale.ticks(most) if ticks is None else ticks:
        x, text = frame.x(scale, value), tick(value)
        half = room(text) / 2
        parts.append(line(x, frame.bottom, x, frame.bottom + 4, "rule"))
        if x - half >= free and x + half <= frame.right + 24:
            parts.append(label(text, x, frame.bottom + 18, "soft middle"))
            free = x + half + 8
    if title:
        parts.append(label(title, (frame.left + frame.right) / 2, frame.bottom + 36, "soft middle"))
    return parts


def left_room(scale: Scale, tick: Callable[[float], str] = shown, most: int = 5) -> float:
    """The width that the values at the left of an axis need."""
    return max([30.0, *(room(tick(value)) for value in scale.ticks(most))]) + 14
