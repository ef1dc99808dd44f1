"""The files that a pipeline names: looked for when it is submitted, before anything runs."""

from __future__ import annotations

import os
from collections.abc import Container
from pathlib import Path

from hyperstep.errors import DefinitionError
from hyperstep.pipeline.data import Dataset
from hyperstep.pipeline.graph import HasSteps, inputs_of, script_of
from hyperstep.pipeline.names import did_you_mean
from hyperstep.pipeline.step import Step

LOOKED_THROUGH = 2000
"""How many files of a folder are read for names near to one that is missing."""


def check_sources(pipeline: HasSteps, base: Path, kept: Container[str] = ()) -> None:
    """Make sure that every source folder, script and data set is there.

    base: the folder that relative paths are seen from. kept: source folders that were copied before.
    Raises DefinitionError naming the step, the folder and the nearest name that is there.
    """
    for step in pipeline.steps:
        script = script_of(step)
        if script is not None and script.source.folder not in kept:
            _check_script(script, step.name, base)
        for reference in inputs_of(step):
            if isinstance(reference, Dataset) and not (base / reference.path).exists():
                absent = _absent(base / reference.path)
                raise DefinitionError(f"Step {step.name!r} reads the file or folder {reference.path!r}, but {absent}")


def _check_script(script: Step, name: str, base: Path) -> None:
    folder = base / script.source.folder
    if not folder.is_dir():
        raise DefinitionError(f"Step {name!r} takes its script from {script.source.folder!r}, but {_absent(folder)}")
    if script.script and not (folder / script.script).is_file():
        names = _files_below(folder)
        same = [path for path in names if Path(path).name == Path(script.script).name]
        hint = f" Did you mean {same[0]!r}?" if same else did_you_mean(script.script, names)
        raise DefinitionError(
            f"Step {name!r} runs {script.script!r}, but there is no such file in {os.path.normpath(folder)!r}.{hint} "
            f"A script's path is seen from its source folder."
        )


def _absent(path: Path) -> str:
    """What is wrong with a path that isn't a folder or doesn't exist, and the nearest name beside it."""
    plain = os.path.normpath(path)
    if path.exists():
        return f"{plain!r} is a file, not a folder."
    if not path.parent.is_dir():
        return (
            f"there is no folder {os.path.normpath(path.parent)!r}. "
            f"Relative paths are seen from where a run is submitted."
        )
    return f"there is no {plain!r}.{did_you_mean(path.name, (item.name for item in path.parent.iterdir()))}"


def _files_below(folder: Path) -> list[str]:
    found: list[str] = []
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [(Path(top) / name).relative_to(folder).as_posix() for name in sorted(files)]
        if len(found) >= LOOKED_THROUGH:
            break
    return found
