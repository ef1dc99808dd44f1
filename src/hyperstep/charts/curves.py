"""Curves: what trials reported on their way, the score that the policy asked for, and where it stopped them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hyperstep.charts.frame import Frame, left_room, x_axis, y_axis
from hyperstep.charts.marks import legend, mark, trial_attribute
from hyperstep.charts.numbers import counted, exact, shown
from hyperstep.charts.scales import Scale, robust, whole
from hyperstep.charts.svg import chart, coordinate, escaped, label, notice
from hyperstep.charts.theme import ramp
from hyperstep.search.goal import Goal

MOST = 200
"""How many curves are drawn at most."""

_DETAIL = 120  # points of a curve at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What a trial reported, oldest first; what isn't finite is a gap. reason: why it was stopped, or empty."""

    number: int
    state: str
    scores: Sequence[float]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The curves of a search that are to be drawn.

    bound: the score that the policy asks for, by the number of reports, rising. policy: what it is called, or empty.
    winner: number of the best trial. total: trials of the search, of which the curves may be a part.
    """

    id: str
    metric: str
    goal: Goal
    curves: tuple[Curve, ...]
    bound: Sequence[tuple[int, float]] = ()
    policy: str = ""
    winner: int | None = None
    total: int = 0


def curves(search: Curves, *, width: int = 640, height: int = 320) -> str:
    """A line for each trial that reported twice or more, from its first report to its last."""
    title = f"{search.metric} of the trials of {search.id}, by report"
    longest = max((len(curve.scores) for curve in search.curves), default=0)
    if longest < 2:
        return notice(_too_few(search, longest), kind="curves", title=title, width=width, height=height)
    up = search.goal is Goal.MAXIMIZE
    finite = [score for curve in search.curves for score in curve.scores if math.isfinite(score)]
    scale, beyond = robust([*finite, *(score for _, score in search.bound)], more_is_better=up)
    frame = Frame(left=left_room(scale), top=54, right=width - 16, bottom=height - 44)
    across = Scale(1, longest)
    stops = sum(curve.state == "stopped" for curve in search.curves)
    lines = {"asked for by the policy": "bound"} if search.bound else {}
    parts = [
        *legend({"stopped": stops}, frame.left, 16, lines=lines),
        *y_axis(frame, scale, title=f"{search.metric}, {'more' if up else 'less'} is better"),
        *x_axis(frame, across, title="report", ticks=whole(across)),
        *_lines(search, frame, across, scale),
    ]
    if search.bound:
        points = "L".join(_point(frame, across, scale, reports, score) for reports, score in search.bound)
        hint = f"{search.policy} asks for this" if search.policy else "The policy asks for this"
        parts.append(f'<path class="bound" d="M{points}"><title>{escaped(hint)}</title></path>')
    parts += _stops(search, frame, across, scale)
    drawn = said(search)
    if drawn:
        parts.append(label(drawn, frame.right, 16, "soft end"))
    far = f"{counted(beyond, 'value')} worse than the axis shows are at its end." if beyond else ""
    words = f"{_found(search, stops, longest)} {drawn} {far}"
    return chart(parts, kind="curves", title=title, sentence=" ".join(words.split()), width=width, height=height)


def said(search: Curves) -> str:
    """That a part is drawn; empty if all is."""
    if len(search.curves) >= search.total:
        return ""
    return f"{len(search.curves)} of {counted(search.total, 'trial')}"


def _too_few(search: Curves, longest: int) -> str:
    if not longest:
        return f"No trial has reported {search.metric} yet."
    return (
        f"Each trial has reported {search.metric} once, so there is no curve, and no policy can stop one early. "
        f"Log it after each epoch to get both."
    )


def _found(search: Curves, stops: int, longest: int) -> str:
    parts = [f"Up to {counted(longest, 'report')} of {search.metric}"]
    if search.policy:
        parts.append(f"{counted(stops, 'trial')} stopped by {search.policy}")
    best = next((curve for curve in search.curves if curve.number == search.winner), None)
    if best is not None and any(map(math.isfinite, best.scores)):
        found = [score for score in best.scores if math.isfinite(score)]
        parts.append(f"the best, trial {best.number}, went from {shown(found[0])} to {shown(found[-1])}")
    return f"{'; '.join(parts)}."


def _lines(search: Curves, frame: Frame, across: Scale, scale: Scale) -> list[str]:
    up = search.goal is Goal.MAXIMIZE
    merits = {curve.number: _merit(curve, scale, up=up) for curve in search.curves}
    order = sorted(
        search.curves, key=lambda one: (one.number == search.winner, one.state != "stopped", merits[one.number])
    )
    parts: list[str] = []
    for curve in order:
        path = _path(curve.scores, frame, across, scale)
        if not path:
            continue
        classes = f"t {curve.state} {ramp(merits[curve.number])}"
        if curve.number == search.winner:
            parts.append(f'<path class="halo" d="{path}"/>')
            classes += " winner"
        last = next(score for score in reversed(curve.scores) if math.isfinite(score))
        reports = counted(len(curve.scores), "report")
        words = f"trial {curve.number}, {curve.state}: {search.metric} {exact(last)} after {reports}"
        parts.append(
            f'<path class="{classes}" d="{path}"{trial_attribute(curve.number)}><title>{escaped(words)}</title></path>'
        )
    return parts


def _stops(search: Curves, frame: Frame, across: Scale, scale: Scale) -> list[str]:
    """A mark at the last report of each trial that was stopped."""
    up = search.goal is Goal.MAXIMIZE
    parts: list[str] = []
    for curve in search.curves:
        last = next((score for score in reversed(curve.scores) if math.isfinite(score)), None)
        if curve.state == "stopped" and last is not None:
            words = f"trial {curve.number} was stopped after {counted(len(curve.scores), 'report')}. {curve.reason}"
            parts.append(
                mark(
                    "stopped",
                    frame.x(across, len(curve.scores)),
                    frame.y(scale, last),
                    colour=ramp(_merit(curve, scale, up=up)),
                    attributes=trial_attribute(curve.number),
                    words=words.strip(),
                )
            )
    return parts


def _merit(curve: Curve, scale: Scale, *, up: bool) -> float:
    """The best that it reported, as a share of the axis, 1 the best."""
    shares = [scale.share(score) if up else 1 - scale.share(score) for score in curve.scores if math.isfinite(score)]
    return max(shares, default=0.0)


def _path(scores: Sequence[float], frame: Frame, across: Scale, scale: Scale) -> str:
    """The line of a trial; of many reports every n-th, and the last."""
    step = max(1, -(-len(scores) // _DETAIL))
    kept = [index for index in range(len(scores)) if (len(scores) - 1 - index) % step == 0 or index == 0]
    path, pen = "", "M"
    for index in kept:
        if math.isfinite(scores[index]):
            path += f"{pen}{_point(frame, across, scale, index + 1, scores[index])}"
            pen = "L"
        else:
            pen = "M"
    return path + ("h0" if path and "L" not in path else "")


def _point(frame: Frame, across: Scale, scale: Scale, reports: int, score: float) -> str:
    return f"{coordinate(frame.x(across, reports))} {coordinate(frame.y(scale, score))}"
