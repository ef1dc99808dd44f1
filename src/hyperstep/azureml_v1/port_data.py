"""What a step made: found through its run, downloaded, or given to another pipeline."""

from __future__ import annotations

import os
from typing import Any, Optional

from hyperstep.azureml_v1 import home
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.ports import InputPortBinding, Port
from hyperstep.azureml_v1.v1_object import V1Object


class PortDataReference(V1Object):
    """What a step made, under the path that v1's data store would have it at."""

    def __init__(self, step_run: Any, name: str, key: str) -> None:
        self._step_run = step_run
        self._key = key
        self.name = name

    @property
    def path_on_datastore(self) -> str:
        return "azureml/%s/%s" % (self._step_run.id, self.name)

    @property
    def datastore(self) -> Any:
        return self._step_run.experiment.workspace.get_default_datastore()

    @property
    def datastore_name(self) -> str:
        return str(self.datastore.name)

    def download(self, local_path: str, overwrite: Optional[bool] = None, show_progress: Optional[bool] = None) -> int:
        """Copy the data to `local_path`/`path_on_datastore`; returns the number of files."""
        place = os.path.join(os.path.abspath(local_path), *self.path_on_datastore.split("/"))
        if os.path.exists(place) and not overwrite:
            return _count(place)
        self._copy(place)
        return _count(place)

    def as_input(self, input_name: str) -> InputPortBinding:
        return InputPortBinding(input_name, self)

    def as_mount(self, input_name: Optional[str] = None) -> InputPortBinding:
        return InputPortBinding(input_name or self.name, self)

    def as_download(
        self,
        input_name: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: Optional[bool] = None,
    ) -> InputPortBinding:
        return InputPortBinding(input_name or self.name, self, "download", path_on_compute, overwrite)

    def create_input_binding(
        self,
        input_name: Optional[str] = None,
        mode: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: Optional[bool] = None,
    ) -> InputPortBinding:
        return InputPortBinding(input_name or self.name, self, mode or "mount", path_on_compute, overwrite)

    def _path(self) -> str:
        place = os.path.join(home.own("ports"), self._step_run.id, self.name)
        if not os.path.exists(place):
            self._copy(place)
        return place

    def _port(self) -> Port:
        return Port(self.name, outside=self)

    def _copy(self, place: str) -> None:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        ask("files.output", step=self._step_run._engine_id, output=self._key, to=place)

    def __repr__(self) -> str:
        return "PortDataReference(Name: %s, Path: %s)" % (self.name, self.path_on_datastore)


class StepRunOutput(V1Object):
    """An output of a step's run."""

    def __init__(self, step_run: Any, name: str, key: str) -> None:
        self._step_run = step_run
        self._key = key
        self.name = name

    def get_port_data_reference(self) -> PortDataReference:
        return PortDataReference(self._step_run, self.name, self._key)

    def __repr__(self) -> str:
        return "StepRunOutput(Name: %s)" % self.name


def _count(place: str) -> int:
    if os.path.isfile(place):
        return 1
    return sum(len(files) for _, _, files in os.walk(place))
