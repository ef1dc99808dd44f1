"""Environment: the interpreter and packages that scripts ask for, by name.

Scripts run in this Python unless `hyperstep env` gives the environment's name
another interpreter, or builds one of what it asks for; Docker, Spark and R
are only recorded.
"""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from typing import Any, Dict, List, Optional, Set

from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.conda import CondaDependencies
from hyperstep.azureml_v1.environment_sections import (
    DEFAULT_CPU_IMAGE,
    DEFAULT_GPU_IMAGE,
    ContainerRegistry,
    DockerSection,
    PythonSection,
    RSection,
    SparkSection,
    plain,
)
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.v1_object import V1Object

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "ContainerRegistry",
    "DockerSection",
    "Environment",
    "PythonSection",
    "RSection",
    "SparkSection",
]

KIND = "environments"
CURATED = "AzureML-"
_FILE = "azureml_environment.json"
_said: Set[str] = set()


class Environment(V1Object):
    """What scripts run in."""

    def __init__(self, name: Optional[str] = None, **recorded: Any) -> None:
        self.name = name
        self.version: Optional[str] = None
        self.environment_variables: Dict[str, str] = {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
        self.docker = DockerSection()
        self.python = PythonSection()
        self.spark = SparkSection()
        self.r: Optional[RSection] = None
        self.databricks: Any = None
        self.inferencing_stack_version: Optional[str] = None

    @staticmethod
    def from_conda_specification(name: str, file_path: Any) -> Environment:
        environment = Environment(name)
        environment.python.conda_dependencies = CondaDependencies(file_path)
        return environment

    @staticmethod
    def from_pip_requirements(name: str, file_path: Any, pip_version: Optional[str] = None) -> Environment:
        environment = Environment(name)
        with open(file_path, encoding="utf-8") as file:
            lines = [line.split(" #")[0].strip() for line in file]
        packages = CondaDependencies()
        packages.set_pip_requirements([line for line in lines if line and not line.startswith("#")])
        if pip_version:
            packages.add_conda_package("pip=%s" % pip_version)
        environment.python.conda_dependencies = packages
        return environment

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: Optional[ContainerRegistry] = None,
        conda_specification: Any = None,
        pip_requirements: Any = None,
    ) -> Environment:
        environment = _of_files(name, conda_specification, pip_requirements)
        environment.docker.base_image = image
        if container_registry is not None:
            environment.docker.base_image_registry = container_registry
        return environment

    @staticmethod
    def from_dockerfile(
        name: str, dockerfile: str, conda_specification: Any = None, pip_requirements: Any = None
    ) -> Environment:
        environment = _of_files(name, conda_specification, pip_requirements)
        environment.docker.base_image = None
        environment.docker.base_dockerfile = dockerfile
        return environment

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Optional[Environment]:
        """The interpreter of a conda environment of this machine; None, with a sentence, if there is none."""
        python = _conda_python(conda_environment_name)
        if python is None:
            print(
                "There is no conda environment %r on this machine. See: conda env list" % (conda_environment_name,),
            )
            return None
        environment = Environment(name)
        environment.python.user_managed_dependencies = True
        environment.python.interpreter_path = python
        return environment

    @staticmethod
    def get(workspace: Any, name: str, version: Optional[str] = None, label: Optional[str] = None) -> Environment:
        document = shelf.get(KIND, name, None if version is None else int(version) if str(version).isdigit() else -1)
        if document is None and name.startswith(CURATED):
            return _curated(name, version)
        if document is None:
            raise UserErrorException(
                "There is no environment %r%s in the workspace; there are %s. Register one: "
                "Environment(name).register(workspace)."
                % (name, " in version %s" % version if version else "", ", ".join(shelf.names(KIND)) or "none")
            )
        return _read(document, version or str(shelf.versions(KIND, name)[-1]))

    @staticmethod
    def list(workspace: Any) -> Dict[str, Environment]:
        """The newest version of each registered environment; curated ones of Azure's answer to their names."""
        return _Registered({name: Environment.get(workspace, name) for name in shelf.names(KIND)})

    @staticmethod
    def load_from_directory(path: str) -> Environment:
        with open(os.path.join(path, _FILE), encoding="utf-8") as file:
            document = json.load(file)
        return _read(document, document.get("version"))

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Write the environment's JSON and, beside it, its conda file."""
        target = os.path.join(path, _FILE)
        if os.path.exists(target) and not overwrite:
            raise UserErrorException("%r exists already. Use overwrite=True, or another folder." % target)
        os.makedirs(path, exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            json.dump({**self._written(), "version": self.version}, file, indent=4)
        self.python._packages().save(os.path.join(path, "conda_dependencies.yml"))

    def register(self, workspace: Any) -> Environment:
        """Keep the environment in the workspace; unchanged, it keeps its version."""
        if not self.name:
            raise UserErrorException("An environment needs a name to be registered: Environment(name).")
        document = self._written()
        versions = shelf.versions(KIND, self.name)
        unchanged = bool(versions) and shelf.get(KIND, self.name) == document
        version = versions[-1] if unchanged else shelf.add(KIND, self.name, document)
        return _read(document, str(version))

    def clone(self, new_name: str) -> Environment:
        cloned = copy.deepcopy(self)
        cloned.name, cloned.version = new_name, None
        return cloned

    def build(self, workspace: Any, image_build_compute: Any = None) -> ImageBuildDetails:
        """Builds nothing: `hyperstep env build` makes an interpreter of what the environment asks for."""
        self.register(workspace)
        return ImageBuildDetails(str(self.name))

    def build_local(self, workspace: Any, **recorded: Any) -> ImageBuildDetails:
        return self.build(workspace)

    def get_image_details(self, workspace: Any) -> Dict[str, Any]:
        """The image that is recorded; none is built."""
        return {"dockerImage": {"name": self.docker.base_image, "dockerfile": self.docker.base_dockerfile}}

    def _document(self) -> Dict[str, Any]:
        """The environment in a plan."""
        packages = self.python._packages()
        managed = self.python.user_managed_dependencies
        return {
            "name": self.name or "",
            "variables": {key: str(value) for key, value in self.environment_variables.items()},
            "python": self.python._interpreter(),
            "pip": [] if managed else packages._pip(),
            "conda": [] if managed else packages._texts(),
        }

    def _written(self) -> Dict[str, Any]:
        """The environment as the shelf keeps it, without passwords."""
        return {
            "name": self.name,
            "environment_variables": dict(self.environment_variables),
            "docker": {**plain(self.docker), "registry": self.docker.base_image_registry.address},
            "python": {**plain(self.python), "conda_dependencies_file": None},
            "packages": self.python._packages().as_dict(),
            "spark": plain(self.spark),
            "r": plain(self.r) if self.r is not None else None,
            "inferencing_stack_version": self.inferencing_stack_version,
        }

    def __repr__(self) -> str:
        return json.dumps({"name": self.name, "version": self.version, **self._written()}, indent=4)


class ImageBuildDetails:
    """An image's building, which has ended before it began."""

    status = "Succeeded"

    def __init__(self, name: str) -> None:
        self._name = name

    def wait_for_completion(self, show_output: bool = True) -> None:
        if show_output:
            print(
                "No image is built for environment %s: scripts run in this Python. For one of its own: "
                "hyperstep env build %s" % (self._name, self._name)
            )


class _Registered(Dict[str, Environment]):
    """Environments by name; one of Azure's own is recorded when it is asked for."""

    def __missing__(self, name: str) -> Environment:
        if not name.startswith(CURATED):
            raise KeyError(name)
        return _curated(name, None)


def _of_files(name: str, conda_specification: Any, pip_requirements: Any) -> Environment:
    if conda_specification is not None and pip_requirements is not None:
        raise UserErrorException("Give conda_specification or pip_requirements, not both.")
    if conda_specification is not None:
        return Environment.from_conda_specification(name, conda_specification)
    if pip_requirements is not None:
        return Environment.from_pip_requirements(name, pip_requirements)
    environment = Environment(name)
    environment.python.user_managed_dependencies = True
    return environment


def _curated(name: str, version: Optional[str]) -> Environment:
    if name not in _said:
        _said.add(name)
        print(
            "Environment %s is Azure's own: its name is recorded, and scripts run in this Python unless it is given "
            "another: hyperstep env use %s PYTHON" % (name, name)
        )
    environment = Environment(name)
    environment.version = version
    environment.python.user_managed_dependencies = True
    return environment


def _read(document: Dict[str, Any], version: Optional[str]) -> Environment:
    environment = Environment(document["name"])
    environment.version = version
    environment.environment_variables = dict(document["environment_variables"])
    docker = dict(document["docker"])
    environment.docker.base_image_registry.address = docker.pop("registry")
    vars(environment.docker).update(docker)
    vars(environment.python).update(document["python"])
    packages = CondaDependencies(_underlying_structure=copy.deepcopy(document["packages"]))
    environment.python.conda_dependencies = packages
    vars(environment.spark).update(document["spark"])
    environment.r = RSection(**document["r"]) if document["r"] is not None else None
    environment.inferencing_stack_version = document["inferencing_stack_version"]
    return environment


def _conda_python(name: str) -> Optional[str]:
    """The interpreter of a conda environment, found by conda itself."""
    conda = shutil.which("conda") or os.environ.get("CONDA_EXE")
    if conda is None:
        return None
    listed = subprocess.run(
        [conda, "env", "list", "--json"], stdout=subprocess.PIPE, universal_newlines=True, check=True
    )
    folders: List[str] = json.loads(listed.stdout)["envs"]
    for folder in folders:
        python = os.path.join(folder, "bin", "python")
        if os.path.basename(folder) == name and os.path.exists(python):
            return python
    return None
