"""FileDataset: files, and a place where they lie together."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any, Dict, List, Optional, Tuple

from hyperstep.azureml_v1.abstract_dataset import AbstractDataset
from hyperstep.azureml_v1.consumption import DatasetConsumptionConfig
from hyperstep.azureml_v1.data_paths import gathered
from hyperstep.azureml_v1.data_tables import chosen
from hyperstep.azureml_v1.exceptions import UserErrorException


class FileDataset(AbstractDataset):
    """Files on this machine."""

    _kind = "file"

    def to_path(self) -> List[str]:
        """The names of the files below what they have in common, each with a slash in front."""
        return ["/" + name for name, _ in self._files()]

    def download(
        self, target_path: Optional[str] = None, overwrite: bool = False, ignore_not_found: bool = False
    ) -> List[str]:
        """Copy the files into a folder, or a new one; returns their paths."""
        target = os.path.abspath(target_path) if target_path else tempfile.mkdtemp()
        copies = [(path, os.path.join(target, *name.split("/"))) for name, path in self._files()]
        there = [to for _, to in copies if os.path.exists(to)]
        if there and not overwrite:
            raise UserErrorException("%r exists already. Use overwrite=True, or another target_path." % there[0])
        for path, to in copies:
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copyfile(path, to)
        return [to for _, to in copies]

    def mount(self, mount_point: Optional[str] = None, **recorded: Any) -> MountContext:
        """A folder in which the files can be read, until it is stopped."""
        return MountContext(self._files(), mount_point)

    def as_mount(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        return self._usual_input("mount", path_on_compute)

    def as_download(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        return self._usual_input("download", path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        return self._usual_input("hdfs", None)

    def _files(self) -> List[Tuple[str, str]]:
        found = super()._files()
        return [found[number] for number in chosen(len(found), self._options.get("rows", []))]

    def _path(self) -> str:
        return gathered(self._files()) if self._options.get("rows") else super()._path()

    def _document(self) -> Dict[str, Any]:
        return {**super()._document(), "options": {}}  # a step finds just the files that were chosen


class MountContext:
    """A folder of links to files; what is written there isn't kept."""

    def __init__(self, files: List[Tuple[str, str]], mount_point: Optional[str]) -> None:
        self._files = files
        self._temporary = mount_point is None
        self.mount_point = os.path.abspath(mount_point) if mount_point else tempfile.mkdtemp()

    def start(self) -> None:
        for name, path in self._files:
            link = os.path.join(self.mount_point, *name.split("/"))
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(path, link)

    def stop(self) -> None:
        if self._temporary:
            shutil.rmtree(self.mount_point, ignore_errors=True)
            return
        for name, _ in self._files:
            link = os.path.join(self.mount_point, *name.split("/"))
            if os.path.islink(link):
                os.remove(link)

    def __enter__(self) -> MountContext:
        self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()
