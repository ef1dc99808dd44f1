"""The example's notebook runs from top to bottom in real kernels: in our own Python, and beside old libraries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hyperstep.azureml_v1 import prepared
from hyperstep.environments.build import build
from hyperstep.environments.requirements import Requirements
from hyperstep.store import queries
from hyperstep.workspace import Workspace

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "sdk_v1" / "search.ipynb"
OLD = Requirements(packages=("numpy==1.23.5", "pandas==1.5.3", "scikit-learn==1.1.3", "ipykernel", "ipywidgets"))


RUNNER = """
import asyncio, sys
import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

path, python, skip, folder = sys.argv[1:]

class Kernel(AsyncKernelManager):  # of any interpreter, installed or not
    def format_kernel_cmd(self, extra_arguments=None):
        return [python, "-m", "ipykernel_launcher", "-f", self.connection_file]

notebook = nbformat.read(path, as_version=4)
del notebook.cells[:int(skip)]
places = {"metadata": {"path": folder}}
client = NotebookClient(notebook, km=Kernel(kernel_name="python3"), timeout=300, resources=places)
asyncio.run(client.async_execute())
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        print(output.get("text") or output.get("data", ""))
"""


def run(folder: Path, python: str, *, skip: int = 0) -> str:
    """Run the notebook; returns all that its cells printed and showed."""
    command = [sys.executable, "-c", RUNNER, str(NOTEBOOK), python, str(skip), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    return tmp_path


def check(folder: Path, shown: str) -> None:
    assert "widget-view" in shown, "RunDetails shows a live widget"
    assert "HD_1_0_" in shown
    assert "boosting\tboosting:1\t1" in shown
    with Workspace.open(folder, read_only=True) as workspace:
        (step,) = queries.steps(workspace.store.db, "1")
        trials = queries.trials(workspace.store.db, step.id)
        assert queries.model(workspace.store.db, "boosting").trial == f"{step.id}/{step.best}"
    assert len(trials) == 8
    assert {trial.state for trial in trials} <= {"completed", "stopped"}


def test_the_notebook_runs_where_hyperstep_is_installed(folder):
    check(folder, run(folder, sys.executable))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the old libraries have no wheels for it")
def test_the_notebook_runs_in_a_kernel_with_old_libraries_that_hyperstep_is_not_installed_in(folder):
    kernel = build(folder, OLD) / "bin" / "python"
    prepared.enable(str(kernel.parent.parent))
    shown = run(folder, str(kernel), skip=2)  # the title, and the line that loads hyperstep

    check(folder, shown)
    command = [kernel, "-c", "import numpy, pandas; print(numpy.__version__, pandas.__version__)"]
    versions = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert versions == "1.23.5 1.5.3\n"
    shutil.rmtree(kernel.parent.parent)  # a third of a gigabyte
