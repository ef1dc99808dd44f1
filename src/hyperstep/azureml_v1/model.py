"""Model: a version of a registered model."""

# ruff: noqa: ARG001, ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import os
import tempfile
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import registration, shelf
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.exceptions import ModelNotFoundException, WebserviceException
from hyperstep.azureml_v1.registration import KIND
from hyperstep.azureml_v1.v1_object import V1Object

CACHE = "azureml-models"


class Model(V1Object):
    """A version of a registered model; data sets and sizes of services are only recorded."""

    class Framework:
        """Names of frameworks, as models are tagged with them."""

        CUSTOM = "Custom"
        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        PYTORCH = "PyTorch"
        FASTAI = "FastAI"
        MULTI = "Multi"

    def __init__(
        self,
        workspace: Any,
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        version: Optional[int] = None,
        run_id: Optional[str] = None,
        model_framework: Optional[str] = None,
        workspace_dataset: Any = None,
        expand: bool = True,
        _row: Optional[Dict[str, Any]] = None,
        **recorded: Any,
    ) -> None:
        self.workspace = workspace
        self._row = _row or _found(name, id, version, tags, properties, run_id, model_framework)

    @staticmethod
    def register(
        workspace: Any,
        model_path: str,
        model_name: str,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        child_paths: Optional[List[str]] = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **recorded: Any,
    ) -> Model:
        """Register a file or folder as a model's next version."""
        registration.check_name(model_name)
        path = os.fspath(model_path)
        if not os.path.exists(path):
            raise FileNotFoundError("Path does not exist: %s (seen from %s)" % (path, os.getcwd()))
        file = os.path.basename(os.path.abspath(path))
        kept = registration.notes(
            properties, description, model_framework, model_framework_version, datasets, None, file
        )
        if not child_paths:
            return registration.register(workspace, model_name, path, tags, kept)  # type: ignore[no-any-return]
        with tempfile.TemporaryDirectory() as folder:
            chosen = registration.chosen(path, child_paths, os.path.join(folder, file))
            return registration.register(workspace, model_name, chosen, tags, kept)  # type: ignore[no-any-return]

    @staticmethod
    def list(
        workspace: Any,
        name: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        run_id: Optional[str] = None,
        latest: bool = False,
        dataset_id: Optional[str] = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: Optional[str] = None,
    ) -> List[Model]:
        """Versions of models, newest first; tags and properties: names, or [name, value] each."""
        rows = _rows(name, tags, properties, run_id, model_framework)
        if latest:
            newest: Dict[str, int] = {}
            for row in rows:
                newest[row["name"]] = max(row["version"], newest.get(row["name"], 0))
            rows = [row for row in rows if row["version"] == newest[row["name"]]]
        return [Model(workspace, _row=row) for row in rows]

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Any = None) -> str:
        """Where a copy of the model lies, below the working folder; made if it isn't there.

        Of a model that isn't registered: an earlier copy, or without a version a file or folder of this name.
        """
        try:
            model = Model(_workspace, model_name, version=version)
        except WebserviceException as error:
            lying = _lying(model_name, version)
            if lying is None:
                raise ModelNotFoundException(error.message) from error
            return lying
        return model.download(os.path.join(CACHE, model.name, str(model.version)), exist_ok=True)

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: Optional[bool] = None) -> str:
        """Copy the model's file or folder into a folder; returns its path."""
        target = os.path.join(target_dir, self._file)
        if os.path.exists(target):
            if not (exist_ok or exists_ok):
                raise WebserviceException(
                    "File already exists, please set the exist_ok to True or choose a different target directory: %s"
                    % target
                )
            return target
        os.makedirs(target_dir, exist_ok=True)
        ask("models.save", name=self.name, version=self.version, to=os.path.abspath(target))
        return target

    @property
    def name(self) -> str:
        return str(self._row["name"])

    @property
    def version(self) -> int:
        return int(self._row["version"])

    @property
    def id(self) -> str:
        return "%s:%d" % (self.name, self.version)

    @property
    def tags(self) -> Dict[str, Any]:
        return dict(self._kept().get("tags", self._row["tags"]))

    @property
    def properties(self) -> Dict[str, str]:
        return dict(self._kept().get("properties", {}))

    @property
    def description(self) -> Optional[str]:
        return self._kept().get("description")

    @property
    def model_framework(self) -> str:
        return str(self._kept().get("framework", "Custom"))

    @property
    def model_framework_version(self) -> Optional[str]:
        return self._kept().get("framework_version")

    @property
    def run_id(self) -> Optional[str]:
        """The id of the run that made it, or None."""
        return _run_of(self._row)

    @property
    def run(self) -> Any:
        """The run that made it, or None."""
        from hyperstep.azureml_v1.run import Run

        return Run.get(self.workspace, self.run_id) if self.run_id else None

    @property
    def experiment_name(self) -> Optional[str]:
        return None if self.run_id is None else str(self.run.experiment.name)

    @property
    def created_time(self) -> datetime:
        return datetime.fromtimestamp(self._row["created_at"], timezone.utc)

    @property
    def created_by(self) -> Dict[str, Any]:
        return {}

    @property
    def url(self) -> str:
        return "aml://asset/%s" % self.id

    def add_tags(self, tags: Dict[str, str]) -> None:
        self._note(tags={**self.tags, **{str(key): str(value) for key, value in tags.items()}})

    def remove_tags(self, tags: List[str]) -> None:
        self._note(tags={key: value for key, value in self.tags.items() if key not in tags})

    def add_properties(self, properties: Dict[str, str]) -> None:
        """Set properties; those that are there stay as they are."""
        self._note(properties={**{key: str(value) for key, value in properties.items()}, **self.properties})

    def add_tags_properties(
        self, add_tags: Optional[Dict[str, str]] = None, add_properties: Optional[Dict[str, str]] = None
    ) -> None:
        self.add_tags(add_tags or {})
        self.add_properties(add_properties or {})

    def update_tags_properties(
        self,
        add_tags: Optional[Dict[str, str]] = None,
        remove_tags: Optional[List[str]] = None,
        add_properties: Optional[Dict[str, str]] = None,
    ) -> None:
        self.remove_tags(remove_tags or [])
        self.add_tags_properties(add_tags, add_properties)

    def add_dataset_references(self, datasets: Any) -> None:
        self._note(datasets=[*self._kept().get("datasets", []), *(str(purpose) for purpose, _ in datasets)])

    def update(self, tags: Optional[Dict[str, str]] = None, description: Optional[str] = None, **recorded: Any) -> None:
        """Put other tags or another description in place of those that are there."""
        changes: Dict[str, Any] = {}
        if tags is not None:
            changes["tags"] = {str(key): str(value) for key, value in tags.items()}
        if description is not None:
            changes["description"] = description
        self._note(**changes)

    def delete(self) -> None:
        """Hide this version from v1 code; the store keeps it, as its number isn't given again."""
        self._note(deleted=True)

    def serialize(self) -> Dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "tags": self.tags,
            "properties": self.properties,
            "description": self.description,
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "createdTime": self.created_time.isoformat(),
            "runId": self.run_id,
            "experimentName": self.experiment_name,
            "url": self.url,
        }

    @property
    def _file(self) -> str:
        """What the file or folder is called that was registered."""
        called = os.path.basename(str(self._kept().get("file") or self._row["member"]))
        return self.name if called in ("", ".", "..") else called

    def _kept(self) -> Dict[str, Any]:
        return _kept(self._row)

    def _note(self, **changes: Any) -> None:
        shelf.put(KIND, self.name, {**self._kept(), **changes}, self.version)

    def __repr__(self) -> str:
        return "Model(workspace=%r, name=%s, id=%s, version=%d, tags=%s, properties=%s)" % (
            self.workspace,
            self.name,
            self.id,
            self.version,
            self.tags,
            self.properties,
        )


def _found(
    name: Optional[str],
    id: Optional[str],
    version: Optional[int],
    tags: Any,
    properties: Any,
    run_id: Optional[str],
    framework: Optional[str],
) -> Dict[str, Any]:
    """The newest row that fits. Raises WebserviceException if none does."""
    if id is not None:
        name, _, number = id.partition(":")
        version = int(number) if number.isdigit() else -1
    if name is None:
        raise WebserviceException("A Model is found by its name or its id. Give one of them.")
    for row in _rows(name, tags, properties, run_id, framework):
        if version in (None, row["version"]):
            return row
    known = ", ".join("%s:%d" % (row["name"], row["version"]) for row in _rows(None, None, None, None, None)[:10])
    raise WebserviceException(
        "ModelNotFound: Model with name %s%s not found in provided workspace; there is %s."
        % (name, "" if version is None else " and version %s" % version, known or "none")
    )


def _lying(name: str, version: Optional[int]) -> Optional[str]:
    """Where a model that isn't registered lies all the same, or None."""
    copies = os.path.join(CACHE, name)
    if version is None and os.path.isdir(copies):
        version = max((int(one) for one in os.listdir(copies) if one.isdigit()), default=None)
    copy = os.path.join(copies, str(version))
    if os.path.isdir(copy):
        files = os.listdir(copy)
        return os.path.join(copy, files[0]) if len(files) == 1 else copy
    return name if version is None and os.path.exists(name) else None


def _rows(
    name: Optional[str], tags: Any, properties: Any, run_id: Optional[str], framework: Optional[str]
) -> List[Dict[str, Any]]:
    found = []
    for row in ask("models.list", name=name):
        kept = _kept(row)
        fits = (
            not kept.get("deleted")
            and _has(kept.get("tags", row["tags"]), tags)
            and _has(kept.get("properties", {}), properties)
            and run_id in (None, _run_of(row))
            and framework in (None, kept.get("framework", "Custom"))
        )
        if fits:
            found.append(row)
    return found


def _kept(row: Dict[str, Any]) -> Dict[str, Any]:
    return shelf.get(KIND, row["name"], row["version"]) or {}


def _run_of(row: Dict[str, Any]) -> Optional[str]:
    return _kept(row).get("run_id") or row["run_id"] or None


def _has(given: Dict[str, Any], wanted: Any) -> bool:
    """wanted: a name, or a list of names and of [name, value]; or a dict."""
    if not wanted:
        return True
    items = [wanted] if isinstance(wanted, str) else wanted.items() if isinstance(wanted, dict) else wanted
    for item in items:
        key, value = (item, None) if isinstance(item, str) else item
        if key not in given or value not in (None, given[key]):
            return False
    return True
