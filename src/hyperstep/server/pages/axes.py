"""Axes: the order and kind of the axes of parallel coordinates, as the address says.

`axes` holds names of parameters, separated by commas, in their order; what
isn't named follows. A name may begin with `-` (hidden) and end in `~log`,
`~linear` or `~flip`.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from hyperstep.charts.columns import Column
from hyperstep.charts.trials import Trials
from hyperstep.server.pages.asked import Asked


def arranged(trials: Trials, asked: Asked) -> Trials:
    """The trials with their parameters in the order, and of the kind, that was asked for."""
    columns = {column.name: column for column in trials.parameters}
    found: list[Column] = []
    for text in filter(None, asked.value("axes").split(",")):
        name, *signs = unquote(text).removeprefix("-").split("~")
        column = columns.pop(name, None)
        if column is not None and not text.startswith("-"):
            found.append(_changed(column, signs))
    return replace(trials, parameters=(*found, *columns.values()))


def _changed(column: Column, signs: list[str]) -> Column:
    scale = column.scale()
    if "log" in signs and column.kind == "linear" and scale.low > 0:
        column = replace(column, kind="log")
    if "linear" in signs and column.kind == "log":
        column = replace(column, kind="linear")
    return replace(column, flipped=True) if "flip" in signs else column
