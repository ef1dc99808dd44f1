"""The environment that the scripts run in."""

from azureml.core import Environment
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import DEFAULT_CPU_IMAGE
from azureml.core.runconfig import RunConfiguration

from ml_service import settings


def get_environment() -> Environment:
    environment = Environment(name=settings.ENVIRONMENT_NAME)
    environment.docker.enabled = True
    environment.docker.base_image = DEFAULT_CPU_IMAGE
    environment.python.user_managed_dependencies = False
    environment.python.conda_dependencies = CondaDependencies(conda_dependencies_file_path=settings.CONDA_FILE)
    return environment


def get_run_configuration() -> RunConfiguration:
    configuration = RunConfiguration()
    configuration.environment = get_environment()
    return configuration
