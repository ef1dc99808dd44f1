"""Finds the pipeline that a file or a module defines."""

from __future__ import annotations

import importlib
import importlib.util
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from hyperstep.errors import DefinitionError, SubmissionError
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.pipeline.pipeline import Pipeline

ATTRIBUTE = "pipeline"
LINES_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A pipeline and where it comes from.

    base: the folder that its relative paths are seen from: the file's, or for a module the working folder.
    origin: what to type to find it again.
    """

    pipeline: Pipeline
    base: Path
    origin: str


def find(target: str) -> Found:
    """Import a file (`a/pipeline.py`) or module (`package.module`), and take its pipeline.

    target: may end in `:name`, the name of a Pipeline, or of a function without arguments that returns one.
    Raises DefinitionError if importing it fails, with the end of the traceback; SubmissionError if nothing is there.
    """
    place, _, attribute = target.partition(":") if not Path(target).exists() else (target, "", "")
    if place.endswith(".py") or "/" in place:
        path = Path(place).resolve()
        module = _import_file(path, place)
        base = path.parent
    else:
        base = Path.cwd()
        module = _import_module(place, base)
    return Found(pipeline=_pipeline(module, attribute or ATTRIBUTE, place), base=base, origin=target)


def _import_file(path: Path, shown: str) -> ModuleType:
    if path.is_dir():
        raise _is_folder(shown, path)
    if not path.is_file():
        near = did_you_mean(path.name, (item.name for item in path.parent.glob("*.py")))
        raise SubmissionError(f"There is no file {shown!r}.{near} Give a file that defines a pipeline.")
    # Not under the file's own name, which may be that of a module that something else imports, such as `types`.
    name = f"pipeline_file_{path.stem}"
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SubmissionError(f"{shown!r} isn't a Python file: its name doesn't end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with _told_in_short(shown):
        spec.loader.exec_module(module)
    return module


def _is_folder(shown: str, folder: Path) -> SubmissionError:
    inside = sorted(item.name for item in folder.glob("*.py"))[:5]
    hint = f" It has {listed(inside)}." if inside else ""
    return SubmissionError(f"{shown!r} is a folder, and a file that defines a pipeline was expected.{hint}")


def _import_module(name: str, folder: Path) -> ModuleType:
    if "" in name.split("."):
        if name and Path(name).is_dir():
            raise _is_folder(name, Path(name))
        raise SubmissionError(
            f"{name!r} names neither a file nor a module. Give a file such as pipeline.py, or a module such as "
            f"package.module, seen from this folder."
        )
    sys.path.insert(0, str(folder))
    try:
        with _told_in_short(name):
            return importlib.import_module(name)
    except DefinitionError as error:
        missing = error.__cause__.name if isinstance(error.__cause__, ModuleNotFoundError) else None
        if missing and f"{name}.".startswith(f"{missing}."):
            hint = f" There is a file {name}.py: give that." if (folder / f"{name}.py").is_file() else ""
            raise SubmissionError(
                f"There is no module {name!r} here or among the installed packages.{hint} "
                f"Give a file such as pipeline.py, or a module such as package.module, seen from this folder."
            ) from None
        raise


@contextmanager
def _told_in_short(shown: str) -> Iterator[None]:
    """Turn whatever a person's own file raises into a message with the end of the traceback."""
    try:
        yield
    except (Exception, SystemExit) as error:
        raise DefinitionError(f"{shown} could not be read, so nothing ran:\n{_end_of_traceback(error)}") from error


def _end_of_traceback(error: BaseException) -> str:
    """The last lines of a traceback, without frames of ours, of the import system and of code that is in no file."""
    own = str(Path(__file__).parent.parent)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(own) and Path(frame.filename).is_file()
    ]
    lines = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "\n".join("".join(lines).rstrip().splitlines()[-LINES_SHOWN:])


def _pipeline(module: ModuleType, attribute: str, shown: str) -> Pipeline:
    found = getattr(module, attribute, None)
    if callable(found) and not isinstance(found, Pipeline):
        with _told_in_short(f"{attribute}() of {shown}"):
            found = found()
    if isinstance(found, Pipeline):
        return found
    others = [name for name, value in vars(module).items() if isinstance(value, Pipeline)]
    if hasattr(module, attribute):
        what = f"{attribute!r} in {shown} is or returns a {type(found).__name__}, not a Pipeline"
    else:
        what = f"{shown} defines no {attribute!r}"
    hint = (
        f"It has {listed(others)}: run {shlex.quote(f'{shown}:{others[0]}')}."
        if others
        else "Write: pipeline = Pipeline('name', [...])."
    )
    raise SubmissionError(f"{what}. {hint}")
