"""Sparkline: a series as a small line, for a row of a table or a step's box."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hyperstep.charts.numbers import exact, shown
from hyperstep.charts.svg import chart, coordinate


def sparkline(values: Sequence[float], *, name: str = "value", width: int = 96, height: int = 22) -> str:
    """A line through the finite values, from left to right, with a dot on the last; a gap where one isn't finite."""
    last = next((value for value in reversed(values) if math.isfinite(value)), None)
    if last is None:
        return chart(
            (), kind="sparkline", title=f"{name}: no value yet", sentence="", width=width, height=height, grows=False
        )
    path, (x, y) = trace(values, 2, 3, width - 5, height - 3)
    dot = f'<circle class="fill" cx="{coordinate(x)}" cy="{coordinate(y)}" r="2.5"/>'
    finite = [value for value in values if math.isfinite(value)]
    words = f"{len(values)} values from {shown(min(finite))} to {shown(max(finite))}."
    parts = [f'<path class="draw" d="{path}"/>', dot]
    return chart(
        parts, kind="sparkline", title=f"{name} {exact(last)}", sentence=words, width=width, height=height, grows=False
    )


def trace(
    values: Sequence[float], left: float, top: float, right: float, bottom: float
) -> tuple[str, tuple[float, float]]:
    """The path of a series within a rectangle, and where it ends; of a single value, a dot."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite), max(finite)
    step = (right - left) / max(1, len(values) - 1)
    path, pen, end = "", "M", (left, bottom)
    for index, value in enumerate(values):
        if math.isfinite(value):
            share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
            end = (left + index * step, bottom - (bottom - top) * share)
            path += f"{pen}{coordinate(end[0])} {coordinate(end[1])}"
            pen = "L"
        else:
            pen = "M"
    return path + ("h0" if "L" not in path else ""), end
