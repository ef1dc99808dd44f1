"""Logins are accepted, and nobody keeps what they are made with."""

import pytest

from hyperstep.azureml_v1.authentication import (
    AzureCliAuthentication,
    InteractiveLoginAuthentication,
    MsiAuthentication,
    ServicePrincipalAuthentication,
    TokenAuthentication,
)
from hyperstep.azureml_v1.workspace import Workspace


@pytest.mark.parametrize(
    "login",
    [
        InteractiveLoginAuthentication(tenant_id="t", force=True),
        AzureCliAuthentication(),
        MsiAuthentication(),
        TokenAuthentication(get_token_for_audience=lambda audience: 1 / 0),
        ServicePrincipalAuthentication("t", "id", "hunter2"),
    ],
)
def test_a_login_gives_a_header_and_a_workspace(here, login):
    assert list(login.get_authentication_header()) == ["Authorization"]
    assert Workspace.get("any", auth=login).name == "any"


def test_a_password_is_not_kept():
    assert "hunter2" not in str(vars(ServicePrincipalAuthentication("t", "id", "hunter2")))
