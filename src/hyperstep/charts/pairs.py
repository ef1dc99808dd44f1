"""Two parameters: each trial at its values of both, coloured by its score. No surface is made up between them."""

from __future__ import annotations

import math

from hyperstep.charts.columns import UP, Column
from hyperstep.charts.frame import Frame, left_room, x_axis, y_axis
from hyperstep.charts.marks import legend, mark, trial_attribute
from hyperstep.charts.sample import said, thinned
from hyperstep.charts.scales import Scale
from hyperstep.charts.sentences import best, correlation, winner_index
from hyperstep.charts.svg import chart, label, notice, room, shortened
from hyperstep.charts.theme import ramp
from hyperstep.charts.trials import Trials


def pairs(trials: Trials, x: str = "", y: str = "", *, width: int = 640, height: int = 360) -> str:
    """A mark for each trial that has both parameters.

    x, y: their names, `--alpha`; left out, the two that the score goes with most clearly.
    """
    drawn = thinned(trials)
    across, up = _chosen(drawn, x, y)
    names = f"{across.name} and {up.name}" if across and up else "two parameters"
    title = f"{trials.metric} of the trials of {trials.id} by {names}"
    if across is None or up is None:
        words = (
            "This search has fewer than two parameters."
            if len(drawn.parameters) < 2
            else f"There is no parameter {x or y}."
        )
        return notice(words, kind="pairs", title=title, width=width, height=height)
    if not drawn.numbers:
        return notice("No trial has begun yet.", kind="pairs", title=title, width=width, height=height)
    own, other = across.scale(), up.scale()
    left = min(150.0, left_room(other, up.tick))
    frame = Frame(left=left, top=54, right=width - 16, bottom=height - 44)
    parts = [
        *legend(trials.counts, frame.left, 16, ramp=bool(drawn.scored)),
        *y_axis(frame, other, title=_title(up), tick=lambda value: shortened(up.tick(value), left - 14), most=6),
        *x_axis(frame, own, title=_title(across), tick=lambda value: shortened(across.tick(value), 90)),
        *_marks(drawn, across, up, frame, own, other),
    ]
    if said(drawn):
        parts.append(label(said(drawn), frame.right, frame.top - 12, "soft end"))
    found = best(drawn)
    words = f"{found[:1].upper()}{found[1:]}. {said(drawn)}" if found else "No trial has a score yet."
    return chart(parts, kind="pairs", title=title, sentence=words.strip(), width=width, height=height)


def _title(column: Column) -> str:
    kind = ", logarithmic" if column.scale().kind == "log" else ""
    return f"{shortened(column.name, 300 - room(kind))}{kind}"


def _chosen(trials: Trials, x: str, y: str) -> tuple[Column | None, Column | None]:
    by_name = {column.name: column for column in trials.parameters}
    clear = sorted(by_name.values(), key=lambda column: -_telling(trials, column))
    first = by_name.get(x) if x else next((column for column in clear if column.name != y), None)
    taken = first.name if first else ""
    second = by_name.get(y) if y else next((column for column in clear if column.name != taken), None)
    return first, second


def _telling(trials: Trials, column: Column) -> float:
    """How clearly the score goes with a parameter, less for one that only some trials have."""
    there = sum(not math.isnan(place) for place in column.places)
    return abs(correlation(trials, column)) * there / max(1, len(column.places))


def _marks(trials: Trials, across: Column, up: Column, frame: Frame, own: Scale, other: Scale) -> list[str]:
    winner = winner_index(trials)
    scale, _ = trials.scale()
    merits = [-1.0 if score is None else trials.merit(scale, score) for score in trials.scores]
    there = [
        index
        for index in range(len(trials.numbers))
        if not math.isnan(across.places[index]) and not math.isnan(up.places[index])
    ]
    return [
        mark(
            trials.states[index],
            frame.x(own, across.spread(index, trials.numbers[index])),
            frame.y(other, up.spread(index, trials.numbers[index], UP)),
            colour=f"{ramp(merits[index])}{' winner' if index == winner else ''}" if merits[index] >= 0 else "",
            attributes=trial_attribute(trials.numbers[index]),
            words=trials.tooltip(index),
            radius=7 if index == winner else 4.5,
        )
        for index in sorted(there, key=lambda index: (index == winner, merits[index]))
    ]
