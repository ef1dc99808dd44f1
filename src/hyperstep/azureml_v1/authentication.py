"""Ways to log in to Azure: accepted and unused, as there is nobody to log in to."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from hyperstep.azureml_v1 import served
from hyperstep.azureml_v1.v1_object import V1Object


class AbstractAuthentication(V1Object):
    """A way to log in; what it is made with is only recorded."""

    def get_authentication_header(self) -> Dict[str, str]:
        """A header for a REST call: with the token of the workspace's server, if it ever had one."""
        return {"Authorization": "Bearer %s" % served.token()}

    def get_token(self, *scopes: str, **recorded: Any) -> str:
        return served.token()

    def signed_session(self, session: Any = None) -> Any:
        return session


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Would open a browser to log in."""

    def __init__(
        self, force: bool = False, tenant_id: Optional[str] = None, cloud: Optional[str] = None, **recorded: Any
    ) -> None:
        self.tenant_id = tenant_id


class AzureCliAuthentication(AbstractAuthentication):
    """Would take the login of Azure's command line."""

    def __init__(self, cloud: Optional[str] = None, **recorded: Any) -> None:
        self.cloud = cloud


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Would log in as a service principal; its password isn't even kept."""

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        **recorded: Any,
    ) -> None:
        self.tenant_id = tenant_id
        self.service_principal_id = service_principal_id


class MsiAuthentication(AbstractAuthentication):
    """Would log in as the machine."""

    def __init__(self, identity_config: Optional[Dict[str, str]] = None, cloud: Optional[str] = None) -> None:
        self.identity_config = identity_config


class ArmTokenAuthentication(AbstractAuthentication):
    """Would log in with a token of the resource manager; it isn't kept."""

    def __init__(self, arm_access_token: str, **recorded: Any) -> None:
        self.cloud = recorded.get("cloud")


class TokenAuthentication(AbstractAuthentication):
    """Would ask a function for tokens; it is never called."""

    def __init__(self, get_token_for_audience: Callable[[str], str], **recorded: Any) -> None:
        self.get_token_for_audience = get_token_for_audience
