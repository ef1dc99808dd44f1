"""Cleared: what `hyperstep gc` has taken away of a run, so that nobody takes it for lost.

    .hyperstep/cleared/42.json

The note is written and synced before anything of the run is removed. If that
breaks off, what the note names may still be there, and then it is used as if
there was no note.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hyperstep.engine.ids import run_of

FOLDER = "cleared"
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What was taken of one run.

    at: when, seconds since the epoch. logs: True if the logs of its scripts were.
    trials: ids of those whose stored files were, but for the files that something else names too.
    """

    at: float
    logs: bool = False
    trials: tuple[str, ...] = ()


def cleared(home: Path, identity: str) -> Cleared | None:
    """What was taken of the run that an id belongs to, or None. home: the workspace's `.hyperstep`."""
    try:
        return _read(home / FOLDER / f"{run_of(identity)}.json")
    except FileNotFoundError:
        return None


def why_no_log(home: Path, job: str) -> str:
    """Why a job that has started has no log any more: a clause about the clearing, or empty."""
    found = cleared(home, job)
    if found is None or not found.logs:
        return ""
    return f"hyperstep gc removed it on {time.strftime('%Y-%m-%d', time.localtime(found.at))}"


def cleared_trials(home: Path) -> frozenset[str]:
    """The trials of all runs whose stored files were taken."""
    return frozenset(trial for path in (home / FOLDER).glob("*.json") for trial in _read(path).trials)


def note(home: Path, run: str, what: Cleared) -> None:
    """Write down, for good, what is about to be taken of a run, beside what was taken earlier."""
    before = cleared(home, run)
    if before is not None:
        trials = tuple(sorted({*before.trials, *what.trials}))
        what = Cleared(at=what.at, logs=before.logs or what.logs, trials=trials)
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    aside = folder / f"{run}.new"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"version": _VERSION, **asdict(what)}, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / f"{run}.json")
    for place in (folder, home):
        opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _read(path: Path) -> Cleared:
    document = json.loads(path.read_text(encoding="utf-8"))
    return Cleared(at=document["at"], logs=document["logs"], trials=tuple(document["trials"]))
