"""Answer: find the function that a question names, and call it.

A question is `module.function`; each module of this package that answers is
named here, and its public functions take the workspace's folder and JSON
values, and return JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = ("files", "models", "published", "runs", "submit")


def answer(question: str, folder: str, given: Mapping[str, Any]) -> Any:
    """What the function that a question names returns."""
    module, _, name = question.partition(".")
    assert module in MODULES, f"{question!r} asks for none of {MODULES}"
    function = getattr(import_module(f"hyperstep.azureml_v1.answers.{module}"), name)
    return function(Path(folder), **given)
