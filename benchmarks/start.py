"""What a command line and an import cost."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.report import Column, table
from benchmarks.rounds import Contestant, Figures, race

HYPERSTEP = str(Path(sys.executable).with_name("hyperstep"))
PER_ROUND = 5  # these take milliseconds, so each round has several

COLUMNS = (Column("wall_s", "wall, ms", factor=1000), Column("peak_mb", "memory, MB"))

COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import hyperstep.tracking": (sys.executable, "-c", "import hyperstep.tracking"),
    "import hyperstep": (sys.executable, "-c", "import hyperstep"),
    "from hyperstep import Pipeline": (sys.executable, "-c", "from hyperstep import Pipeline"),
    "hyperstep --help": (HYPERSTEP, "--help"),
}


def run(rounds: int, *, quick: bool) -> tuple[str, dict[str, Figures]]:
    contestants = [Contestant(name=name, command=command) for name, command in COMMANDS.items()]
    measured = race(contestants, 2 if quick else rounds * PER_ROUND)
    return table(measured, COLUMNS, against="python -c pass", ratio_of="wall_s"), measured
