"""What a script that prints a lot waits for whoever reads it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Column, table
from benchmarks.rounds import Contestant, Figures, race

WORK = Path(__file__).parent / "work"
HYPERSTEP = str(Path(sys.executable).with_name("hyperstep"))

COLUMNS = (
    Column("script_s", "the script, s", digits=2),
    Column("cpu_s", "CPU s", digits=2),
    Column("peak_mb", "largest process, MB", digits=0),
    Column("log_mb", "log, MB"),
)


def prepare(folder: Path) -> None:
    (folder / "scripts").mkdir()
    shutil.copy(WORK / "flood.py", folder / "scripts")
    shutil.copy(WORK / "flooded.py", folder)


def look(folder: Path) -> dict[str, float]:
    """How long the script printed, as it measured itself, and how much of it is kept."""
    (took,) = folder.rglob("outputs/took")
    logs = [path.stat().st_size for path in folder.rglob("log.txt")]
    return {"script_s": float(took.read_text()), **({"log_mb": sum(logs) / 1e6} if logs else {})}


def run(rounds: int, *, quick: bool) -> tuple[str, dict[str, Figures]]:
    size = "64" if quick else "1024"
    script = f"'{sys.executable}' scripts/flood.py {size}"
    commands: dict[str, Sequence[str]] = {
        "to /dev/null": ("sh", "-c", f"{script} >/dev/null"),
        "to a file": ("sh", "-c", f"{script} >log.txt"),
        "through a pipe to cat": ("sh", "-c", f"{script} | cat >/dev/null"),
        "under hyperstep": ("env", f"MIB={size}", HYPERSTEP, "run", "flooded.py"),
    }
    entries = [
        Contestant(name=f"{size} MiB {name}", command=command, prepare=prepare, look=look)
        for name, command in commands.items()
    ]
    measured = race(entries, rounds)
    text = table(measured, COLUMNS, against=entries[0].name, ratio_of="script_s")
    return text, measured
