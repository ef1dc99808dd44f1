"""The price of one more trial, and whether it grows with the number of trials."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from benchmarks.report import Column, table
from benchmarks.rounds import Contestant, Figures, nothing_more, race
from hyperstep.engine.events import TrialEnded
from hyperstep.workspace import Workspace

WORK = Path(__file__).parent / "work"
HYPERSTEP = str(Path(sys.executable).with_name("hyperstep"))
STRETCH = 200  # trials at either end of a long sweep that are compared

COLUMNS = (
    Column("ms_a_trial", "ms a trial"),
    Column("cpu_ms_a_trial", "CPU ms a trial"),
    Column("peak_mb", "largest process, MB", digits=0),
    Column("growth", "last 200 trials to first 200", digits=2),
)


def prepare(folder: Path) -> None:
    features, targets = load_diabetes(return_X_y=True)
    joblib.dump(train_test_split(features[:, [2]], targets, test_size=0.2, random_state=0), folder / "data.joblib")
    (folder / "scripts").mkdir()
    shutil.copy(WORK / "train.py", folder / "scripts")
    shutil.copy(WORK / "sweep.py", folder)


def growth(folder: Path, *, trials: int) -> dict[str, float]:
    """How much longer the last trials of a sweep took than the first."""
    if trials < 2 * STRETCH + 1:
        return {}
    with Workspace.open(folder, read_only=True) as workspace:
        ends = [recorded.elapsed for recorded in workspace.store.read() if isinstance(recorded.event, TrialEnded)]
    assert len(ends) == trials
    return {"growth": (ends[-1] - ends[-1 - STRETCH]) / (ends[STRETCH] - ends[0])}


def contestants(trials: int) -> dict[str, Contestant]:
    """The ways to run so many trials, two at a time where there are processes."""
    python = sys.executable
    commands: dict[str, Sequence[str]] = {
        "bare loop, one process": (python, str(WORK / "bare_loop.py"), "data.joblib", str(trials)),
        "hyperstep, warm": ("env", f"TRIALS={trials}", "START=fork", HYPERSTEP, "run", "sweep.py"),
        "hyperstep, cold": ("env", f"TRIALS={trials}", "START=spawn", HYPERSTEP, "run", "sweep.py"),
        "plain processes": (python, str(WORK / "plain.py"), "data.joblib", str(trials)),
    }
    looks = {"hyperstep, warm": partial(growth, trials=trials)}
    return {
        name: Contestant(
            name=f"{name}, {trials} trials", command=command, prepare=prepare, look=looks.get(name, nothing_more)
        )
        for name, command in commands.items()
    }


def run(rounds: int, *, quick: bool) -> tuple[str, dict[str, Figures]]:
    many, few = ((20, 120), (2, 6)) if quick else ((100, 1000), (4, 24))
    sizes = {
        "bare loop, one process": many,
        "hyperstep, warm": many,
        "hyperstep, cold": few,
        "plain processes": few,
    }
    entries = {(name, size): contestants(size)[name] for name, pair in sizes.items() for size in pair}
    measured = race(list(entries.values()), rounds)
    marginal = {}
    for name, (small, large) in sizes.items():
        less, more = (measured[entries[name, size].name] for size in (small, large))
        marginal[name] = Figures(name)
        for key, source in (("ms_a_trial", "wall_s"), ("cpu_ms_a_trial", "cpu_s")):
            pairs = zip(less.values[source], more.values[source], strict=True)
            marginal[name].values[key] = [1000 * (b - a) / (large - small) for a, b in pairs]
        marginal[name].values["peak_mb"] = more.values["peak_mb"]
        if "growth" in more.values:
            marginal[name].values["growth"] = more.values["growth"]
    text = table(marginal, COLUMNS, against="bare loop, one process", ratio_of="ms_a_trial")
    return text, {**marginal, **measured}
