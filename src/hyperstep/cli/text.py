"""Text for a terminal: harmless, aligned, and coloured only where somebody looks."""

from __future__ import annotations

import json
import math
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

STATE_COLOURS = {
    "completed": "green",
    "reused": "green",
    "running": "cyan",
    "failed": "red",
    "interrupted": "yellow",
    "stopped": "yellow",
    "cancelled": "yellow",
    "skipped": "yellow",
}

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks and overrides of direction
    "\u2028\u2029\ud800-\udfff]"  # line breaks in disguise, halves of pairs
)
_COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*m")


def visible(text: str) -> str:
    """Show what a terminal would obey: control characters and marks of direction, as Python escapes them."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


def one_line(text: str) -> str:
    """`visible`, with breaks and tabs escaped as well: for a cell of a table."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def log_line(raw: bytes) -> str:
    """A line of a script's output, without its break; colours are left out, all else that isn't text is escaped."""
    text = raw.decode(errors="backslashreplace").rstrip("\r\n")
    return visible(_COLOUR_CODE.sub("", text))


def width(text: str) -> int:
    """How many columns a terminal gives to a text without control characters."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Iterable[str] = ()) -> str:
    """Columns under their names, two blanks apart.

    numeric: columns that stand to the right, numbers with their decimal points below each other.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    right = [name in set(numeric) for name in columns]
    for index in (index for index, numbers in enumerate(right) if numbers):
        points = [_after_point(row[index]) for row in cells]
        for row, after in zip(cells, points, strict=True):
            row[index] += " " * (max(points, default=0) - after)
    lines = [[one_line(name) for name in columns], *cells]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(row, widths, right) for row in lines)


def _after_point(cell: str) -> int:
    """How many characters stand right of where the decimal point is; none for what isn't a number, such as `12 s`."""
    return len(cell) - cell.index(".") if "." in cell and " " not in cell else 0


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (room - width(cell)) + _painted(cell) if numbers else _painted(cell) + " " * (room - width(cell))
        for cell, room, numbers in zip(row, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def coloured() -> bool:
    """True if standard output is a terminal and NO_COLOR is unset or empty (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _painted(cell: str) -> str:
    colour = STATE_COLOURS.get(cell)
    return click.style(cell, fg=colour) if colour and coloured() else cell


def bold(text: str) -> str:
    """The text, harmless, and bold where there are colours."""
    return click.style(visible(text), bold=True) if coloured() else visible(text)


def as_json(value: Any) -> str:
    """JSON for programs; NaN and infinities, which it lacks, become the texts `nan`, `inf` and `-inf`."""
    return json.dumps(_plain(value), indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
