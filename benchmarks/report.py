"""Figures as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rounds import Figures, spread


@dataclass(frozen=True, slots=True)
class Column:
    """A figure to show: its key, its heading, the factor to its unit."""

    key: str
    heading: str
    factor: float = 1.0
    digits: int = 1


def table(figures: Mapping[str, Figures], columns: Sequence[Column], *, against: str, ratio_of: str) -> str:
    """Medians with quartiles, and each median as a ratio to one contestant's."""
    unit = figures[against].median(ratio_of)
    lines = [
        "| | " + " | ".join([*(column.heading for column in columns), "ratio"]) + " |",
        "|---|" + "--:|" * (len(columns) + 1),
    ]
    for name, figure in figures.items():
        cells = [_cell(figure, column) for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} | {figure.median(ratio_of) / unit:.2f} |")
    return "\n".join(lines)


def _cell(figure: Figures, column: Column) -> str:
    if column.key not in figure.values:
        return "–"
    found = spread([value * column.factor for value in figure.values[column.key]])
    return f"{found['median']:.{column.digits}f} [{found['low']:.{column.digits}f}–{found['high']:.{column.digits}f}]"


def machine() -> dict[str, object]:
    """What the figures depend on, without naming the machine."""
    models = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    return {
        "cpu": ", ".join(sorted(models)),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
