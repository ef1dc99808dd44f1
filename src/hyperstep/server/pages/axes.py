"""Axes: the order and kind of the axes of parallel coordinates, as the address says.

`axes` holds the options of parameters, escaped and separated by commas, in
their order; what isn't named follows. One may begin with `!` (hidden) and end
in `~log`, `~linear` or `~flip`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from hyperstep.charts.columns import Column
from hyperstep.charts.trials import Trials
from hyperstep.server.pages.asked import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis as it was asked for. kind: `log` or `linear` if another than the search space's, or empty."""

    name: str
    hidden: bool = False
    kind: str = ""
    flipped: bool = False

    def __str__(self) -> str:
        signs = f"{'~' if self.kind else ''}{self.kind}{'~flip' if self.flipped else ''}"
        return f"{'!' if self.hidden else ''}{quote(self.name, safe='')}{signs}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An axis in the menu, with the addresses that change it; empty ones can't be."""

    axis: Axis
    log: bool
    earlier: str
    later: str
    kind: str
    flip: str
    hide: str


def arranged(trials: Trials, asked: Asked) -> Trials:
    """The trials with their parameters in the order, and of the kind, that was asked for."""
    columns = {column.name: column for column in trials.parameters}
    shown = [_changed(columns[axis.name], axis) for axis in axes_of(trials, asked) if not axis.hidden]
    return replace(trials, parameters=tuple(shown))


def axes_of(trials: Trials, asked: Asked) -> list[Axis]:
    """All axes in their order."""
    names = [column.name for column in trials.parameters]
    found: dict[str, Axis] = {}
    for text in filter(None, asked.value("axes").split(",")):
        name, *signs = text.removeprefix("!").split("~")
        name = unquote(name)
        if name in names and name not in found:
            kind = next((sign for sign in signs if sign in ("log", "linear")), "")
            found[name] = Axis(name=name, hidden=text.startswith("!"), kind=kind, flipped="flip" in signs)
    return [*found.values(), *(Axis(name=name) for name in names if name not in found)]


def menu(trials: Trials, asked: Asked) -> list[Entry]:
    """What can be done with each axis."""
    axes = axes_of(trials, asked)
    columns = {column.name: column for column in trials.parameters}
    entries = []
    for place, axis in enumerate(axes):
        column = columns[axis.name]
        log = _changed(column, axis).kind == "log"
        other = "linear" if log else "log"
        can_turn = column.kind != "category" and (log or column.scale().low > 0)
        turned = replace(axis, kind="" if other == column.kind else other)
        entries.append(
            Entry(
                axis=axis,
                log=log,
                earlier=_link(asked, _moved(axes, place, place - 1)) if place else "",
                later=_link(asked, _moved(axes, place, place + 1)) if place < len(axes) - 1 else "",
                kind=_link(asked, _with(axes, place, turned)) if can_turn else "",
                flip=_link(asked, _with(axes, place, replace(axis, flipped=not axis.flipped))),
                hide=_link(asked, _with(axes, place, replace(axis, hidden=not axis.hidden))),
            )
        )
    return entries


def _link(asked: Asked, axes: Sequence[Axis]) -> str:
    return asked.link(axes=",".join(map(str, axes)))


def _moved(axes: Sequence[Axis], place: int, to: int) -> list[Axis]:
    found = list(axes)
    found[place], found[to] = found[to], found[place]
    return found


def _with(axes: Sequence[Axis], place: int, axis: Axis) -> list[Axis]:
    return [*axes[:place], axis, *axes[place + 1 :]]


def _changed(column: Column, axis: Axis) -> Column:
    column = replace(column, flipped=axis.flipped)
    if column.kind == "linear" and axis.kind == "log" and column.scale().low > 0:
        return replace(column, kind="log")
    return replace(column, kind="linear") if column.kind == "log" and axis.kind == "linear" else column
