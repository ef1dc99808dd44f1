"""Interpreter: which Python an environment names, and what it finds to import.

The digest of version, packages and what else lies on its path is part of a
step's fingerprint: a step whose scikit-learn was upgraded, or whose module on
PYTHONPATH was edited, isn't taken for the one that ran before. Nothing is
imported to find it: the names of the folders that installers leave say which
packages there are and of which version; files that are imported from where
they are edited count by size and time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from hyperstep.document import digest
from hyperstep.errors import DefinitionError

OLDEST = (3, 8)
"""The oldest Python that jobs run on."""

_METADATA = (".dist-info", ".egg-info")
_MOST_FILES = 20_000  # of one folder that is imported from where it is edited
_SKIPPED = ("__pycache__", "node_modules", "site-packages", "hyperstep")
_ENTRY = Path(__file__).resolve().parent / "azureml_v1" / "entry"  # on the path of whatever is run as v1 code
_OURS = "hyperstep-"  # an upgrade of hyperstep doesn't change what scripts compute


def executable(python: str | None) -> str:
    """The interpreter's file: of a virtual environment's folder its `bin/python`; our own for None.

    Raises DefinitionError if there is none.
    """
    if python is None:
        return sys.executable
    path = Path(python).expanduser()
    found = path / "bin" / "python" if path.is_dir() else path
    if not os.access(found, os.X_OK):
        raise DefinitionError(
            f"Environment(python={python!r}) names no Python: {str(found)!r} isn't there or can't be executed. "
            f"Give the path of an interpreter or of a virtual environment's folder."
        )
    return str(found)


def check(python: str | None) -> None:
    """Make sure that an interpreter is one, and new enough; starts it, unless it is our own.

    Raises DefinitionError if it isn't.
    """
    if python is None:
        return
    found = executable(python)
    command = [found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout.strip()
        version = tuple(int(part) for part in said.split("."))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        version = ()
    if not version:
        raise DefinitionError(
            f"Environment(python={python!r}): {found!r} doesn't answer as a Python does. "
            f"Give the path of an interpreter or of a virtual environment's folder."
        )
    if version < OLDEST:
        raise DefinitionError(
            f"Environment(python={python!r}) is Python {said}, and scripts run on {OLDEST[0]}.{OLDEST[1]} or later. "
            f"Name a newer interpreter."
        )


def installed(python: str | None) -> str:
    """Digest of an interpreter's version, of the names and versions of its packages, and of what it imports in place.

    In place: what lies on PYTHONPATH, and the folders that .pth files name, as an editable installation leaves them.
    """
    if python is None:
        version, folders = sys.version, [Path(entry) for entry in sys.path if entry]
    else:
        found = Path(executable(python))
        # Two levels up from bin/python, resolved or not, lies lib/pythonX.Y/site-packages: of the virtual environment,
        # and of the interpreter that it was made from.
        prefixes = {found.parent.parent, found.resolve().parent.parent}
        version = str(found.resolve())
        folders = sorted(folder for prefix in prefixes for folder in prefix.glob("lib/python3*/site-packages"))
    places = [Path(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    places += sorted(place for folder in folders for place in _edited_in_place(folder))
    places = [place for place in places if place.resolve() != _ENTRY]
    return digest([version, sorted(_packages(folders)), [list(_files(place)) for place in places]])


def _packages(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        try:
            names = [entry.name for entry in os.scandir(folder)]
        except OSError:  # an entry of sys.path that isn't a folder: an archive, or one that was never made
            continue
        yield from (name for name in names if name.endswith(_METADATA) and not name.startswith(_OURS))


def _edited_in_place(folder: Path) -> Iterator[Path]:
    """The folders that the .pth files of an installation's folder add to its path."""
    if folder.name != "site-packages":
        return
    for file in folder.glob("*.pth"):
        for line in file.read_text(errors="replace").splitlines():
            if line and not line.startswith(("#", "import ", "import\t")) and (folder / line).is_dir():
                yield folder / line


def _files(place: Path) -> Iterator[tuple[str, int, int]]:
    """Every Python file below a folder: its path, size and time of the last change."""
    count = 0
    for top, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(top, name)  # noqa: PTH118 - there may be thousands
                status = os.stat(path)  # noqa: PTH116
                yield os.path.relpath(path, place), status.st_size, status.st_mtime_ns
                count += 1
                if count == _MOST_FILES:
                    return
