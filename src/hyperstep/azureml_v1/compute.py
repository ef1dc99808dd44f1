"""Compute targets: names for this machine, with what was asked of them recorded.

What a target is made with (sizes, numbers of nodes, networks) changes
nothing: every job runs here, at most as many at once as the workspace says.
"""

# ruff: noqa: ARG003 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.exceptions import ComputeTargetException
from hyperstep.azureml_v1.v1_object import V1Object
from hyperstep.errors import UnsupportedV1

KIND = "compute"


class ProvisioningConfiguration:
    """What a new compute target is asked to be; only recorded, secrets not even that."""

    def __init__(self, kind: str, settings: Dict[str, Any]) -> None:
        self._kind = kind
        self._settings = {key: value for key, value in settings.items() if _is_plain(value) and not _is_secret(key)}
        vars(self).update(settings)


class ScaleSettings(V1Object):
    """How many nodes a cluster would have."""

    def __init__(self, minimum_node_count: int, maximum_node_count: int, idle_seconds_before_scaledown: int) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> Dict[str, Any]:
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": "PT%dS" % self.idle_seconds_before_scaledown,
        }


class ComputeTarget(V1Object):
    """A named target of the workspace; all of them are this machine."""

    _kind = ""
    name: str

    def __new__(cls, workspace: Any, name: str) -> ComputeTarget:
        document = shelf.get(KIND, name)
        if document is None:
            raise ComputeTargetException(
                "ComputeTargetNotFound: Compute Target with name %s not found in provided workspace" % name
            )
        kinds = {kind._kind: kind for kind in (AmlCompute, ComputeInstance, RemoteCompute)}
        target = object.__new__(kinds[document["kind"]])
        target.workspace = workspace
        target.name = name
        target._document = document
        return target

    workspace: Any
    _document: Dict[str, Any]

    @staticmethod
    def create(workspace: Any, name: str, provisioning_configuration: ProvisioningConfiguration) -> ComputeTarget:
        print("Creating %s: a name for this machine; sizes and numbers of nodes are only recorded." % name)
        return _keep(workspace, name, provisioning_configuration)

    @staticmethod
    def attach(workspace: Any, name: str, attach_configuration: ProvisioningConfiguration) -> ComputeTarget:
        print("Attaching %s: a name for this machine; nothing is connected to." % name)
        return _keep(workspace, name, attach_configuration)

    @staticmethod
    def list(workspace: Any) -> List[ComputeTarget]:
        return [ComputeTarget(workspace, name) for name in shelf.names(KIND)]

    @property
    def type(self) -> str:
        return self._kind

    @property
    def id(self) -> str:
        return "%s/computes/%s" % (self.workspace.get_details()["id"], self.name)

    @property
    def location(self) -> str:
        return str(self.workspace.location)

    @property
    def provisioning_state(self) -> str:
        return "Succeeded" if shelf.versions(KIND, self.name) else "Deleting"

    @property
    def provisioning_errors(self) -> None:
        return None

    @property
    def created_on(self) -> str:
        return str(self._document["created_on"])

    @property
    def description(self) -> Optional[str]:
        return self._document["settings"].get("description")  # type: ignore[no-any-return]

    @property
    def tags(self) -> Dict[str, Any]:
        return dict(self._document["settings"].get("tags") or {})

    @property
    def vm_size(self) -> str:
        return str(self._document["settings"].get("vm_size", ""))

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Returns at once: there is nothing to wait for."""
        if show_output:
            print('Succeeded\nProvisioning operation finished, operation "Succeeded"')

    def get_status(self) -> Any:
        return self.provisioning_state

    def refresh_state(self) -> None:
        """Does nothing: a target's state is read when it is asked."""

    def delete(self) -> None:
        """Forget the target's name."""
        if not shelf.remove(KIND, self.name):
            raise ComputeTargetException("Compute target %s has been deleted already." % self.name)

    def detach(self) -> None:
        self.delete()

    def serialize(self) -> Dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "location": self.location,
            "tags": self.tags,
            "properties": {
                "computeType": self.type,
                "description": self.description,
                "createdOn": self.created_on,
                "provisioningState": self.provisioning_state,
                "properties": self._document["settings"],
            },
        }

    def _keep_changes(self, **changes: Any) -> None:
        given = {key: value for key, value in changes.items() if value is not None}
        self._document["settings"].update(given)
        shelf.put(KIND, self.name, self._document)

    def __repr__(self) -> str:
        return "%s(workspace=%r, name=%s, type=%s, provisioning_state=%s)" % (
            type(self).__name__,
            self.workspace,
            self.name,
            self.type,
            self.provisioning_state,
        )


class AmlComputeStatus(V1Object):
    """The state of a cluster, as if its nodes stood ready."""

    def __init__(self, target: AmlCompute) -> None:
        self.provisioning_state = target.provisioning_state
        self.allocation_state = "Steady"
        self.creation_time = target.created_on
        self.current_node_count = self.target_node_count = target.scale_settings.minimum_node_count
        self.vm_size = target.vm_size
        self.vm_priority = str(target._document["settings"].get("vm_priority"))
        self.scale_settings = target.scale_settings
        self.errors = None

    def serialize(self) -> Dict[str, Any]:
        states = ("preparing", "running", "idle", "unusable", "leaving", "preempted")
        counts = {"%sNodeCount" % state: 0 for state in states}
        counts["idleNodeCount"] = self.current_node_count
        return {
            "errors": self.errors,
            "creationTime": self.creation_time,
            "modifiedTime": self.creation_time,
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": self.creation_time,
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": None,
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "nodeStateCounts": counts,
            "scaleSettings": self.scale_settings.serialize(),
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }


class AmlCompute(ComputeTarget):
    """A cluster by name; its size and nodes are only recorded."""

    _kind = "AmlCompute"

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: Optional[int] = None,
        idle_seconds_before_scaledown: Optional[int] = None,
        **recorded: Any,
    ) -> ProvisioningConfiguration:
        settings = {
            "vm_size": vm_size,
            "vm_priority": vm_priority,
            "min_nodes": min_nodes,
            "max_nodes": max_nodes,
            "idle_seconds_before_scaledown": idle_seconds_before_scaledown,
        }
        return ProvisioningConfiguration(AmlCompute._kind, {**recorded, **settings})

    @property
    def scale_settings(self) -> ScaleSettings:
        settings = self._document["settings"]
        return ScaleSettings(
            settings.get("min_nodes") or 0,
            settings.get("max_nodes") or 1,
            settings.get("idle_seconds_before_scaledown") or 120,
        )

    @property
    def status(self) -> AmlComputeStatus:
        return AmlComputeStatus(self)

    def get_status(self) -> AmlComputeStatus:
        return self.status

    def list_nodes(self) -> List[Dict[str, Any]]:
        """Always empty: this machine is no node."""
        return []

    def update(
        self,
        min_nodes: Optional[int] = None,
        max_nodes: Optional[int] = None,
        idle_seconds_before_scaledown: Optional[int] = None,
    ) -> None:
        self._keep_changes(
            min_nodes=min_nodes,
            max_nodes=max_nodes,
            idle_seconds_before_scaledown=idle_seconds_before_scaledown,
        )

    def wait_for_completion(  # type: ignore[override]
        self,
        show_output: bool = False,
        min_node_count: Optional[int] = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        if show_output:
            print(
                "Succeeded\nAmlCompute wait for completion finished\n\n"
                "Minimum number of nodes requested have been provisioned"
            )


class ComputeInstance(ComputeTarget):
    """A single machine by name; starting and stopping it changes nothing."""

    _kind = "ComputeInstance"

    @staticmethod
    def provisioning_configuration(vm_size: str = "", **recorded: Any) -> ProvisioningConfiguration:
        return ProvisioningConfiguration(ComputeInstance._kind, {**recorded, "vm_size": vm_size})

    def start(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        self.wait_for_completion(show_output=show_output)

    def stop(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        self.wait_for_completion(show_output=show_output)

    def restart(self, wait_for_completion: bool = False, show_output: bool = False) -> None:
        self.wait_for_completion(show_output=show_output)


class RemoteCompute(ComputeTarget):
    """A machine that was attached by name; nothing runs there, but here."""

    _kind = "VirtualMachine"

    @staticmethod
    def attach_configuration(
        username: Optional[str] = None, address: Optional[str] = None, **recorded: Any
    ) -> ProvisioningConfiguration:
        return ProvisioningConfiguration(RemoteCompute._kind, {**recorded, "username": username, "address": address})


def _keep(workspace: Any, name: str, configuration: ProvisioningConfiguration) -> ComputeTarget:
    if not isinstance(configuration, ProvisioningConfiguration):
        raise UnsupportedV1(
            "A %s can't be made into compute target %r: targets are names for this machine. Use "
            "AmlCompute.provisioning_configuration." % (type(configuration).__name__, name)
        )
    created = datetime.now(timezone.utc).isoformat()
    shelf.put(KIND, name, {"kind": configuration._kind, "settings": configuration._settings, "created_on": created})
    return ComputeTarget(workspace, name)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, dict))


def _is_secret(name: str) -> bool:
    return "password" in name or "passphrase" in name or "_key" in name
