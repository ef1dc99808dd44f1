"""CondaDependencies: the packages that an environment asks for, as a conda file names them."""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import os
import re
from typing import Any, Dict, Iterator, List, Optional

from hyperstep.azureml_v1 import conda_file
from hyperstep.azureml_v1.v1_object import V1Object

PYTHON_DEFAULT_VERSION = "3.8.13"
DEFAULT_SDK_ORIGIN = "azureml-defaults"
CHANNELS = ("anaconda", "conda-forge")


class CondaDependencies(V1Object):
    """Packages of conda and pip, channels, and a Python version.

    conda_dependencies_file_path: a conda file to begin with; without it there is a Python and azureml-defaults.
    """

    def __init__(self, conda_dependencies_file_path: Any = None, _underlying_structure: Any = None) -> None:
        if _underlying_structure is not None:
            self._document: Dict[str, Any] = _checked(_underlying_structure)
        elif conda_dependencies_file_path is not None:
            path = os.fspath(conda_dependencies_file_path)
            if not os.path.isfile(path):
                raise FileNotFoundError("There is no conda file %r." % path)
            with open(path, encoding="utf-8") as file:
                self._document = _checked(conda_file.read(file.read(), path))
        else:
            self._document = {
                "name": "project_environment",
                "dependencies": ["python=%s" % PYTHON_DEFAULT_VERSION, {"pip": [DEFAULT_SDK_ORIGIN]}],
                "channels": list(CHANNELS),
            }

    @staticmethod
    def create(
        pip_indexurl: Optional[str] = None,
        pip_packages: Optional[List[str]] = None,
        conda_packages: Optional[List[str]] = None,
        python_version: str = PYTHON_DEFAULT_VERSION,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        made = CondaDependencies()
        made.set_python_version(python_version)
        if pip_packages is not None:
            made._set_pip([])
        for package in conda_packages or []:
            made.add_conda_package(package)
        if pip_indexurl:
            made.set_pip_option("-i %s" % pip_indexurl)
        for package in pip_packages or []:
            made.add_pip_package(package)
        return made

    @staticmethod
    def merge_requirements(requirements: List[str]) -> List[str]:
        """The packages, each name once, as it was first given."""
        first: Dict[str, str] = {}
        for text in requirements:
            first.setdefault(_bare(text), text)
        return list(first.values())

    @property
    def conda_packages(self) -> Iterator[str]:
        """Conda's packages, without python and pip."""
        return iter([item for item in self._texts() if _bare(item) not in ("python", "pip")])

    @property
    def pip_packages(self) -> Iterator[str]:
        return iter([item for item in self._pip() if not item.startswith("-")])

    @property
    def pip_options(self) -> Iterator[str]:
        return iter([item for item in self._pip() if item.startswith("-")])

    @property
    def conda_channels(self) -> Iterator[str]:
        return iter(self._document.get("channels", []))

    @property
    def python_version(self) -> Optional[str]:
        found = [re.search(r"\d[\w.]*", item) for item in self._texts() if _bare(item) == "python"]
        return found[0].group() if found and found[0] else None

    def get_python_version(self) -> Optional[str]:
        return self.python_version

    def get_default_number_of_packages(self) -> int:
        return len(CondaDependencies()._texts()) + len(CondaDependencies()._pip())

    def get_number_of_packages(self) -> int:
        return len(self._texts()) + len(self._pip())

    def set_python_version(self, version: str) -> None:
        others = [item for item in self._dependencies() if not isinstance(item, str) or _bare(item) != "python"]
        self._document["dependencies"] = ["python=%s" % version, *others]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package in place of one of this name."""
        self.remove_conda_package(conda_package)
        self._dependencies().append(conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        name = _bare(conda_package)
        kept = [item for item in self._dependencies() if not isinstance(item, str) or _bare(item) != name]
        self._document["dependencies"] = kept

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package in place of one of this name."""
        self.remove_pip_package(pip_package)
        self._set_pip([*self._pip(), pip_package])

    def remove_pip_package(self, pip_package: str) -> None:
        self._set_pip([item for item in self._pip() if item.startswith("-") or _bare(item) != _bare(pip_package)])

    def set_pip_requirements(self, pip_requirements: List[str]) -> None:
        self._set_pip(list(pip_requirements))

    def set_pip_option(self, pip_option: str) -> None:
        name = re.split(r"[\s=]", pip_option)[0]
        options = [item for item in self._pip() if item.startswith("-") and re.split(r"[\s=]", item)[0] != name]
        packages = [item for item in self._pip() if not item.startswith("-")]
        self._set_pip([*options, pip_option, *packages])

    def remove_pip_option(self, pip_option: str) -> None:
        name = re.split(r"[\s=]", pip_option)[0]
        self._set_pip([item for item in self._pip() if re.split(r"[\s=]", item)[0] != name])

    def set_pip_index_url(self, index_url: str) -> None:
        self.set_pip_option("-i %s" % index_url)

    def add_channel(self, channel: str) -> None:
        channels = self._document.setdefault("channels", [])
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        self._document["channels"] = [item for item in self.conda_channels if item != channel]

    def add_tensorflow_conda_package(self, core_type: str = "cpu", version: Optional[str] = None) -> None:
        self._add_of("conda", "tensorflow", core_type, version)

    def add_tensorflow_pip_package(self, core_type: str = "cpu", version: Optional[str] = None) -> None:
        self._add_of("pip", "tensorflow", core_type, version)

    def serialize_to_string(self) -> str:
        return conda_file.write(self._document)

    def as_dict(self) -> Dict[str, Any]:
        return self._document

    def save(self, path: Any = None) -> str:
        """Write the conda file; returns its path."""
        target = os.fspath(path) if path is not None else "conda_dependencies.yml"
        with open(target, "w", encoding="utf-8") as file:
            file.write(self.serialize_to_string())
        return target

    def save_to_file(self, base_directory: str, conda_file_path: Optional[str] = None) -> str:
        return self.save(os.path.join(base_directory, conda_file_path or "conda_dependencies.yml"))

    def _add_of(self, kind: str, name: str, core_type: str, version: Optional[str]) -> None:
        whole = name + ("-gpu" if core_type == "gpu" else "") + ("==%s" % version if version else "")
        (self.add_pip_package if kind == "pip" else self.add_conda_package)(whole)

    def _dependencies(self) -> List[Any]:
        found: List[Any] = self._document.setdefault("dependencies", [])
        return found

    def _texts(self) -> List[str]:
        return [item for item in self._dependencies() if isinstance(item, str)]

    def _pip(self) -> List[str]:
        return [text for item in self._dependencies() if isinstance(item, dict) for text in item["pip"]]

    def _set_pip(self, packages: List[str]) -> None:
        others = self._texts()
        self._document["dependencies"] = [*others, {"pip": packages}] if packages else others

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CondaDependencies) and other._document == self._document

    def __hash__(self) -> int:
        return hash(self.serialize_to_string())

    def __repr__(self) -> str:
        return self.serialize_to_string()


def _checked(document: Dict[str, Any]) -> Dict[str, Any]:
    """The document, if its lists are lists and nothing but pip stands within the dependencies."""
    for item in document.get("dependencies", []):
        if not isinstance(item, str) and set(item) != {"pip"}:
            raise ValueError("%r among the dependencies is neither a package nor a list below pip." % (item,))
    return document


def _bare(package: str) -> str:
    """A package's name, without channel, versions and extras, as pip and conda compare names."""
    found = re.search(r"(?:::|\A)\s*([A-Za-z0-9][\w.-]*)", package.rpartition("::")[2])
    return found.group(1).lower().replace("_", "-") if found else package
