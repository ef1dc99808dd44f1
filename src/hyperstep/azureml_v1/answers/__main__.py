"""Answers the questions of an interpreter that can't: python -m hyperstep.azureml_v1.answers < questions.

Each line is a question {"question", "folder", "given"}, and each has a line of answer.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from hyperstep.azureml_v1.answers.answer import answer
from hyperstep.errors import HyperstepError


def main() -> None:
    """Write the answer to each question, or the error's name and message, until there are no more."""
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), file=out, flush=True)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": answer(asked["question"], asked["folder"], asked["given"])}
    except HyperstepError as error:
        return {"error": type(error).__name__, "message": str(error)}


main()
