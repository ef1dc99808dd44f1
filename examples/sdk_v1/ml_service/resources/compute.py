"""The cluster that the steps run on."""

from azureml.core import Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException

from ml_service import settings


def get_compute(workspace: Workspace) -> ComputeTarget:
    try:
        return AmlCompute(workspace, settings.COMPUTE_NAME)
    except ComputeTargetException:
        configuration = AmlCompute.provisioning_configuration(
            vm_size=settings.VM_SIZE, min_nodes=0, max_nodes=settings.MAX_NODES, idle_seconds_before_scaledown=300
        )
        cluster = ComputeTarget.create(workspace, settings.COMPUTE_NAME, configuration)
        cluster.wait_for_completion(show_output=True)
        return cluster
