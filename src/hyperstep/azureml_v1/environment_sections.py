"""The sections of an Environment: Docker, Python, Spark and R, whose attributes v1 code assigns."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1.conda import CondaDependencies
from hyperstep.azureml_v1.v1_object import V1Object

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.1-cudnn8-ubuntu20.04:latest"


class ContainerRegistry(V1Object):
    """Where a Docker image would come from; a password is never written down."""

    def __init__(self) -> None:
        self.address: Optional[str] = None
        self.username: Optional[str] = None
        self.password: Optional[str] = None


class DockerSection(V1Object):
    """The Docker image of an environment; only recorded, as scripts run in an interpreter of this machine."""

    def __init__(self, **given: Any) -> None:
        self.enabled: bool = False
        self.base_image: Optional[str] = DEFAULT_CPU_IMAGE
        self.base_dockerfile: Optional[str] = None
        self.base_image_registry = ContainerRegistry()
        self.build_context: Any = None
        self.platform: Any = None
        self.arguments: List[str] = []
        self.shared_volumes: bool = True
        self.shm_size: Optional[str] = None
        self.gpu_support: bool = False
        vars(self).update(given)


class PythonSection(V1Object):
    """The Python of an environment: an interpreter of one's own, or packages that one is to have."""

    def __init__(self, **given: Any) -> None:
        self.user_managed_dependencies: bool = False
        self.interpreter_path: str = "python"
        self.conda_dependencies_file: Any = None
        self.base_conda_environment: Optional[str] = None
        self.conda_dependencies: Optional[CondaDependencies] = CondaDependencies()
        vars(self).update(given)

    def _packages(self) -> CondaDependencies:
        """What is asked for: of the file, if one is named, or of the object."""
        if self.conda_dependencies_file is not None:
            return CondaDependencies(self.conda_dependencies_file)
        return self.conda_dependencies or CondaDependencies(_underlying_structure={})

    def _interpreter(self) -> Optional[str]:
        """The file of one's own interpreter, or None if none is named by its path."""
        path = str(self.interpreter_path)
        return path if self.user_managed_dependencies and os.path.isabs(path) else None


class SparkSection(V1Object):
    """What an environment would ask of Spark; only recorded."""

    def __init__(self, **given: Any) -> None:
        self.repositories: List[str] = []
        self.packages: List[Any] = []
        self.precache_packages: bool = True
        vars(self).update(given)


class RSection(V1Object):
    """What an environment would ask of R; only recorded."""

    def __init__(self, **given: Any) -> None:
        self.r_version: Optional[str] = None
        self.user_managed: bool = False
        self.rscript_path: Optional[str] = None
        self.snapshot_date: Optional[str] = None
        self.cran_packages: List[Any] = []
        self.github_packages: List[Any] = []
        self.custom_url_packages: List[Any] = []
        self.bioconductor_packages: List[Any] = []
        vars(self).update(given)


def plain(section: Any) -> Dict[str, Any]:
    """A section's attributes, as far as they are JSON."""
    kinds = (str, int, float, bool, list, dict, type(None))
    return {key: value for key, value in vars(section).items() if isinstance(value, kinds) and not key.startswith("_")}
