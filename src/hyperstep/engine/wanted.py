"""Wanted: what other steps take from a step, and what of it is missing."""

from __future__ import annotations

from collections.abc import Mapping

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.outputs import FOLDER
from hyperstep.engine.state import RunState, StepState
from hyperstep.pipeline.data import BestFile, Dataset, OutputOf, TrialTable
from hyperstep.pipeline.graph import inputs_of
from hyperstep.pipeline.names import listed

_MOST_NAMES = 20


def wanted_tables(state: RunState, step: StepState) -> tuple[TrialTable, ...]:
    """The tables of this step's trials that other steps take, each once."""
    return tuple(dict.fromkeys(item for item in _wanted(state, step) if isinstance(item, TrialTable)))


def missing_output(state: RunState, step: StepState, outputs: Mapping[str, Artifact]) -> str:
    """A sentence about the first thing that another step takes and this one didn't make, or nothing.

    The table of trials isn't looked for: it is written after the search.
    """
    for reference in _wanted(state, step):
        match reference:
            case BestFile(path=path) if path not in outputs:
                return (
                    f"the best trial wrote no {path!r}; below {FOLDER}/ it wrote {_files(outputs)}. "
                    f"Write the model there in the script, or name the right path in best_file()."
                )
            case OutputOf(name=name) if name not in outputs:
                return (
                    f"its script made nothing at the path that it was given for the output {name!r}, which another "
                    f"step takes. Write a file or folder at exactly that path."
                )
    return ""


def _wanted(state: RunState, step: StepState) -> list[OutputOf | BestFile | TrialTable]:
    return [
        reference
        for other in state.steps.values()
        for reference in inputs_of(other.definition)
        if not isinstance(reference, Dataset) and reference.step == step.definition.name
    ]


def _files(outputs: Mapping[str, Artifact]) -> str:
    names = sorted(name for name in outputs if name.startswith(f"{FOLDER}/"))
    if not names:
        return "nothing"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return listed(names[:_MOST_NAMES]) + more
