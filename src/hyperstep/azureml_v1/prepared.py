"""Environments in which `azureml` can be imported without more ado: one file in their site-packages.

    site-packages/hyperstep-v1.pth

It has one line that counts, the folder of this layer's entry, which Python
adds to its path. A line before it, which Python skips, names the interpreter
that answers for an environment whose own is too old for the engine.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import List, Optional

from hyperstep.azureml_v1.hook import ENTRY
from hyperstep.errors import SubmissionError

FILE = "hyperstep-v1.pth"
ANSWERS = "# answers: "
OLDEST = (3, 8)


def enable(python: Optional[str] = None) -> str:
    """Let every program of an interpreter import `azureml`; returns the file that says so.

    python: an interpreter or a virtual environment's folder; None for the one that runs this.
    """
    folder = _site_packages(python)
    azures = sorted(name for name in os.listdir(folder) if _is_sdk(name))
    if azures:
        raise SubmissionError(
            "%r has Azure's own SDK in it (%s), and hyperstep answers for the same name: the two don't mix. Take it "
            "away with pip uninstall, or prepare another environment." % (folder, ", ".join(azures))
        )
    path = os.path.join(folder, FILE)
    with open(path, "w", encoding="utf-8") as file:
        file.write("# `hyperstep v1 disable` takes this file away.\n%s%s\n%s\n" % (ANSWERS, sys.executable, ENTRY))
    return path


def disable(python: Optional[str] = None) -> bool:
    """Take the file away; False if there was none."""
    try:
        os.remove(os.path.join(_site_packages(python), FILE))
    except FileNotFoundError:
        return False
    return True


def answering() -> str:
    """The interpreter that answers for this environment, or an empty string if it isn't prepared."""
    for folder in sys.path:
        try:
            with open(os.path.join(folder, FILE), encoding="utf-8") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        return next((line[len(ANSWERS) :] for line in lines if line.startswith(ANSWERS)), "")
    return ""


def _site_packages(python: Optional[str]) -> str:
    ask = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2]); print(sysconfig.get_path('purelib'))"
    command: List[str] = [_interpreter(python), "-c", ask]
    try:
        found = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise SubmissionError(
            "%r names no Python: %s. Give the path of an interpreter or of a virtual environment's folder."
            % (python, error)
        ) from error
    version, folder = found.stdout.splitlines()
    if tuple(map(int, version.split("."))) < OLDEST:
        raise SubmissionError(
            "%r is Python %s, and this layer runs on %d.%d or later. Name a newer interpreter."
            % (python, version, *OLDEST)
        )
    return folder


def _interpreter(python: Optional[str]) -> str:
    if python is None:
        return sys.executable
    return os.path.join(python, "bin", "python") if os.path.isdir(python) else python


def _is_sdk(name: str) -> bool:
    return name.startswith("azureml_") and name.endswith((".dist-info", ".egg-info"))
