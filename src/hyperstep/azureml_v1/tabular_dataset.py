"""TabularDataset: files that are read as one table."""

from __future__ import annotations

from typing import Any, List, Union

from hyperstep.azureml_v1 import data_tables
from hyperstep.azureml_v1.abstract_dataset import AbstractDataset
from hyperstep.azureml_v1.exceptions import UserErrorException


class TabularDataset(AbstractDataset):
    """A table in files on this machine, read with the pandas of whoever asks for it."""

    _kind = "tabular"

    def to_pandas_dataframe(self, on_error: str = "null", out_of_range_datetime: str = "null") -> Any:
        return data_tables.read(self._files(), self._options)

    def keep_columns(self, columns: Union[str, List[str]], validate: bool = False) -> TabularDataset:
        names = _names(columns)
        lost = [name for name in names if name in self._options.get("drop_columns", [])]
        if lost:
            raise UserErrorException("The data set has no column %r any more: it was dropped." % lost[0])
        return self._with(keep_columns=names)

    def drop_columns(self, columns: Union[str, List[str]]) -> TabularDataset:
        return self._with(drop_columns=[*self._options.get("drop_columns", []), *_names(columns)])


def _names(columns: Union[str, List[str]]) -> List[str]:
    return [columns] if isinstance(columns, str) else list(columns)
