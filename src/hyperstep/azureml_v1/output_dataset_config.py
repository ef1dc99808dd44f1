"""OutputFileDatasetConfig: a folder that a step makes, named where it is used, among the arguments."""

from __future__ import annotations

import copy
import re
import uuid
from typing import Any, Dict, Optional

from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.pipeline_data import plain_header
from hyperstep.azureml_v1.ports import Made, Port


class OutputDatasetConfig(Made):
    """Data that a step makes, kept as a data set."""

    _kind = "file"

    def __init__(self, name: Optional[str] = None, destination: Any = None) -> None:
        name = name or "output_%s" % uuid.uuid4().hex[:8]
        if not re.match(r"[A-Za-z_]\w*\Z", name):
            raise UserErrorException(
                'Invalid output name "%s". The name can only be alphanumeric characters and underscore, '
                "and must not begin with a number." % name
            )
        super().__init__(name)
        self.name = name
        self.destination = destination
        self._destination = destination
        self._options: Dict[str, Any] = {}
        self._promoted = True

    def register_on_complete(self, name: str, description: Optional[str] = None, tags: Any = None) -> Any:
        """Register the data as a data set of this name when the step has made it."""
        changed = self._changed()
        changed._registration = {
            "name": name,
            "kind": self._kind,
            "options": self._options,
            "description": description,
            "tags": tags,
        }
        return changed

    def as_input(self, name: Optional[str] = None) -> Any:
        from hyperstep.azureml_v1.dataset import DatasetConsumptionConfig

        return DatasetConsumptionConfig(name or "input_%s" % uuid.uuid4().hex[:8], self._original, "mount")

    @property
    def _original(self) -> OutputDatasetConfig:
        """The object that stands for the data, of which the others are forms."""
        return getattr(self, "_form_of", self)

    def _changed(self) -> Any:
        changed = copy.copy(self)
        changed._form_of = self._original  # type: ignore[attr-defined]
        return changed

    def _port(self) -> Port:
        document = {"kind": self._kind, "paths": [], "name": self.name, "options": self._options}
        return Port(self.name, made=self._original, document=document)


class OutputFileDatasetConfig(OutputDatasetConfig):
    """A file or folder that a step makes; mount and upload are one, as the script writes on this machine."""

    __module__ = "azureml.data.output_dataset_config"  # as v1's messages name it

    def __init__(
        self,
        name: Optional[str] = None,
        destination: Any = None,
        source: Optional[str] = None,
        partition_format: Optional[str] = None,
    ) -> None:
        super().__init__(name, destination)
        self.source = source
        self.partition_format = partition_format

    def as_mount(self, disable_metadata_cache: bool = False) -> OutputFileDatasetConfig:
        return self._changed()  # type: ignore[no-any-return]

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> OutputFileDatasetConfig:
        return self._changed()  # type: ignore[no-any-return]

    def read_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: Any = True,
        partition_format: Optional[str] = None,
        path_glob: Optional[str] = None,
        set_column_types: Any = None,
    ) -> OutputTabularDatasetConfig:
        options = {"format": "delimited", "separator": separator, "header": plain_header(header)}
        return OutputTabularDatasetConfig(self, options)

    def read_parquet_files(
        self,
        include_path: bool = False,
        partition_format: Optional[str] = None,
        path_glob: Optional[str] = None,
        set_column_types: Any = None,
    ) -> OutputTabularDatasetConfig:
        return OutputTabularDatasetConfig(self, {"format": "parquet"})


class OutputTabularDatasetConfig(OutputDatasetConfig):
    """The files that a step makes, read as a table."""

    _kind = "tabular"

    def __init__(self, files: OutputFileDatasetConfig, options: Dict[str, Any]) -> None:
        super().__init__(files.name, files.destination)
        self._form_of = files._original
        self._options = options

    def keep_columns(self, columns: Any) -> OutputTabularDatasetConfig:
        changed: OutputTabularDatasetConfig = self._changed()
        changed._options = {**self._options, "keep_columns": [columns] if isinstance(columns, str) else list(columns)}
        return changed

    def drop_columns(self, columns: Any) -> OutputTabularDatasetConfig:
        changed: OutputTabularDatasetConfig = self._changed()
        changed._options = {**self._options, "drop_columns": [columns] if isinstance(columns, str) else list(columns)}
        return changed
