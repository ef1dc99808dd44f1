"""Datastore: a folder on this machine, under the name of a store in Azure.

The default store is a folder of the workspace; so is any container that is
registered: its data is whatever is put, or linked, into that folder.
"""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import os
import posixpath
import re
import shutil
from typing import Any, Dict, List, Optional, Tuple

from hyperstep.azureml_v1 import home, shelf
from hyperstep.azureml_v1.data_paths import files_below
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.v1_object import V1Object

KIND = "datastores"
DEFAULT = "workspaceblobstore"
_BUILT_IN: Dict[str, Dict[str, Any]] = {
    DEFAULT: {"kind": "AzureBlob", "container": "azureml-blobstore", "account": "local"},
    "workspacefilestore": {"kind": "AzureFile", "container": "azureml-filestore", "account": "local"},
}


class Datastore(V1Object):
    """A folder of files; accounts, containers and keys of Azure are only recorded, keys not even that."""

    _kind = ""
    name: str
    workspace: Any
    _document: Dict[str, Any]

    def __new__(cls, workspace: Any, name: Optional[str] = None) -> Datastore:
        name = name or _default()
        document = shelf.get(KIND, name) or _BUILT_IN.get(name)
        if document is None:
            raise UserErrorException(
                "Could not find datastore %s in this workspace; there are %s. "
                "Register it with Datastore.register_azure_blob_container." % (name, ", ".join(Datastore._names()))
            )
        kinds = {kind._kind: kind for kind in (AzureBlobDatastore, AzureFileDatastore)}
        store = object.__new__(kinds[document["kind"]])
        store.workspace = workspace
        store.name = name
        store._document = document
        return store

    @staticmethod
    def get(workspace: Any, datastore_name: str) -> Datastore:
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Any) -> Datastore:
        return Datastore(workspace)

    @staticmethod
    def register_azure_blob_container(
        workspace: Any,
        datastore_name: str,
        container_name: str,
        account_name: str,
        overwrite: bool = False,
        **recorded: Any,
    ) -> Datastore:
        document = {"kind": "AzureBlob", "container": container_name, "account": account_name}
        return _register(workspace, datastore_name, document)

    @staticmethod
    def register_azure_file_share(
        workspace: Any,
        datastore_name: str,
        file_share_name: str,
        account_name: str,
        overwrite: bool = False,
        **recorded: Any,
    ) -> Datastore:
        document = {"kind": "AzureFile", "container": file_share_name, "account": account_name}
        return _register(workspace, datastore_name, document)

    @staticmethod
    def _names() -> List[str]:
        return sorted({*_BUILT_IN, *shelf.names(KIND)})

    @property
    def datastore_type(self) -> str:
        return self._kind

    @property
    def account_name(self) -> str:
        return str(self._document["account"])

    @property
    def container_name(self) -> str:
        return str(self._document["container"])

    @property
    def is_default(self) -> bool:
        return self.name == _default()

    def set_as_default(self) -> None:
        shelf.put("defaults", "datastore", {"name": self.name})

    def unregister(self) -> None:
        """Forget the store's name; its folder stays."""
        if not shelf.remove(KIND, self.name):
            raise UserErrorException(
                "Datastore %s is part of every workspace and can't be unregistered." % self.name
                if self.name in _BUILT_IN
                else "Datastore %s has been unregistered already." % self.name
            )

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> Any:
        """A place in the store, as an input of a step."""
        from hyperstep.azureml_v1.data_reference import DataReference

        return DataReference(self, data_reference_name, path)

    def as_mount(self) -> Any:
        return self.path().as_mount()

    def as_download(self, path_on_compute: Optional[str] = None) -> Any:
        return self.path().as_download(path_on_compute)

    def as_upload(self, path_on_compute: Optional[str] = None) -> Any:
        return self.path().as_upload(path_on_compute)

    def upload(
        self, src_dir: str, target_path: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> Any:
        """Copy a folder's files into the store."""
        source = os.path.abspath(str(src_dir))
        if not os.path.isdir(source):
            raise UserErrorException("src_dir must be a folder, and %r isn't one." % str(src_dir))
        pairs = [(path, os.path.relpath(path, source)) for path in files_below(source)]
        self._upload(pairs, target_path, overwrite, show_progress)
        return self.path(target_path)

    def upload_files(
        self,
        files: List[str],
        relative_root: Optional[str] = None,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> Any:
        """Copy files into the store, each under its path seen from relative_root, or from the folder of them all."""
        paths = [os.path.abspath(str(file)) for file in files]
        for path in paths:
            if not os.path.isfile(path):
                raise UserErrorException("%r is to be uploaded and isn't a file." % path)
        root = os.path.abspath(str(relative_root)) if relative_root else _together(paths)
        for path in paths:
            if os.path.relpath(path, root).startswith(os.pardir):
                raise UserErrorException("%r isn't below relative_root, %r." % (path, root))
        self._upload([(path, os.path.relpath(path, root)) for path in paths], target_path, overwrite, show_progress)
        return self.path(target_path)

    def download(
        self, target_path: str, prefix: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Copy the store's files whose paths begin with prefix into a folder; returns how many were copied."""
        folder = self._local("")
        copied = 0
        for path in files_below(folder):
            name = os.path.relpath(path, folder)
            if name.replace(os.sep, "/").startswith((prefix or "").lstrip("/")):
                copied += _copy(path, os.path.join(str(target_path), name), overwrite)
        if show_progress:
            print("Downloaded %d files" % copied)
        return copied

    def _upload(
        self, pairs: List[Tuple[str, str]], target_path: Optional[str], overwrite: bool, show_progress: bool
    ) -> None:
        say = print if show_progress else _silent
        say("Uploading an estimated of %d files" % len(pairs))
        copied = 0
        for path, name in pairs:
            if _copy(path, self._local(posixpath.join(target_path or "", name)), overwrite):
                copied += 1
                say("Uploaded %s, %d files out of an estimated total of %d" % (path, copied, len(pairs)))
            else:
                say("Target already exists. Skipping upload for %s" % name)
        say("Uploaded %d files" % copied)

    def _local(self, path: str) -> str:
        """The absolute path on this machine of a path in the store.

        Raises UserErrorException for a path that leads out of it.
        """
        folder = home.own("datastores/%s" % self.name)
        inner = posixpath.normpath(str(path).replace("\\", "/").lstrip("/") or ".")
        if inner.split("/")[0] == "..":
            raise UserErrorException("%r leads out of datastore %s." % (path, self.name))
        return folder if inner == "." else os.path.join(folder, inner)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Datastore) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return '{\n  "name": "%s",\n  "container_name": "%s",\n  "account_name": "%s",\n  "folder": "%s"\n}' % (
            self.name,
            self.container_name,
            self.account_name,
            self._local(""),
        )


class AzureBlobDatastore(Datastore):
    """A folder under the name of a blob container."""

    _kind = "AzureBlob"


class AzureFileDatastore(Datastore):
    """A folder under the name of a file share."""

    _kind = "AzureFile"


def _default() -> str:
    return str((shelf.get("defaults", "datastore") or {"name": DEFAULT})["name"])


def _register(workspace: Any, name: str, document: Dict[str, Any]) -> Datastore:
    if not re.match(r"\w+\Z", name):
        raise UserErrorException("Datastore name %r may contain only letters, digits and underscores." % name)
    if name in _BUILT_IN:
        raise UserErrorException("Datastore %s is part of every workspace. Register under another name." % name)
    shelf.put(KIND, name, document)
    store = Datastore(workspace, name)
    print("Datastore %s is the folder %s on this machine: put, or link, its data there." % (name, store._local("")))
    return store


def _together(paths: List[str]) -> str:
    return os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else os.getcwd()


def _copy(source: str, target: str, overwrite: bool) -> bool:
    """Copy a file unless the target is there already; True if it was copied."""
    if os.path.exists(target) and not overwrite:
        return False
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    shutil.copyfile(source, target)
    return True


def _silent(text: str) -> None:
    """Say nothing."""
