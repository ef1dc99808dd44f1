"""What a step is given and makes, by name, as its script asks for it."""

from __future__ import annotations

import os
from typing import Any, Dict

from hyperstep.azureml_v1 import home
from hyperstep.azureml_v1.dataset import INPUT, from_document

REFERENCE = "AZUREML_DATAREFERENCE_"


def inputs(documents: Dict[str, Any]) -> Dict[str, Any]:
    """Data sets by name; what a step was given as a path and not as a data set is its path."""
    paths = {**{name: path for name, path in _named(REFERENCE).items() if not _is_made(path)}, **_named(INPUT)}
    return {name: from_document(documents[name], path) if documents.get(name) else path for name, path in paths.items()}


def outputs() -> Dict[str, str]:
    """Where the step's outputs are made, by name."""
    return {name: path for name, path in _named(REFERENCE).items() if _is_made(path)}


def _named(prefix: str) -> Dict[str, str]:
    return {name[len(prefix) :]: path for name, path in os.environ.items() if name.startswith(prefix)}


def _is_made(path: str) -> bool:
    """Whether a path is one that the job itself makes."""
    return os.path.dirname(path) == os.path.join(os.path.dirname(os.environ[home.WIRE]), "made")
