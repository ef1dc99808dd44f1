"""Build a virtual environment for what an environment asks for, with uv.

It is kept under the digest of the requirements: what two environments ask for
alike is built once, and what changes is built anew. uv, unlike pip, installs
for Pythons that hyperstep itself doesn't run on, in seconds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from hyperstep.environments.named import FOLDER
from hyperstep.environments.requirements import Requirements
from hyperstep.errors import DefinitionError, SubmissionError

_DONE = "complete"


def build(home: Path, wanted: Requirements) -> Path:
    """The virtual environment's folder; made if it isn't there, which uv's own lines on standard error report.

    home: the folder `.hyperstep`. Raises SubmissionError if uv isn't installed, DefinitionError if it can't install
    what is asked for.
    """
    folder = home / FOLDER / wanted.digest
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    with _alone(folder.with_suffix(".lock")):
        if (folder / _DONE).exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)  # of a build that was cut off
        uv = _uv()
        _run([*uv, "venv", "--quiet", "--python", _interpreter(wanted.python), str(folder)], wanted)
        if wanted.packages:
            _run([*uv, "pip", "install", "--python", str(folder / "bin" / "python"), *wanted.packages], wanted)
        (folder / _DONE).touch()
    return folder


def _uv() -> list[str]:
    found = shutil.which("uv")
    if found:
        return [found]
    if find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    raise SubmissionError(
        "uv builds environments, and it isn't installed. Install it (pip install 'hyperstep[environments]'), or name "
        "an interpreter that has the packages: hyperstep env use NAME PYTHON."
    )


def _interpreter(version: str) -> str:
    """A Python of this version that is installed; else the version, for uv to find or fetch; our own for any."""
    if not version:
        return sys.executable
    names = [shutil.which(f"python{version}"), *map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    return next((name for name in names if name and _is(name, version)), version)


def _is(python: str, version: str) -> bool:
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() == version


def _run(command: list[str], wanted: Requirements) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        asked = ", ".join(wanted.packages) or "no packages"
        raise DefinitionError(
            f"uv can't build an environment with Python {wanted.python or 'of any version'} and {asked}; what it says "
            f"stands above. Change the versions, or name an interpreter that has them: hyperstep env use NAME PYTHON."
        )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time builds the same."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
