"""Interleaved rounds: every contestant once a round, in an order of its own each round, each in a new folder.

All folders stay until the end. For minutes after many files were deleted, ext4 looks a long time for the number of
each new one (it gives none back so soon), which would slow down whoever runs next: 5 ms a trial were measured.
"""

from __future__ import annotations

import atexit
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent


def nothing_to_prepare(_folder: Path) -> None:
    """The new folder is all that is needed."""


def nothing_more(_folder: Path) -> dict[str, float]:
    """There is nothing to read off the folder."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One way to do the work.

    command: what is run and measured. prepare: makes the folder ready, unmeasured.
    look: reads more figures off the folder afterwards.
    """

    name: str
    command: Sequence[str]
    prepare: Callable[[Path], None] = nothing_to_prepare
    look: Callable[[Path], dict[str, float]] = nothing_more


@dataclass(slots=True)
class Figures:
    """What was measured of one contestant, a value a round under each key."""

    name: str
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, values: dict[str, float]) -> None:
        for key, value in values.items():
            self.values.setdefault(key, []).append(value)

    def median(self, key: str) -> float:
        return median(self.values[key])

    def summary(self) -> dict[str, object]:
        return {"name": self.name, **{key: spread(values) for key, values in self.values.items()}}


def spread(values: list[float]) -> dict[str, object]:
    quarters = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": median(values), "low": quarters[0], "high": quarters[2], "all": values}


def race(contestants: Sequence[Contestant], rounds: int) -> dict[str, Figures]:
    """Measure all contestants; the figures by name, in the order given."""
    figures = {contestant.name: Figures(contestant.name) for contestant in contestants}
    for number in range(rounds):
        order = list(contestants)
        random.Random(number).shuffle(order)
        for contestant in order:
            print(f"  round {number + 1} of {rounds}: {contestant.name}", file=sys.stderr)
            figures[contestant.name].add(run_once(contestant))
    return figures


def run_once(contestant: Contestant) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(dir=place_of_folders()))
    contestant.prepare(folder)
    probe = [sys.executable, str(ROOT / "benchmarks" / "measure.py"), *contestant.command]
    with (folder / "said.txt").open("w+") as said:
        done = subprocess.run(probe, cwd=folder, stdout=subprocess.PIPE, stderr=said, check=True, text=True)
        measured = json.loads(done.stdout)
        if measured.pop("code") != 0:
            said.seek(0)
            raise SystemExit(f"{contestant.name} did not succeed:\n{said.read()}")
    return {**measured, **contestant.look(folder)}


@cache
def place_of_folders() -> Path:
    place = tempfile.TemporaryDirectory(prefix="hyperstep-bench-")
    atexit.register(place.cleanup)
    return Path(place.name)
