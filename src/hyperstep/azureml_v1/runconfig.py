"""RunConfiguration: what a script runs on and in."""

# ruff: noqa: ARG004 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1.conda import CondaDependencies
from hyperstep.azureml_v1.environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, Environment
from hyperstep.azureml_v1.environment_sections import ContainerRegistry
from hyperstep.azureml_v1.v1_object import V1Object

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "ContainerRegistry",
    "DataReferenceConfiguration",
    "DockerConfiguration",
    "MpiConfiguration",
    "ParallelTaskConfiguration",
    "PyTorchConfiguration",
    "ResourceConfiguration",
    "RunConfiguration",
    "TensorflowConfiguration",
]


class DockerConfiguration(V1Object):
    """How a container would be run; only recorded."""

    def __init__(
        self,
        use_docker: Optional[bool] = False,
        shared_volumes: Optional[bool] = True,
        arguments: Optional[List[str]] = None,
        shm_size: Optional[str] = "2g",
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments or [])
        self.shm_size = shm_size


class MpiConfiguration(V1Object):
    """How many processes MPI would start; only recorded, a job is one process."""

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


class TensorflowConfiguration(V1Object):
    """How many workers TensorFlow would have; only recorded, a job is one process."""

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


class PyTorchConfiguration(V1Object):
    """How many processes PyTorch would have; only recorded, a job is one process."""

    def __init__(
        self, communication_backend: str = "Nccl", process_count: Optional[int] = None, node_count: int = 1
    ) -> None:
        self.communication_backend = communication_backend
        self.process_count = process_count
        self.node_count = node_count


class ParallelTaskConfiguration(V1Object):
    """How parallel tasks would be run; only recorded."""

    def __init__(self, **recorded: Any) -> None:
        vars(self).update(recorded)


class ResourceConfiguration(V1Object):
    """What a deployed model would need; only recorded."""

    def __init__(
        self, cpu: Optional[float] = None, memory_in_gb: Optional[float] = None, gpu: Optional[int] = None
    ) -> None:
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu


class DataReferenceConfiguration(V1Object):
    """A place in a data store, in the form of an entry of `RunConfiguration.data_references`."""

    def __init__(
        self,
        datastore_name: Optional[str] = None,
        mode: str = "mount",
        path_on_datastore: Optional[str] = None,
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        self.data_store_name = datastore_name
        self.mode = mode
        self.path_on_data_store = path_on_datastore
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite


class _Section:
    """Attributes that v1 code assigns and nothing reads."""

    def __init__(self, **given: Any) -> None:
        vars(self).update(given)


class RunConfiguration(V1Object):
    """Target, environment and arguments; cluster sizes, Docker, Spark, MPI and history are only recorded."""

    def __init__(
        self,
        script: Optional[str] = None,
        arguments: Optional[List[Any]] = None,
        framework: str = "Python",
        communicator: str = "None",
        conda_dependencies: Optional[CondaDependencies] = None,
        command: Any = None,
        **recorded: Any,
    ) -> None:
        self.script = script
        self.arguments = list(arguments or [])
        self.command = command
        self.framework = framework
        self.communicator = communicator
        self.environment = Environment()
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        self._target = "local"
        self.node_count = 1
        self.max_run_duration_seconds: Optional[float] = None
        self.priority: Optional[int] = None
        self.data_references: Dict[str, Any] = {}
        self.data: Dict[str, Any] = {}
        self.output_data: Dict[str, Any] = {}
        self.credential_passthrough = False
        self.docker = DockerConfiguration()
        self.mpi = MpiConfiguration()
        self.tensorflow = TensorflowConfiguration()
        self.pytorch = PyTorchConfiguration()
        self.amlcompute = _Section(vm_size=None, vm_priority=None, retain_cluster=False, name=None)
        self.history = _Section(output_collection=True, snapshot_project=True, directories_to_watch=["logs"])
        self.spark = _Section(configuration={})
        self.hdi = _Section(yarn_deploy_mode="cluster")

    @property
    def target(self) -> str:
        """The name of the compute target."""
        return self._target

    @target.setter
    def target(self, target: Any) -> None:
        self._target = target if isinstance(target, str) else target.name

    @property
    def environment_variables(self) -> Dict[str, str]:
        return self.environment.environment_variables

    @environment_variables.setter
    def environment_variables(self, variables: Dict[str, str]) -> None:
        self.environment.environment_variables = dict(variables)
