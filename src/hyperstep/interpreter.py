"""Interpreter: which Python an environment names, and what is installed in it.

The digest of version and packages is part of a step's fingerprint: a step
whose scikit-learn was upgraded isn't taken for the one that ran before.
Nothing is run or imported to find it: the names of the folders that
installers leave say which packages there are, and of which version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from hyperstep.document import digest
from hyperstep.errors import DefinitionError

_METADATA = (".dist-info", ".egg-info")


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


def installed(python: str | None) -> str:
    """Digest of an interpreter's version and of the names and versions of the packages that it finds."""
    if python is None:
        return digest([sys.version, sorted(_packages(map(Path, sys.path)))])
    found = Path(executable(python))
    # Two levels up from bin/python, resolved or not, lies lib/pythonX.Y/site-packages: of the virtual environment,
    # and of the interpreter that it was made from.
    prefixes = {found.parent.parent, found.resolve().parent.parent}
    folders = sorted(folder for prefix in prefixes for folder in prefix.glob("lib/python3*/site-packages"))
    return digest([str(found.resolve()), sorted(_packages(folders))])


def _packages(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        try:
            yield from (entry.name for entry in os.scandir(folder) if entry.name.endswith(_METADATA))
        except OSError:  # an entry of sys.path that isn't a folder: an archive, or one that was never made
            continue
