"""The example's pipeline (prepare, tune with four trials, register) against doing the same without it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.report import Column, table
from benchmarks.rounds import ROOT, Contestant, Figures, race

EXAMPLE = ROOT / "examples" / "ridge_tuning"
WORK = Path(__file__).parent / "work"
RUN = (sys.executable, "-m", "ml_service.pipelines.run_pipeline", "--test_size=0.2")

COLUMNS = (
    Column("wall_s", "wall, s", digits=2),
    Column("cpu_s", "CPU, s", digits=2),
    Column("peak_mb", "largest process, MB", digits=0),
)


def new(folder: Path) -> None:
    ignored = shutil.ignore_patterns(".hyperstep", "__pycache__", "outputs")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=ignored)


def run_before(folder: Path) -> None:
    new(folder)
    subprocess.run(RUN, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_before_and_all_reusable(folder: Path) -> None:
    new(folder)
    build = folder / "ml_service" / "pipelines" / "build_pipeline.py"
    text = build.read_text()
    assert "reuse=False" in text
    build.write_text(text.replace("reuse=False", "reuse=True"))
    subprocess.run(RUN, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run(rounds: int, *, quick: bool) -> tuple[str, dict[str, Figures]]:
    contestants = [
        Contestant(name="bare, one process", command=(sys.executable, str(WORK / "bare_tutorial.py"))),
        Contestant(name="hyperstep, nothing reused", command=RUN, prepare=new),
        Contestant(name="hyperstep, data and tuning reused", command=RUN, prepare=run_before),
        Contestant(name="hyperstep, all reused", command=RUN, prepare=run_before_and_all_reusable),
        Contestant(name="plain processes", command=(sys.executable, str(WORK / "plain_tutorial.py")), prepare=new),
    ]
    measured = race(contestants, 1 if quick else rounds)
    return table(measured, COLUMNS, against="bare, one process", ratio_of="wall_s"), measured
