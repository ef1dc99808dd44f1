"""Slices: the metric against one parameter at a time, side by side."""

from __future__ import annotations

import math

from hyperstep.charts.columns import Column
from hyperstep.charts.frame import Frame, left_room, x_axis, y_axis
from hyperstep.charts.marks import legend, mark, trial_attribute
from hyperstep.charts.sample import said, thinned
from hyperstep.charts.scales import Scale
from hyperstep.charts.sentences import sentence, winner_index
from hyperstep.charts.svg import chart, label, notice, room, shortened
from hyperstep.charts.theme import ramp
from hyperstep.charts.trials import WORDY, Trials

_PANEL, _GAP = 200, 26  # units


def slices(trials: Trials, *, width: int = 640, height: int = 220) -> str:
    """A panel for each parameter, with a mark for each trial that has a score and the parameter.

    width: as many panels stand side by side as it has room for. height: of one row of panels.
    """
    drawn = thinned(trials)
    title = f"{trials.metric} of the trials of {trials.id} against each parameter"
    if not drawn.scored or not drawn.parameters:
        words = "No trial has a score yet." if drawn.parameters else "This search has no parameters to compare."
        return notice(words, kind="slices", title=title, width=width, height=height)
    scale, _ = drawn.scale()
    left = left_room(scale)
    count = len(drawn.parameters)
    across = max(1, min(count, int((width - left - 16 + _GAP) // (_PANEL + _GAP))))
    panel = (width - left - 16 - _GAP * (across - 1)) / across
    counts = {
        state: len([i for i in drawn.scored if drawn.states[i] == state]) for state in dict.fromkeys(drawn.states)
    }
    parts = legend(counts, left, 16)
    for position, column in enumerate(drawn.parameters):
        row, place = divmod(position, across)
        x, top = left + place * (panel + _GAP), 50 + row * height
        frame = Frame(left=x, top=top, right=x + panel, bottom=top + height - 94)
        parts += _panel(drawn, column, frame, scale, first=place == 0)
    if said(drawn):
        parts.append(label(said(drawn), width - 16, 38, "soft end"))
    rows = math.ceil(count / across)
    words = " ".join(f"{sentence(drawn)} {said(drawn)}".split())
    return chart(parts, kind="slices", title=title, sentence=words, width=width, height=rows * height)


def _panel(trials: Trials, column: Column, frame: Frame, scale: Scale, *, first: bool) -> list[str]:
    own = column.scale()
    parts = y_axis(frame, scale, title=trials.metric) if first else y_axis(frame, scale, tick=lambda _: "")
    parts += x_axis(frame, own, tick=lambda value: shortened(column.tick(value), _PANEL / 3), most=5)
    kind = ", logarithmic" if own.kind == "log" else ""
    name = shortened(column.name, frame.right - frame.left - room(kind))
    parts.append(
        label(
            f"{name}{kind}", (frame.left + frame.right) / 2, frame.bottom + 36, "soft middle", whole=column.name + kind
        )
    )
    return parts + _marks(trials, column, own, frame, scale)


def _marks(trials: Trials, column: Column, own: Scale, frame: Frame, scale: Scale) -> list[str]:
    best = winner_index(trials)
    order = sorted(
        (index for index in trials.scored if not math.isnan(column.places[index])), key=lambda index: index == best
    )
    wordy = len(trials.numbers) <= WORDY  # of more, the hints are in the history, once
    parts: list[str] = []
    for index in order:
        score = trials.scores[index]
        assert score is not None, "only those that have one"
        colour = ramp(trials.merit(scale, score))
        parts.append(
            mark(
                trials.states[index],
                frame.x(own, column.spread(index, trials.numbers[index])),
                frame.y(scale, score),
                colour=f"{colour} winner" if index == best else colour,
                attributes=trial_attribute(trials.numbers[index]),
                words=trials.tooltip(index) if wordy else "",
                radius=5.5 if index == best else 3.2,
            )
        )
    return parts
