"""The factories of data sets: Dataset.Tabular and Dataset.File."""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import enum
import os
import uuid
from fnmatch import fnmatch
from typing import Any, Dict, List, Optional, Tuple, Union

from hyperstep.azureml_v1.data_paths import files_below, located
from hyperstep.azureml_v1.data_tables import write_frame
from hyperstep.azureml_v1.datastore import Datastore
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.file_dataset import FileDataset
from hyperstep.azureml_v1.tabular_dataset import TabularDataset
from hyperstep.azureml_v1.v1_object import V1Object
from hyperstep.errors import UnsupportedV1


class PromoteHeadersBehavior(enum.Enum):
    """Which of several delimited files begin with the columns' names."""

    NO_HEADERS = 0
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    COMBINE_ALL_FILES_HEADERS = 2
    ALL_FILES_HAVE_SAME_HEADERS = 3


class DataType(V1Object):
    """The type that a column is read as."""

    def __init__(self, type: str, formats: Optional[List[str]] = None) -> None:
        self._type = type
        self._formats = formats

    @staticmethod
    def to_bool() -> DataType:
        return DataType("bool")

    @staticmethod
    def to_datetime(formats: Union[str, List[str], None] = None) -> DataType:
        return DataType("datetime", [formats] if isinstance(formats, str) else formats)

    @staticmethod
    def to_float(decimal_mark: str = ".") -> DataType:
        if decimal_mark != ".":
            raise UnsupportedV1("DataType.to_float reads numbers with a point, not %r. Read text." % decimal_mark)
        return DataType("float")

    @staticmethod
    def to_long() -> DataType:
        return DataType("long")

    @staticmethod
    def to_string() -> DataType:
        return DataType("string")


class TabularDatasetFactory(V1Object):
    """Makes tables of files; `validate` only says whether the files must be there already."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: Optional[Dict[str, DataType]] = None,
        separator: str = ",",
        header: Any = True,
        partition_format: Optional[str] = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: str = "utf8",
    ) -> TabularDataset:
        options = {
            "format": "delimited",
            "separator": separator,
            "header": header.name if isinstance(header, PromoteHeadersBehavior) else header,
            "infer": infer_column_types,
            "empty_as_string": empty_as_string,
            "encoding": encoding,
        }
        return _table(path, validate, include_path, set_column_types, partition_format, options)

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Optional[Dict[str, DataType]] = None,
        partition_format: Optional[str] = None,
    ) -> TabularDataset:
        return _table(path, validate, include_path, set_column_types, partition_format, {"format": "parquet"})

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Optional[Dict[str, DataType]] = None,
        partition_format: Optional[str] = None,
        invalid_lines: str = "error",
        encoding: str = "utf8",
    ) -> TabularDataset:
        if invalid_lines != "error":
            raise UnsupportedV1("invalid_lines=%r: lines that aren't JSON can't be left out." % invalid_lines)
        options = {"format": "json_lines", "encoding": encoding}
        return _table(path, validate, include_path, set_column_types, partition_format, options)

    @staticmethod
    def from_sql_query(*args: Any, **kwargs: Any) -> TabularDataset:
        raise UnsupportedV1(
            "Dataset.Tabular.from_sql_query: there is no database behind a data store here. Run the query yourself, "
            "and use Dataset.Tabular.register_pandas_dataframe or from_delimited_files."
        )

    @staticmethod
    def register_pandas_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        row_group_size: Optional[int] = None,
        show_progress: bool = True,
    ) -> TabularDataset:
        """Write a data frame to a data store, and register it; as parquet where pandas can, else as text."""
        store, folder = _target(target, "managed-dataset/%s" % uuid.uuid4())
        place = store._local(folder)
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, "part-00000.parquet")
        options: Dict[str, Any] = {"format": "parquet"}
        try:
            dataframe.to_parquet(path, index=False)
        except ImportError:  # neither pyarrow nor fastparquet is installed
            path = os.path.join(place, "part-00000.csv")
            options = write_frame(dataframe, path)
        if show_progress:
            print("Wrote %d rows to %s" % (len(dataframe), path))
        table = TabularDataset([path], options)
        return table.register(store.workspace, name, description, tags, create_new_version=True)


class FileDatasetFactory(V1Object):
    """Makes data sets of files; `validate` only says whether they must be there already."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: Optional[str] = None, is_file: bool = False
    ) -> FileDataset:
        _refuse(partition_format)
        return FileDataset(located(path, check=validate))

    @staticmethod
    def upload_directory(
        src_dir: str, target: Any, pattern: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> FileDataset:
        """Copy a folder's files into a data store."""
        store, folder = _target(target, "")
        source = os.path.abspath(str(src_dir))
        inner = [os.path.relpath(path, source) for path in files_below(source)]
        chosen = [name for name in inner if pattern is None or fnmatch(name.replace(os.sep, "/"), pattern)]
        if not chosen:
            raise UserErrorException("There are no files in %r to upload." % str(src_dir))
        store.upload_files([os.path.join(source, name) for name in chosen], source, folder, overwrite, show_progress)
        return FileDataset([store._local(folder)])


def _table(
    path: Any,
    validate: bool,
    include_path: bool,
    types: Optional[Dict[str, DataType]],
    partition_format: Optional[str],
    options: Dict[str, Any],
) -> TabularDataset:
    _refuse(partition_format)
    if include_path:
        options["include_path"] = True
    if types:
        options["types"] = {name: {"type": kind._type, "formats": kind._formats} for name, kind in types.items()}
    return TabularDataset(located(path, check=validate), options)


def _refuse(partition_format: Optional[str]) -> None:
    if partition_format is not None:
        raise UnsupportedV1(
            "partition_format=%r: no columns are made of the files' paths. Use include_path=True, and take them from "
            "the column Path." % partition_format
        )


def _target(target: Any, usual: str) -> Tuple[Datastore, str]:
    store, folder = target if isinstance(target, tuple) else (target, usual)
    if hasattr(target, "path_on_datastore"):
        store, folder = target._datastore, target.path_on_datastore
    if not isinstance(store, Datastore):
        raise UserErrorException("target must be a data store, or a pair (datastore, 'folder'), not %r." % (target,))
    return store, str(folder or usual)
