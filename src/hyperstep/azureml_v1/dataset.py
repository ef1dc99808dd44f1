"""Dataset: where v1 code finds the factories of data sets, and those that are registered."""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional, Union

from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.abstract_dataset import KIND, AbstractDataset
from hyperstep.azureml_v1.consumption import DatasetConsumptionConfig
from hyperstep.azureml_v1.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.file_dataset import FileDataset
from hyperstep.azureml_v1.tabular_dataset import TabularDataset
from hyperstep.azureml_v1.v1_object import V1Object

__all__ = [
    "AbstractDataset",
    "Dataset",
    "DatasetConsumptionConfig",
    "FileDataset",
    "TabularDataset",
    "from_document",
]

STEP = "HYPERSTEP_V1"
"""Holds, in a job, JSON with the documents of its inputs."""

INPUT = "HYPERSTEP_V1_INPUT_"
"""Followed by an input's name, holds its path."""


class Dataset(V1Object):
    """Data sets: made by `Tabular` and `File`, found by name or id."""

    Tabular = TabularDatasetFactory
    File = FileDatasetFactory

    @staticmethod
    def get_by_name(workspace: Any, name: str, version: Union[int, str] = "latest") -> Any:
        number = None if version in ("latest", None) else int(version)
        document = shelf.get(KIND, name, number)
        if document is None:
            raise UserErrorException(
                "Cannot find dataset registered with name %r%s in the workspace; there are %s. Register one: "
                "Dataset.Tabular.from_delimited_files(...).register(workspace, name)."
                % (name, "" if number is None else " (version: %d)" % number, ", ".join(shelf.names(KIND)) or "none")
            )
        return _registered(document, number or shelf.versions(KIND, name)[-1])

    @staticmethod
    def get_by_id(workspace: Any, id: str, **recorded: Any) -> Any:
        """By the id of a registered data set; in a job also by the path that an argument has become."""
        for name in shelf.names(KIND):
            for version in shelf.versions(KIND, name):
                document = shelf.get(KIND, name, version)
                if document is not None and document["id"] == id:
                    return _registered(document, version)
        given = _given(id)
        if given is None:
            raise UserErrorException(
                "No dataset has the id %r. See Dataset.get_all(workspace), each with its id." % (id,)
            )
        return given

    @staticmethod
    def get_all(workspace: Any) -> Dict[str, Any]:
        """The newest version of each name."""
        return {name: Dataset.get_by_name(workspace, name) for name in shelf.names(KIND)}


def from_document(document: Dict[str, Any], path: Optional[str] = None) -> Any:
    """A data set of its document; path: where a job finds it, and all that it gets of files that are mounted."""
    if path is not None and document["kind"] == "file" and document.get("mode") in ("mount", "download"):
        return path
    return _made(document, document["paths"] if path is None else [path])


def _made(document: Dict[str, Any], paths: List[str]) -> Any:
    kinds = {"file": FileDataset, "tabular": TabularDataset}
    kept = ("id", "name", "version", "description", "tags")
    registered = {key: document[key] for key in kept if document.get(key) is not None}
    return kinds[document["kind"]](paths, document["options"], **registered)


def _registered(document: Dict[str, Any], version: int) -> Any:
    return from_document({**document, **document["definition"], "version": version})


def _given(path: str) -> Any:
    """The input of the job that lies at a path, rather one that isn't asked for as a path; None if none does."""
    inputs = json.loads(os.environ.get(STEP, "{}")).get("inputs", {})
    found = [document for name, document in inputs.items() if os.environ.get(INPUT + name) == path]
    found.sort(key=lambda document: document.get("mode") != "direct")  # equal data lies at one path
    return _made(found[0], [path]) if found else None
