"""A workspace of its own for each test that asks for one, and an empty working folder beside it."""

import pytest

from hyperstep.azureml_v1.workspace import Workspace


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working folder; the workspace's folder is another."""
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path / "home"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def local(here):
    """The workspace, as v1 code has it."""
    return Workspace.create("ws-test", exist_ok=True, show_output=False)
