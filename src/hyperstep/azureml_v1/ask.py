"""Ask the engine: one question in JSON, one answer in JSON.

Questions are answered by `hyperstep.azureml_v1.answers`, which needs Python
3.11; in an older interpreter, and beside any old NumPy, a process of the
interpreter that hyperstep is installed for answers them (`answering`). A
question never changes what a running job does but through the log, as any
other process.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any

from hyperstep import errors
from hyperstep.azureml_v1 import home
from hyperstep.azureml_v1.exceptions import ServiceException, UserErrorException

NOT_FOUND = 404
OLDEST = (3, 11)
DRIVING = ("submit.submit", "submit.cancel")
"""Questions that start a driver, which hands the environment of now on to its jobs."""

PYTHON = "HYPERSTEP_V1_PYTHON"
"""Names the interpreter that answers, in jobs and in what a program of v1 starts."""


def ask(question: str, **given: Any) -> Any:
    """The answer to a question about the local workspace.

    question: a function's name in one of the modules of `answers`, `runs.run`; given: its arguments, all of them JSON.
    Raises the error of `hyperstep.errors` that the answer is, with its message; but, as v1 does, ServiceException for a
    run that isn't there, and UserErrorException for what can't be submitted.
    """
    try:
        return _answer(question, home.folder(), given)
    except (errors.NotFound, errors.WorkspaceMissing) as error:
        if not question.startswith("runs."):
            raise
        missing = ServiceException(str(error))
        missing.status_code = NOT_FOUND
        raise missing from error
    except (errors.DefinitionError, errors.SubmissionError) as error:
        if not question.startswith("submit."):
            raise
        raise UserErrorException(str(error)) from error


def _answer(question: str, folder: str, given: Any) -> Any:
    if sys.version_info >= OLDEST and find_spec("click"):  # what hyperstep needs is here, so a driver can start
        from hyperstep.azureml_v1.answers import answer

        return answer.answer(question, folder, given)
    return _by_process(question, folder, given)


def _by_process(question: str, folder: str, given: Any) -> Any:
    from hyperstep.azureml_v1 import answering, prepared

    python = os.environ.get(PYTHON) or prepared.answering()
    if not python:
        raise errors.SubmissionError(
            "This Python is %d.%d, and the engine runs on %d.%d or later, but %s doesn't name such an interpreter. "
            "Set it to the python of the environment that hyperstep is installed in, or call there "
            "`hyperstep v1 enable --python` with this environment's folder."
            % (sys.version_info[:2] + OLDEST + (PYTHON,))
        )
    process = answering.once if question in DRIVING else answering.by_process
    answered = process(python, {"question": question, "folder": folder, "given": given})
    if "error" in answered:
        kind = getattr(errors, answered["error"])
        raise kind(answered["message"])
    return answered["answer"]
