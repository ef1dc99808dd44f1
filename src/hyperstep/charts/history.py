"""History: the metric of each trial by number or by time, and the best so far as a line of steps."""

from __future__ import annotations

import math
from typing import Literal

from hyperstep.charts.frame import Frame, left_room, x_axis, y_axis
from hyperstep.charts.marks import legend, mark, trial_attribute
from hyperstep.charts.numbers import shown, took
from hyperstep.charts.sample import said, thinned
from hyperstep.charts.scales import Scale, clock, span, whole
from hyperstep.charts.sentences import sentence, tally, winner_index
from hyperstep.charts.svg import chart, coordinate, label, notice
from hyperstep.charts.theme import ramp
from hyperstep.charts.trials import Trials

LANE = 22  # units below the scores, for the trials that have none


def history(trials: Trials, *, by: Literal["number", "time"] = "number", width: int = 640, height: int = 320) -> str:
    """A mark for each trial.

    by: along the axis, the trial's number, or the seconds from the start of the search to the trial's.
    """
    drawn = thinned(trials)
    title = f"{trials.metric} of the trials of {trials.id}, by {by}"
    if not drawn.numbers:
        return notice("No trial has begun yet.", kind="history", title=title, width=width, height=height)
    along = _along(drawn, by)
    scale, beyond = drawn.scale()
    bare = any(score is None for score in drawn.scores)
    left = max(left_room(scale), 66.0 if bare else 0.0)
    frame = Frame(left=left, top=54, right=width - 16, bottom=height - 44 - (LANE if bare else 0))
    across = _across(along, by)
    better = "more is better" if trials.more_is_better else "less is better"
    axis = "trial" if by == "number" else "time since the start"
    lower = Frame(left=frame.left, top=frame.top, right=frame.right, bottom=height - 44)
    parts = [
        *legend(trials.counts, frame.left, 16, lines={"best so far": "best"} if trials.climb else {}),
        *y_axis(frame, scale, title=f"{trials.metric}, {better}"),
        *x_axis(
            lower,
            across,
            title=axis,
            tick=shown if by == "number" else took,
            ticks=clock(across) if by == "time" else whole(across),
        ),
        *([label("no score", frame.left - 8, height - 44 - LANE / 2 + 4, "soft end small")] if bare else []),
        _steps(drawn, frame, across, scale, by),
        *_marks(drawn, frame, across, scale, along, height - 44 - LANE / 2),
    ]
    if said(drawn):
        parts.append(label(said(drawn), frame.right, frame.top - 12, "soft end"))
    words = f"{sentence(drawn)} {tally(drawn)}. {said(drawn)} {_far(beyond)}"
    return chart(parts, kind="history", title=title, sentence=" ".join(words.split()), width=width, height=height)


def _along(trials: Trials, by: str) -> list[float]:
    if by == "number" or not trials.starts:
        return [float(number) for number in trials.numbers]
    return [math.nan if start is None else start for start in trials.starts]


def _across(along: list[float], by: str) -> Scale:
    found = span(along)
    if by == "number":
        return Scale(min(found.low, -0.5), found.high)
    return Scale(max(found.low, 0.0), found.high)


def _steps(trials: Trials, frame: Frame, across: Scale, scale: Scale, by: str) -> str:
    """The best so far; by time, only where the trials that improved it are among those drawn."""
    if not trials.climb:
        return ""
    starts = dict(zip(trials.numbers, trials.starts, strict=False)) if by == "time" else {}
    points = [
        (place, score)
        for number, score in trials.climb
        if (place := starts.get(number) if by == "time" else number) is not None
    ]
    if not points:
        return ""
    points = sorted(points)
    path = f"M{coordinate(frame.x(across, points[0][0]))} {coordinate(frame.y(scale, points[0][1]))}"
    for place, score in points[1:]:
        path += f"H{coordinate(frame.x(across, place))}V{coordinate(frame.y(scale, score))}"
    return f'<path class="best" d="{path}H{coordinate(frame.right)}"/>'


def _marks(trials: Trials, frame: Frame, across: Scale, scale: Scale, along: list[float], lane: float) -> list[str]:
    parts: list[str] = []
    best = winner_index(trials)
    radius = 4.0 if len(along) <= 150 else 3.0 if len(along) <= 600 else 2.4
    order = [index for index in range(len(along)) if index != best and not math.isnan(along[index])]
    if best is not None and not math.isnan(along[best]):
        order.append(best)
    for index in order:
        score = trials.scores[index]
        colour = "" if score is None else ramp(trials.merit(scale, score))
        parts.append(
            mark(
                trials.states[index],
                frame.x(across, along[index]),
                lane if score is None else frame.y(scale, score),
                colour=f"{colour} winner" if index == best else colour,
                attributes=trial_attribute(trials.numbers[index]),
                words=trials.tooltip(index),
                radius=6.0 if index == best else radius,
            )
        )
    return parts


def _far(beyond: int) -> str:
    return f"{beyond} worse than the axis shows stand at its end." if beyond else ""
