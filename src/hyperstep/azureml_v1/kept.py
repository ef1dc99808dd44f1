"""Kept: what published pipelines, their endpoints and schedules have in common: a document on the shelf."""

from __future__ import annotations

from typing import Any, Dict, Optional

from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.v1_object import V1Object

ACTIVE = "Active"
DISABLED = "Disabled"


class Kept(V1Object):
    """Something of the workspace that has an id, a name, a description and a status, and may be disabled."""

    _kind = ""
    _key = "id"  # what it is kept by

    def __init__(self, workspace: Any, document: Dict[str, Any]) -> None:
        self._workspace = workspace
        self._document = document

    @property
    def id(self) -> str:
        return str(self._document["id"])

    @property
    def name(self) -> str:
        return str(self._document["name"])

    @property
    def description(self) -> Optional[str]:
        return self._document["description"]  # type: ignore[no-any-return]

    @property
    def status(self) -> str:
        return str(self._document["status"])

    def _change(self, **changes: Any) -> None:
        self._document.update(changes)
        shelf.put(self._kind, str(self._document[self._key]), self._document)
