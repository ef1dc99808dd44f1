"""AbstractDataset: what files and tables have in common: where they lie, names and versions, rows, and steps."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import uuid
from typing import Any, Dict, List, Optional, Tuple, TypeVar

from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.consumption import DatasetConsumptionConfig
from hyperstep.azureml_v1.data_paths import files, gathered, plain
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.v1_object import V1Object

KIND = "datasets"
D = TypeVar("D", bound="AbstractDataset")


class AbstractDataset(V1Object):
    """A data set: paths on this machine and how to read them; the data itself isn't kept with a version."""

    _kind = ""

    def __init__(self, paths: List[str], options: Optional[Dict[str, Any]] = None, **registered: Any) -> None:
        self._paths = paths
        self._options = dict(options or {})
        self._registered = registered

    @property
    def id(self) -> Optional[str]:
        """None until the data set is registered."""
        return self._registered.get("id")

    @property
    def name(self) -> Optional[str]:
        return self._registered.get("name")

    @property
    def version(self) -> Optional[int]:
        return self._registered.get("version")

    @property
    def description(self) -> Optional[str]:
        return self._registered.get("description")

    @property
    def tags(self) -> Dict[str, str]:
        return dict(self._registered.get("tags") or {})

    def register(
        self: D,
        workspace: Any,
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        create_new_version: bool = False,
    ) -> D:
        """Keep the data set under a name; the same definition again gives the version that is there."""
        newest = shelf.get(KIND, name)
        if newest is not None and not create_new_version:
            if newest["kind"] == self._kind and newest["definition"] == self._definition():
                return self._as_registered(newest, shelf.versions(KIND, name)[-1])
            raise UserErrorException(
                "There is already a dataset registered under name %r, and it is another one. "
                "Specify `create_new_version=True` to register this one as a new version." % name
            )
        document = {
            "kind": self._kind,
            "definition": self._definition(),
            "id": str(uuid.uuid4()),
            "name": name,
            "description": description,
            "tags": dict(tags or {}),
        }
        return self._as_registered(document, shelf.add(KIND, name, document))

    def add_tags(self, tags: Dict[str, str]) -> None:
        self.update(tags={**self.tags, **tags})

    def remove_tags(self, tags: List[str]) -> None:
        self.update(tags={key: value for key, value in self.tags.items() if key not in tags})

    def update(self, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None) -> None:
        """Change what a registered version is described by."""
        if self.name is None or self.version is None:
            raise UserErrorException("Only a registered data set has tags and a description. Call register(...) first.")
        document = shelf.get(KIND, self.name, self.version)
        if document is None:
            raise UserErrorException("Data set %s isn't registered any more." % self.name)
        changes = {"description": description, "tags": tags}
        given = {key: value for key, value in changes.items() if value is not None}
        shelf.put(KIND, self.name, {**document, **given}, self.version)
        self._registered.update(given)

    def unregister_all_versions(self) -> None:
        """Forget the name; the data stays where it is."""
        if self.name is not None:
            shelf.remove(KIND, self.name)
        self._registered = {}

    def take(self: D, count: int) -> D:
        return self._with_rows(["take", count])

    def skip(self: D, count: int) -> D:
        return self._with_rows(["skip", count])

    def take_sample(self: D, probability: float, seed: Optional[int] = None) -> D:
        return self.random_split(probability, seed)[0]

    def random_split(self: D, percentage: float, seed: Optional[int] = None) -> Tuple[D, D]:
        """Two data sets: about this share of the rows, and all the others; the same seed gives the same two."""
        if not 0 < percentage < 1:
            raise UserErrorException("percentage must be between 0 and 1, and is %r." % percentage)
        drawn = random.randrange(2**32) if seed is None else seed  # noqa: S311 (a sample of rows, not a secret)
        return (
            self._with_rows(["split", percentage, drawn, False]),
            self._with_rows(["split", percentage, drawn, True]),
        )

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        return DatasetConsumptionConfig(name, self)

    def _usual_input(self, mode: str, path_on_compute: Optional[str]) -> DatasetConsumptionConfig:
        """Under a name that is the same in every program, so that steps that read the data can be reused."""
        text = json.dumps([self._kind, self._definition()], sort_keys=True)
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        return DatasetConsumptionConfig("input_%s" % digest[:8], self, mode, path_on_compute)

    def _definition(self) -> Dict[str, Any]:
        return {"paths": self._paths, "options": self._options}

    def _document(self) -> Dict[str, Any]:
        """The data set in JSON, as `run.input_datasets` needs it."""
        return {"kind": self._kind, **self._definition(), "name": None, "version": None, **self._registered}

    def _path(self) -> str:
        """The file or folder that a step reads."""
        return plain(self._paths) or gathered(self._files())

    def _files(self) -> List[Tuple[str, str]]:
        """Name and path of all files."""
        found = files(self._paths)
        if not found:
            raise UserErrorException("No file is found at %s." % ", ".join(self._paths))
        return found

    def _with(self: D, **options: Any) -> D:
        changed = copy.copy(self)
        changed._options = {**self._options, **options}
        changed._registered = {}
        return changed

    def _with_rows(self: D, row: List[Any]) -> D:
        return self._with(rows=[*self._options.get("rows", []), row])

    def _as_registered(self: D, document: Dict[str, Any], version: int) -> D:
        registered = copy.copy(self)
        kept = {key: document[key] for key in ("id", "name", "description", "tags")}
        registered._registered = {**kept, "version": version}
        return registered

    def __repr__(self) -> str:
        told = {"source": self._paths, **self._options}
        return "%s\n%s" % (type(self).__name__, json.dumps({**told, **self._registered}, indent=2))
