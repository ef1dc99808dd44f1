"""Parallel coordinates: an axis for each parameter and one for the metric, a line for each trial.

Each axis is of the kind that the search space says. A trial that has no score
has no line: it is a stroke on the axes, at its values. Where a trial has no
value, its parameter being in another branch, its line passes below the axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hyperstep.charts.marks import ramp_key, trial_attribute
from hyperstep.charts.numbers import exact, shown
from hyperstep.charts.sample import said, thinned
from hyperstep.charts.scales import Scale
from hyperstep.charts.sentences import sentence, tally, winner_index
from hyperstep.charts.svg import chart, coordinate, escaped, hint, label, line, notice, room, shortened
from hyperstep.charts.theme import ramp
from hyperstep.charts.trials import Trials

SPACING = 112
"""Units between two axes, at least."""

_MANY = 150  # lines, above which each is thinner
_TOP, _FOOT = 54, 62
_LANE = 18  # units below an axis, for the trials that have no value on it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    name: str
    scale: Scale
    places: Sequence[float]
    tick: Callable[[float], str]
    x: float
    gaps: bool = False


def parallel(trials: Trials, *, width: int = 640, height: int = 360) -> str:
    """A line for each trial that has a score, the better over the worse, and the winner over all.

    width: at least; many parameters need more. The axes are groups with `data-axis`, `data-kind`, `data-low` and
    `data-high`; they go from `data-top` to `data-bottom` of the drawing.
    """
    drawn = thinned(trials)
    title = f"The values of the trials of {trials.id} and their {trials.metric}"
    if not drawn.numbers or not drawn.parameters:
        words = "No trial has begun yet." if drawn.parameters else "This search has no parameters to compare."
        return notice(words, kind="parallel", title=title, width=width, height=height)
    width = max(width, 150 + SPACING * len(drawn.parameters))
    scale, beyond = drawn.scale()
    axes = _axes(drawn, scale, width)
    top, bottom = _TOP, height - _FOOT
    parts = _lines(drawn, axes, scale, top, bottom)
    parts += [part for axis in axes for part in _axis(axis, top, bottom)]
    parts += _key(drawn, height - 10)
    if said(drawn):
        parts.append(label(said(drawn), width - 16, height - 10, "soft end"))
    far = f"{beyond} worse than the axis shows stand at its end." if beyond else ""
    words = f"{sentence(drawn)} {tally(drawn)}. {said(drawn)} {far}"
    return chart(
        parts,
        kind="parallel many" if len(drawn.numbers) > _MANY else "parallel",
        title=title,
        sentence=" ".join(words.split()),
        width=width,
        height=height,
        attributes=f' data-top="{top}" data-bottom="{bottom}"',
    )


def _axes(trials: Trials, scale: Scale, width: float) -> list[_Axis]:
    left, right = 60.0, width - 66.0
    step = (right - left) / len(trials.parameters)
    found = [
        _Axis(
            name=column.name,
            scale=column.scale(),
            places=column.places,
            tick=column.tick,
            x=left + index * step,
            gaps=any(map(math.isnan, column.places)),
        )
        for index, column in enumerate(trials.parameters)
    ]
    scores = [math.nan if score is None else score for score in trials.scores]
    return [*found, _Axis(name=trials.metric, scale=scale, places=scores, tick=shown, x=right)]


def _axis(axis: _Axis, top: float, bottom: float) -> Iterator[str]:
    low, high, kind = axis.scale.low, axis.scale.high, axis.scale.kind
    flipped = ' data-flipped="yes"' if axis.scale.flipped else ""
    yield (
        f'<g class="axis" data-axis="{escaped(axis.name)}" data-kind="{kind}" data-low="{exact(low)}" '
        f'data-high="{exact(high)}" data-x="{coordinate(axis.x)}"{flipped}>'
    )
    yield label(shortened(axis.name, SPACING - 12), axis.x, top - 32, "strong middle", whole=axis.name)
    if kind == "log":
        yield label("logarithmic", axis.x, top - 16, "soft small middle")
    yield line(axis.x, top, axis.x, bottom, "rule")
    for value in axis.scale.ticks(12 if kind == "category" else 6):
        y = bottom - (bottom - top) * axis.scale.share(value)
        text = axis.tick(value)
        if kind == "category":
            text = shortened(text, 60)
        yield line(axis.x - 4, y, axis.x, y, "rule")
        yield label(text, axis.x - 8, y + 4, "soft small end onto", whole=axis.tick(value))
    if axis.gaps:
        yield line(axis.x, bottom + _LANE - 4, axis.x, bottom + _LANE + 4, "rule")
        yield label("none", axis.x - 8, bottom + _LANE + 4, "soft small end onto")
    yield "</g>"


def _key(trials: Trials, y: float) -> list[str]:
    """What the kinds of lines and the colours mean."""
    parts, x = [], 20.0
    for state, style in (("completed", "t key"), ("stopped", "t stopped key"), ("running", "t running")):
        if trials.counts.get(state):
            parts += [f'<path class="{style}" d="M{coordinate(x)} {y - 4}h20"/>', label(state, x + 26, y, "soft")]
            x += 26 + room(state) + 14
    for state in ("failed", "cancelled"):
        if trials.counts.get(state):
            parts += [f'<path class="t {state}" d="M{coordinate(x)} {y - 4}h12"/>', label(state, x + 18, y, "soft")]
            x += 18 + room(state) + 14
    return [*parts, *ramp_key(x, y)] if trials.scored else parts


def _lines(trials: Trials, axes: Sequence[_Axis], scale: Scale, top: float, bottom: float) -> list[str]:
    best = winner_index(trials)
    merits = [-1.0 if score is None else trials.merit(scale, score) for score in trials.scores]
    states = trials.states
    order = sorted(range(len(merits)), key=lambda index: (index == best, states[index] != "stopped", merits[index]))
    xs = [coordinate(axis.x) for axis in axes]
    ys = [[_height(axis.scale, place, top, bottom) for place in axis.places] for axis in axes]
    parts: list[str] = []
    for index in order:
        classes, points = f"t {states[index]}", [column[index] for column in ys]
        if trials.scores[index] is not None:
            classes += f" {ramp(merits[index])}"
            path = "M" + "L".join(f"{x} {y}" for x, y in zip(xs, points, strict=True))
        elif states[index] == "running":
            path = "M" + "L".join(f"{x} {y}" for x, y in zip(xs[:-1], points[:-1], strict=True))
        else:
            path = "".join(f"M{coordinate(axis.x - 6)} {y}h12" for axis, y in zip(axes[:-1], points[:-1], strict=True))
        if index == best:
            parts.append(f'<path class="halo" d="{path}"/>')
            classes += " winner"
        of = trial_attribute(trials.numbers[index])
        parts.append(f'<path class="{classes}" d="{path}"{of}>{hint(trials.tooltip(index))}</path>')
    return parts


def _height(scale: Scale, place: float, top: float, bottom: float) -> str:
    """Where a value is, as text; a trial that has none passes below the axis."""
    return coordinate(bottom + _LANE if math.isnan(place) else bottom - (bottom - top) * scale.share(place))
