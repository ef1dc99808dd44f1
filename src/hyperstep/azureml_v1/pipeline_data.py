"""PipelineData: what one step makes and others read, by a path that neither chooses.

The path's parent exists and the path doesn't: the script makes a file or a
folder there. `as_dataset()` is the same data consumed as a data set, which
its producer must list in that form too.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Dict, List, Optional, TypeVar

from hyperstep.azureml_v1.pipeline_parameter import TrainingOutput
from hyperstep.azureml_v1.ports import InputPortBinding, Made, Port
from hyperstep.azureml_v1.v1_object import V1Object

D = TypeVar("D", bound="PipelineOutputAbstractDataset")


class PipelineData(Made):
    """Data that a step makes; where it is stored, and in which mode, is only recorded."""

    def __init__(
        self,
        name: str,
        datastore: Any = None,
        output_name: Optional[str] = None,
        output_mode: str = "mount",
        output_path_on_compute: Optional[str] = None,
        output_overwrite: Optional[bool] = None,
        data_type: Optional[str] = None,
        is_directory: Optional[bool] = None,
        pipeline_output_name: Optional[str] = None,
        training_output: Optional[TrainingOutput] = None,
    ) -> None:
        if not name:
            raise ValueError("PipelineData name cannot be empty")
        if not re.match(r"\w+\Z", name):
            raise ValueError(
                "PipelineData name: [%s] is not a valid, as it may contain only letters, digits, and underscores."
                % name
            )
        if output_mode not in ("mount", "upload"):
            raise ValueError("Invalid output mode [%s]" % output_mode)
        super().__init__(output_name or name)
        self._name = name
        self._datastore = datastore
        self._data_type = data_type
        self._pipeline_output_name = pipeline_output_name
        self._training_output = training_output

    @property
    def name(self) -> str:
        return self._name

    @property
    def datastore(self) -> Any:
        return self._datastore

    @property
    def data_type(self) -> Optional[str]:
        return self._data_type

    def get_env_variable_name(self) -> str:
        return "AZUREML_DATAREFERENCE_%s" % self.name

    def as_dataset(self) -> PipelineOutputFileDataset:
        return PipelineOutputFileDataset(self)

    def as_input(self, input_name: str) -> InputPortBinding:
        return self.create_input_binding(input_name)

    def as_mount(self, input_name: Optional[str] = None) -> InputPortBinding:
        return self.create_input_binding(input_name, mode="mount")

    def as_download(
        self,
        input_name: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: Optional[bool] = None,
    ) -> InputPortBinding:
        return self.create_input_binding(input_name, "download", path_on_compute, overwrite)

    def create_input_binding(
        self,
        input_name: Optional[str] = None,
        mode: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: Optional[bool] = None,
    ) -> InputPortBinding:
        return InputPortBinding(input_name or self.name, self, mode or "mount", path_on_compute, overwrite)

    def _port(self) -> Port:
        return Port(self.name, made=self)

    def __str__(self) -> str:
        return "$" + self.get_env_variable_name()

    __repr__ = __str__


class PipelineOutputAbstractDataset(V1Object):
    """What a step makes, consumed as a data set."""

    _kind = "file"

    def __init__(self, pipeline_data: PipelineData) -> None:
        self._pipeline_data = pipeline_data
        self._input_name: Optional[str] = None
        self._mode = "mount"
        self._options: Dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._pipeline_data.name

    @property
    def input_name(self) -> str:
        return self._input_name or self.name

    def as_named_input(self: D, name: str) -> D:
        return self._changed(_input_name=name)

    def create_input_binding(self) -> InputPortBinding:
        return InputPortBinding(self.input_name, self)

    def register(self: D, name: str, create_new_version: bool = True) -> D:
        """Register the data set under this name when the step has made it."""
        self._pipeline_data._registration = {"name": name, "kind": self._kind, "options": self._options}
        return self

    def _changed(self: D, **changes: Any) -> D:
        changed = copy.copy(self)
        vars(changed).update(changes)
        return changed

    def _port(self) -> Port:
        document = {"kind": self._kind, "paths": [], "name": self.input_name, "options": self._options}
        return Port(self.input_name, made=self._pipeline_data, document=document, promoted=True)

    def __str__(self) -> str:
        return str(self._pipeline_data)


class PipelineOutputFileDataset(PipelineOutputAbstractDataset):
    """What a step makes, consumed as files; how it gets to the compute is only recorded."""

    def as_mount(self, path_on_compute: Optional[str] = None) -> PipelineOutputFileDataset:
        return self._changed(_mode="mount")

    def as_download(self, path_on_compute: Optional[str] = None) -> PipelineOutputFileDataset:
        return self._changed(_mode="download")

    def as_direct(self) -> PipelineOutputFileDataset:
        return self._changed(_mode="direct")

    def parse_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = True,
        partition_format: Optional[str] = None,
        file_extension: str = "",
        set_column_types: Any = None,
        quoted_line_breaks: bool = False,
    ) -> PipelineOutputTabularDataset:
        options = {"format": "delimited", "separator": separator, "header": plain_header(header)}
        return PipelineOutputTabularDataset(self, options)

    def parse_parquet_files(
        self,
        include_path: bool = False,
        partition_format: Optional[str] = None,
        file_extension: str = ".parquet",
        set_column_types: Any = None,
    ) -> PipelineOutputTabularDataset:
        return PipelineOutputTabularDataset(self, {"format": "parquet"})


class PipelineOutputTabularDataset(PipelineOutputAbstractDataset):
    """What a step makes, consumed as a table."""

    _kind = "tabular"

    def __init__(self, files: PipelineOutputAbstractDataset, options: Dict[str, Any]) -> None:
        super().__init__(files._pipeline_data)
        self._input_name = files._input_name
        self._options = options

    def keep_columns(self, columns: Any) -> PipelineOutputTabularDataset:
        return self._changed(_options={**self._options, "keep_columns": _names(columns)})

    def drop_columns(self, columns: Any) -> PipelineOutputTabularDataset:
        return self._changed(_options={**self._options, "drop_columns": _names(columns)})


def plain_header(header: Any) -> Any:
    """A `header` argument as JSON: True, False, or the name of the enumeration's member."""
    return header if isinstance(header, (bool, str)) or header is None else header.name


def _names(columns: Any) -> List[str]:
    return [columns] if isinstance(columns, str) else list(columns)
