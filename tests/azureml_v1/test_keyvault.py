"""Secrets come from the program or the environment, and never reach the disk."""

import pytest

from hyperstep.azureml_v1 import keyvault
from hyperstep.azureml_v1.exceptions import UserErrorException


@pytest.fixture
def vault(local):
    found = local.get_default_keyvault()
    yield found
    keyvault._kept.clear()


def test_a_secret_that_the_program_sets_is_read_again(vault, local, tmp_path, capsys):
    vault.set_secrets({"db-password": "hunter2"})

    assert local.get_default_keyvault().get_secrets(["db-password"]) == {"db-password": "hunter2"}
    assert vault.list_secrets() == [{"name": "db-password"}]
    assert "set the environment variable DB_PASSWORD" in capsys.readouterr().out
    assert not any(b"hunter2" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.parametrize("variable", ["db-password", "DB_PASSWORD"])
def test_a_secret_is_an_environment_variable(vault, monkeypatch, variable):
    monkeypatch.setenv(variable, "hunter2")

    assert vault.get_secret("db-password") == "hunter2"


def test_a_missing_secret_says_which_variable_to_set(vault):
    vault.set_secret("db-password", "x")
    vault.delete_secrets(["db-password"])

    with pytest.raises(UserErrorException, match="set DB_PASSWORD before the program starts"):
        vault.get_secret("db-password")
