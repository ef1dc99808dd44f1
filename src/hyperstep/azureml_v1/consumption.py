"""DatasetConsumptionConfig: a data set under the name that one step reads it by."""

from __future__ import annotations

import copy
import re
from typing import Any, Optional

from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.v1_object import V1Object
from hyperstep.errors import UnsupportedV1


class DatasetConsumptionConfig(V1Object):
    """A data set as an input: scripts find it in `run.input_datasets`; modes and paths on the compute are recorded.

    dataset: a data set, a pipeline's parameter that chooses one, or what an earlier step makes.
    """

    def __init__(self, name: str, dataset: Any, mode: str = "direct", path_on_compute: Optional[str] = None) -> None:
        if not re.match(r"[A-Za-z_]\w*\Z", name):
            raise UserErrorException(
                "Invalid input name %r. It may contain only letters, digits and underscores, "
                "and must not begin with a digit." % name
            )
        if mode == "hdfs":
            raise _no_hdfs()
        self.name = name
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute

    def as_mount(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        return self._in_mode("mount", path_on_compute)

    def as_download(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        return self._in_mode("download", path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        raise _no_hdfs()

    def _port(self) -> Any:
        from hyperstep.azureml_v1.ports import dataset_port

        port = dataset_port(self.name, self.dataset)
        if port.document is not None:
            port.document = {**port.document, "mode": self.mode}
        return port

    def _in_mode(self, mode: str, path_on_compute: Optional[str]) -> DatasetConsumptionConfig:
        changed = copy.copy(self)
        changed.mode = mode
        changed.path_on_compute = path_on_compute
        return changed

    def __repr__(self) -> str:
        return "DatasetConsumptionConfig:%s" % self.name


def _no_hdfs() -> UnsupportedV1:
    return UnsupportedV1("as_hdfs: there is no Hadoop file system here. Use as_mount() or as_download().")
