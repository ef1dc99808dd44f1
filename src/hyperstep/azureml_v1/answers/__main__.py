"""Answers a question of an older interpreter: python -m hyperstep.azureml_v1.answers QUESTION FOLDER < arguments."""

from __future__ import annotations

import json
import sys

from hyperstep.azureml_v1.answers.answer import answer
from hyperstep.errors import HyperstepError


def main() -> None:
    """Write the answer, or the error's name and message."""
    question, folder = sys.argv[1:]
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        said = {"answer": answer(question, folder, json.load(sys.stdin))}
    except HyperstepError as error:
        said = {"error": type(error).__name__, "message": str(error)}
    json.dump(said, out)


main()
