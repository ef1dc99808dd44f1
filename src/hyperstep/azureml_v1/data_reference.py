"""DataReference and DataPath: a place in a data store, as an input of a step."""

from __future__ import annotations

from typing import Any, Optional

from hyperstep.azureml_v1.ports import InputPortBinding, Port
from hyperstep.azureml_v1.v1_object import V1Object


class DataPathComputeBinding(V1Object):
    """How a DataPath gets to the compute; only recorded, as scripts read where the data lies."""

    def __init__(self, mode: str = "mount", path_on_compute: Optional[str] = None, overwrite: bool = False) -> None:
        if mode not in ("mount", "download", "upload", "direct"):
            raise ValueError("Invalid mode [%s]" % mode)
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    def create_data_reference(
        self, data_reference_name: Optional[str] = None, datapath: Optional[DataPath] = None
    ) -> DataReference:
        assert datapath is not None, "a reference is made of a path"
        return datapath.create_data_reference(data_reference_name, self)


class DataPath(V1Object):
    """A path in a data store, which a pipeline's parameter may choose."""

    def __init__(
        self, datastore: Any = None, path_on_datastore: Optional[str] = None, name: Optional[str] = None
    ) -> None:
        self._datastore = datastore
        self.path_on_datastore = path_on_datastore
        self.name = name

    @property
    def datastore_name(self) -> Optional[str]:
        return None if self._datastore is None else str(self._datastore.name)

    def create_data_reference(
        self,
        data_reference_name: Optional[str] = None,
        datapath_compute_binding: Optional[DataPathComputeBinding] = None,
    ) -> DataReference:
        binding = datapath_compute_binding or DataPathComputeBinding()
        return DataReference(
            self._datastore,
            data_reference_name,
            self.path_on_datastore,
            binding.mode,
            binding.path_on_compute,
            binding.overwrite,
        )

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPath:
        return DataPath(data_reference.datastore, data_reference.path_on_datastore, data_reference.data_reference_name)

    def _path(self) -> str:
        return str(self._datastore._local(self.path_on_datastore or ""))

    def __str__(self) -> str:
        return "DataPath(%s, %s)" % (self.datastore_name, self.path_on_datastore)


class DataReference(V1Object):
    """A file or folder in a data store that a step reads; the mode is only recorded."""

    def __init__(
        self,
        datastore: Any,
        data_reference_name: Optional[str] = None,
        path_on_datastore: Optional[str] = None,
        mode: str = "mount",
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        self.datastore = datastore
        self.data_reference_name = data_reference_name or datastore.name
        self.path_on_datastore = path_on_datastore
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    @property
    def name(self) -> str:
        return str(self.data_reference_name)

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> DataReference:
        inner = "/".join(part for part in (self.path_on_datastore, path) if part)
        return DataReference(self.datastore, data_reference_name or self.data_reference_name, inner, self.mode)

    def as_mount(self) -> DataReference:
        return self._in_mode("mount")

    def as_download(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> DataReference:
        return self._in_mode("download", path_on_compute, overwrite)

    def as_upload(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> DataReference:
        return self._in_mode("upload", path_on_compute, overwrite)

    def as_input(self, input_name: str) -> InputPortBinding:
        return InputPortBinding(input_name, self)

    def create_input_binding(
        self,
        input_name: Optional[str] = None,
        mode: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: Optional[bool] = None,
    ) -> InputPortBinding:
        return InputPortBinding(input_name or self.name, self, mode or self.mode, path_on_compute, overwrite)

    def _in_mode(self, mode: str, path_on_compute: Optional[str] = None, overwrite: bool = False) -> DataReference:
        return DataReference(
            self.datastore, self.data_reference_name, self.path_on_datastore, mode, path_on_compute, overwrite
        )

    def _path(self) -> str:
        return str(self.datastore._local(self.path_on_datastore or ""))

    def _port(self) -> Port:
        return Port(self.name, outside=self)

    def __str__(self) -> str:
        return "$AZUREML_DATAREFERENCE_%s" % self.name

    __repr__ = __str__
