"""Where the workspace's server is, and what it asks for: `hyperstep up` writes both down."""

from __future__ import annotations

import json
import os

from hyperstep.azureml_v1 import home

FIRST = "http://127.0.0.1:8265"
"""Where a server will be if none was up yet."""

LOCAL = "local"


def address() -> str:
    """Where the REST addresses of published pipelines begin; they answer while the server runs."""
    try:
        with open(_place("address.json"), encoding="utf-8") as file:
            url = str(json.load(file)["url"])
    except FileNotFoundError:
        url = FIRST
    return "%s/azureml_v1" % url


def token() -> str:
    """The token that the server asks for, or a word for one that there isn't."""
    try:
        with open(_place("token"), encoding="ascii") as file:
            return file.read().strip()
    except (FileNotFoundError, PermissionError):
        return LOCAL


def _place(name: str) -> str:
    return os.path.join(home.folder(), home.HOME, "server", name)
