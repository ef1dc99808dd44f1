"""Keyvault: secrets of the calling program and of environment variables; none is ever written to disk."""

from __future__ import annotations

import os
from typing import Any, Dict, List

from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.v1_object import V1Object

_kept: Dict[str, str] = {}
"""What this process has set; it ends with it."""


class Keyvault(V1Object):
    """The workspace's secrets: those that this program has set, then environment variables."""

    def __init__(self, workspace: Any) -> None:
        self.workspace = workspace

    def set_secret(self, name: str, value: str) -> None:
        """Keep a secret until the program ends."""
        _kept[name] = value
        print(
            "Secret %s is kept in this program's memory only. For other programs and steps, set the environment "
            "variable %s." % (name, variable_of(name))
        )

    def set_secrets(self, secrets_batch: Dict[str, str]) -> None:
        for name, value in secrets_batch.items():
            self.set_secret(name, value)

    def get_secret(self, name: str) -> str:
        for place, key in ((_kept, name), (os.environ, name), (os.environ, variable_of(name))):
            if key in place:
                return place[key]
        raise UserErrorException(
            "There is no secret %r. Secrets are environment variables here: set %s before the program starts."
            % (name, variable_of(name))
        )

    def get_secrets(self, secrets: List[str]) -> Dict[str, str]:
        return {name: self.get_secret(name) for name in secrets}

    def list_secrets(self) -> List[Dict[str, Any]]:
        """The names of what this program has set."""
        return [{"name": name} for name in sorted(_kept)]

    def delete_secret(self, name: str) -> None:
        _kept.pop(name, None)

    def delete_secrets(self, secrets: List[str]) -> None:
        for name in secrets:
            self.delete_secret(name)


def variable_of(name: str) -> str:
    """The environment variable that a secret is looked for in, beside its own name: `db-password` is DB_PASSWORD."""
    return name.replace("-", "_").upper()
