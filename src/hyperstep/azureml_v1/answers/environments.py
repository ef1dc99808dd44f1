"""Environments: the interpreter and variables of v1 jobs.

v1 code names environments and what they ask for. Here a name has an
interpreter of its own only if somebody chose or built one for it (`hyperstep
env`), or the code itself names one; all others are the Python that runs
hyperstep.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hyperstep.azureml_v1.ask import PYTHON
from hyperstep.azureml_v1.hook import ENTRY
from hyperstep.environments.named import NamedEnvironment, note
from hyperstep.environments.requirements import requirements
from hyperstep.errors import SubmissionError
from hyperstep.interpreter import executable
from hyperstep.pipeline.environment import Environment

PATH = "PYTHONPATH"


def environment(home: Path, document: dict[str, Any]) -> Environment:
    """The environment of a job: its interpreter, and `azureml` at hand in it and all that it starts.

    home: the folder `.hyperstep`, where what is asked for is noted. document: as in the plan.
    Raises SubmissionError for an interpreter that has Azure's own SDK.
    """
    python = _interpreter(home, document)
    _refuse_the_sdk(document["name"], python)
    variables = dict(document["variables"])
    before = variables.get(PATH, os.environ.get(PATH, ""))
    others = [folder for folder in before.split(os.pathsep) if folder and folder != ENTRY]
    variables[PATH] = os.pathsep.join([ENTRY, *others])
    variables[PYTHON] = sys.executable
    return Environment(python=python, variables=variables)


def notes(home: Path, documents: list[dict[str, Any]]) -> Iterator[str]:
    """What is to be said about environments, one sentence or two for each name."""
    for name, document in {document["name"]: document for document in documents if document["name"]}.items():
        known = _noted(home, document)
        if known.outdated:
            yield (
                f"Environment {name} asks for other packages than it was built with; scripts run in what was built. "
                f"To build it anew: hyperstep env build {name!r}"
            )
        elif not known.python and not document["python"] and known.wanted.packages:
            yield (
                f"Environment {name} is recorded, and its scripts run in this Python ({sys.executable}). "
                f"For the packages that it asks for: hyperstep env build {name!r}"
            )


def _interpreter(home: Path, document: dict[str, Any]) -> str | None:
    chosen = _noted(home, document).python if document["name"] else ""
    return chosen or document["python"] or None


def _noted(home: Path, document: dict[str, Any]) -> NamedEnvironment:
    return note(home, document["name"], requirements(pip=document["pip"], conda=document["conda"]))


def _refuse_the_sdk(name: str, python: str | None) -> None:
    found = Path(executable(python))
    prefixes = {found.parent.parent}
    if not (found.parent.parent / "pyvenv.cfg").exists():  # a virtual environment sees only its own packages
        prefixes.add(found.resolve().parent.parent)
    for prefix in prefixes:
        for sdk in prefix.glob("lib/python3*/site-packages/azureml_core-*"):
            raise SubmissionError(
                f"{str(found)!r}, the Python of environment {name!r}, has Azure's own SDK ({sdk.name}), and hyperstep "
                f"answers for the same name: the two don't mix. Take it away with pip uninstall azureml-core, or give "
                f"the environment another interpreter: hyperstep env use {name!r} PYTHON."
            )
