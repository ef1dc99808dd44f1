"""Workspace: whatever ids v1 code names it by, it is the workspace on this machine."""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import json
import os
import re
import uuid
from typing import Any, Dict, Iterator, List, Optional, Tuple

from hyperstep.azureml_v1 import home, shelf
from hyperstep.azureml_v1.exceptions import UserErrorException, WorkspaceException
from hyperstep.azureml_v1.v1_object import V1Object

KIND = "workspaces"
HERE = "local"
"""The location of a workspace that nobody gave one."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}\Z")
_FOLDERS = (".azureml", "aml_config", "")
_FILES = ("config.json", "project.json")
_KEYS = ("subscription_id", "resource_group", "workspace_name")


class Workspace(V1Object):
    """The local workspace; subscription, resource group, location and all about Azure's resources are only recorded."""

    def __init__(
        self, subscription_id: str, resource_group: str, workspace_name: str, auth: Any = None, **recorded: Any
    ) -> None:
        self._subscription_id = subscription_id
        self._resource_group = resource_group
        self._name = workspace_name
        self._auth = auth

    @staticmethod
    def create(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        friendly_name: Optional[str] = None,
        exist_ok: bool = False,
        show_output: bool = True,
        **recorded: Any,
    ) -> Workspace:
        if not _NAME.match(name or ""):
            raise UserErrorException(
                "Workspace name must be between 3 and 33 characters long. Its first character has to be alphanumeric, "
                "and the rest may contain hyphens and underscores. No whitespace is allowed."
            )
        known = shelf.get(KIND, name)
        if known is not None and not exist_ok:
            raise WorkspaceException(
                "Workspace with name %r already exists. Get it with Workspace.get or Workspace.from_config, "
                "or create it with exist_ok=True." % name
            )
        if known is None:
            document = {
                "subscription_id": subscription_id or "",
                "resource_group": resource_group or "",
                "location": location or HERE,
                "sku": sku,
                "tags": dict(tags or {}),
                "friendly_name": friendly_name or name,
            }
            shelf.put(KIND, name, document)
            if show_output:
                print(
                    "Workspace %s is the folder %s on this machine; nothing is made in Azure." % (name, home.folder())
                )
        return Workspace(subscription_id or "", resource_group or "", name, auth)

    @staticmethod
    def get(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        **recorded: Any,
    ) -> Workspace:
        known = shelf.get(KIND, name) or {"subscription_id": "", "resource_group": ""}
        return Workspace(
            subscription_id or known["subscription_id"], resource_group or known["resource_group"], name, auth
        )

    @staticmethod
    def list(
        subscription_id: str, auth: Any = None, resource_group: Optional[str] = None
    ) -> Dict[str, List[Workspace]]:
        found = {}
        for name in shelf.names(KIND):
            known = shelf.get(KIND, name) or {}
            if known["subscription_id"] == subscription_id and resource_group in (None, known["resource_group"]):
                found[name] = [Workspace(subscription_id, known["resource_group"], name, auth)]
        return found

    @staticmethod
    def from_config(
        path: Optional[str] = None, auth: Any = None, _logger: Any = None, _file_name: Optional[str] = None
    ) -> Workspace:
        start = os.path.abspath(str(path or "."))
        file = start if os.path.isfile(start) else _found(start, (_file_name,) if _file_name else _FILES)
        if file is None:
            raise UserErrorException(
                "The workspace configuration file config.json, could not be found in %s or its parent directories. "
                "Make one with Workspace.create(...).write_config(), or name it with from_config(path)." % start
            )
        subscription_id, resource_group, name = _ids(file)
        return Workspace(subscription_id, resource_group, name, auth)

    @staticmethod
    def setup() -> Workspace:
        """The workspace that the configuration file names, or a new one; nothing is asked."""
        try:
            return Workspace.from_config()
        except UserErrorException:
            created = Workspace.create("workspace", exist_ok=True)
            created.write_config()
            return created

    def write_config(self, path: Optional[str] = None, file_name: Optional[str] = None) -> None:
        folder = os.path.join(os.path.abspath(str(path or ".")), ".azureml")
        os.makedirs(folder, exist_ok=True)
        ids = dict(zip(_KEYS, (self._subscription_id, self._resource_group, self._name)))
        with open(os.path.join(folder, file_name or "config.json"), "w", encoding="utf-8") as file:
            json.dump(ids, file, indent=4)

    @property
    def name(self) -> str:
        return self._name

    @property
    def subscription_id(self) -> str:
        return self._subscription_id

    @property
    def resource_group(self) -> str:
        return self._resource_group

    @property
    def location(self) -> str:
        return str(self._known().get("location", HERE))

    @property
    def sku(self) -> str:
        return str(self._known().get("sku", "basic"))

    @property
    def tags(self) -> Dict[str, str]:
        return dict(self._known().get("tags", {}))

    def _known(self) -> Dict[str, Any]:
        return shelf.get(KIND, self._name) or {}

    @property
    def experiments(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.experiment import Experiment

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    @property
    def models(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def datastores(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.datastore import Datastore

        return {name: Datastore.get(self, name) for name in Datastore._names()}

    @property
    def datasets(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.dataset import Dataset

        return Dataset.get_all(self)

    @property
    def environments(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.environment import Environment

        return Environment.list(self)

    @property
    def compute_targets(self) -> Dict[str, Any]:
        from hyperstep.azureml_v1.compute import ComputeTarget

        return {target.name: target for target in ComputeTarget.list(self)}

    @property
    def webservices(self) -> Dict[str, Any]:
        """Always empty: nothing is deployed from here."""
        return {}

    def get_run(self, run_id: str) -> Any:
        from hyperstep.azureml_v1.run import Run

        return Run.get(self, run_id)

    def get_default_datastore(self) -> Any:
        from hyperstep.azureml_v1.datastore import Datastore

        return Datastore.get_default(self)

    def set_default_datastore(self, name: str) -> None:
        from hyperstep.azureml_v1.datastore import Datastore

        Datastore.get(self, name).set_as_default()

    def get_default_compute_target(self, type: str = "CPU") -> Any:
        """The target named cpu-cluster or gpu-cluster, or None, as nothing else makes one the default."""
        return self.compute_targets.get("%s-cluster" % type.lower())

    def get_default_keyvault(self) -> Any:
        from hyperstep.azureml_v1.keyvault import Keyvault

        return Keyvault(self)

    def get_details(self) -> Dict[str, Any]:
        known = self._known()
        return {
            "id": "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.MachineLearningServices/workspaces/%s"
            % (self._subscription_id, self._resource_group, self._name),
            "name": self._name,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "location": self.location,
            "tags": self.tags,
            "sku": self.sku,
            "workspaceid": str(uuid.uuid5(uuid.NAMESPACE_URL, home.folder())),
            "friendlyName": known.get("friendly_name", self._name),
            "folder": home.folder(),
        }

    def update(
        self,
        friendly_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        **recorded: Any,
    ) -> None:
        """Change what the workspace is called or tagged with; all else is only about Azure's resources."""
        changes = {"friendly_name": friendly_name, "description": description, "tags": tags}
        given = {key: value for key, value in changes.items() if value is not None}
        ids = {"subscription_id": self._subscription_id, "resource_group": self._resource_group}
        shelf.put(KIND, self._name, {**ids, **self._known(), **given})

    def __repr__(self) -> str:
        return "Workspace.create(name=%r, subscription_id=%r, resource_group=%r)" % (
            self._name,
            self._subscription_id,
            self._resource_group,
        )


def _found(start: str, names: Tuple[str, ...]) -> Optional[str]:
    for folder in _upwards(start):
        for name in names:
            for below in _FOLDERS:
                path = os.path.join(folder, below, name)
                if os.path.isfile(path):
                    return path
    return None


def _upwards(folder: str) -> Iterator[str]:
    yield folder
    parent = os.path.dirname(folder)
    while parent != folder:
        yield parent
        folder, parent = parent, os.path.dirname(parent)


def _ids(file: str) -> Tuple[str, str, str]:
    """Subscription, resource group and name; an old project.json holds them as one path, its Scope."""
    with open(file, encoding="utf-8-sig") as text:
        try:
            given = json.load(text)
        except ValueError as error:
            raise UserErrorException("The workspace configuration file %s isn't JSON: %s" % (file, error)) from error
    scope = given.get("Scope", "").strip("/").split("/")
    if len(scope) >= 8:
        return scope[1], scope[3], scope[7]
    missing = [key for key in _KEYS if key not in given]
    if missing:
        raise UserErrorException(
            "The workspace configuration file %s lacks %s. It must have the keys %s."
            % (file, ", ".join(missing), ", ".join(_KEYS))
        )
    return given["subscription_id"], given["resource_group"], given["workspace_name"]
