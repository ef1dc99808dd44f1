"""The workspace: made on the first use, found again by the configuration file that it leaves."""

from azureml.core import Workspace
from azureml.exceptions import UserErrorException

from ml_service import settings


def get_workspace() -> Workspace:
    try:
        return Workspace.from_config()
    except UserErrorException:
        workspace = Workspace.create(
            name=settings.WORKSPACE_NAME,
            subscription_id=settings.SUBSCRIPTION_ID,
            resource_group=settings.RESOURCE_GROUP,
            location=settings.LOCATION,
            create_resource_group=True,
            exist_ok=True,
        )
        workspace.write_config()
        return workspace
