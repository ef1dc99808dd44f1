"""Marks: a shape for each state of a trial, so that no state is told by colour alone."""

from __future__ import annotations

from collections.abc import Mapping

from hyperstep.charts.svg import coordinate, hint, label, room
from hyperstep.charts.theme import STEPS
from hyperstep.charts.trials import STATES

RADIUS = 4.0


def mark(
    state: str, x: float, y: float, *, colour: str = "", attributes: str = "", words: str = "", radius: float = RADIUS
) -> str:
    """A trial at a point.

    colour: classes besides. attributes: more of them, escaped already. words: what is shown on hovering.
    """
    classes = f"m {state} {colour}".rstrip()
    if state in ("completed", "stopped"):
        shape = f'circle class="{classes}" cx="{coordinate(x)}" cy="{coordinate(y)}" r="{coordinate(radius)}"'
        return f"<{shape}{attributes}>{hint(words)}</circle>"
    return f'<path class="{classes}" d="{_path(state, x, y, radius)}"{attributes}>{hint(words)}</path>'


def _path(state: str, x: float, y: float, r: float) -> str:
    if state == "running":  # a ring whose left half is filled
        inner = r - 1.4
        start = f"M{coordinate(x)} {coordinate(y - r)}"
        hole = f"M{coordinate(x)} {coordinate(y + inner)}{_arc(inner, -2 * inner)}z"
        return f"{start}{_arc(r, 2 * r)}{_arc(r, -2 * r)}z{hole}"
    side = coordinate(2 * r - 2)
    corner = f"M{coordinate(x - r + 1)} {coordinate(y - r + 1)}"
    if state == "failed":
        return f"{corner}l{side} {side}m0 -{side}l-{side} {side}"
    return f"{corner}h{side}v{side}h-{side}z"


def _arc(radius: float, down: float) -> str:
    """Half a circle, against the clock, to the point so far below."""
    return f"a{coordinate(radius)} {coordinate(radius)} 0 0 0 0 {coordinate(down)}"


def trial_attribute(number: int) -> str:
    """What a script finds a trial's marks by, in all charts of a page."""
    return f' data-trial="{number}"'


def legend(
    counts: Mapping[str, int], x: float, y: float, *, lines: Mapping[str, str] | None = None, ramp: bool = False
) -> list[str]:
    """Shapes with their words and counts, those that there are; then lines, by word, of a class; then the colours."""
    parts: list[str] = []
    for state in [state for state in STATES if counts.get(state)]:
        parts.append(mark(state, x + RADIUS, y - RADIUS, colour=_key_of(state)))
        word = f"{counts[state]:,} {state}"
        parts.append(label(word, x + 14, y, "soft"))
        x += 14 + room(word) + 14
    for word, style in (lines or {}).items():
        parts.append(f'<path class="{style}" d="M{coordinate(x)} {coordinate(y - RADIUS)}h18"/>')
        parts.append(label(word, x + 24, y, "soft"))
        x += 24 + room(word) + 14
    return [*parts, *ramp_key(x, y)] if ramp else parts


def ramp_key(x: float, y: float) -> list[str]:
    """The colours from worse to better."""
    start = x + room("worse") + 6
    swatches = [
        f'<rect class="fill q{step}" x="{coordinate(start + 9 * step)}" y="{coordinate(y - 9)}" width="9" height="9"/>'
        for step in range(STEPS)
    ]
    return [label("worse", x, y, "soft"), *swatches, label("better", start + 9 * STEPS + 6, y, "soft")]


def _key_of(state: str) -> str:
    return "key" if state == "completed" else "key-open" if state == "stopped" else ""
