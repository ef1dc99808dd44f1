"""Standing: where a run is, also when the process that drove it is gone and could not say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hyperstep.store.lock import is_held
from hyperstep.store.rows import RunRow, StepRow

INTERRUPTED = "interrupted"


def standing(run: RunRow, home: Path) -> RunRow:
    """The run; `interrupted` if it hasn't ended and no process drives the workspace.

    If one does, it may be driving another run, which can't be told: then the run stays what the log says.
    """
    if run.ended_at is not None or is_held(home / "driver.lock"):
        return run
    return replace(run, state=INTERRUPTED)


def standing_in(run: RunRow, step: StepRow) -> StepRow:
    """A step of a run that `standing` has seen."""
    return replace(step, state=INTERRUPTED) if run.state == INTERRUPTED and step.state == "running" else step
