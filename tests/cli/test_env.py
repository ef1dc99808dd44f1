"""`hyperstep env`: which Python the steps of a named environment run in."""

import json
import subprocess
import sys

import pytest

from hyperstep.environments.named import environment, note
from hyperstep.environments.requirements import requirements
from hyperstep.place import make_home

CONDA = """
name: small
channels:
  - conda-forge
dependencies:
  - python
  - cudatoolkit=11.3
  - pip:
      - iniconfig==2.0.0
      - azureml-defaults
"""


@pytest.fixture
def env(tmp_path, monkeypatch):
    """Runs the command in a folder of its own; returns what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)

    def run(*arguments, code=0):
        command = [sys.executable, "-m", "hyperstep", "env", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return run


def test_where_nothing_is_known_it_says_how_that_changes(env):
    assert "No environment is known yet" in env()


def test_what_is_asked_for_is_listed_with_what_it_runs_in(env, tmp_path):
    note(make_home(tmp_path), "old", requirements(pip=["numpy==1.23.5"], python="3.8"))

    assert "old          3.8     hyperstep's own  numpy==1.23.5" in env()
    (listed,) = json.loads(env("--json"))
    assert (listed["name"], listed["python"], listed["wanted"]["packages"]) == ("old", "", ["numpy==1.23.5"])


def test_an_interpreter_is_chosen_and_forgotten(env, tmp_path):
    assert f"run in {sys.executable} from now on" in env("use", "old", sys.executable)
    assert environment(tmp_path / ".hyperstep", "old").python == sys.executable

    assert "is forgotten" in env("forget", "old")
    assert "No environment is known yet" in env()


def test_an_environment_is_built_from_a_conda_file_and_used(env, tmp_path):
    (tmp_path / "conda.yml").write_text(CONDA)
    said = env("build", "small", "--file", "conda.yml")

    assert "cudatoolkit=11.3 isn't installed" in said
    python = environment(tmp_path / ".hyperstep", "small").python
    version = "from importlib.metadata import version; print(version('iniconfig'))"
    assert subprocess.run([python, "-c", version], capture_output=True, text=True, check=True).stdout == "2.0.0\n"


def test_what_changed_since_it_was_built_is_said(env, tmp_path):
    (tmp_path / "packages.txt").write_text("iniconfig==2.0.0\n")
    env("build", "small", "--file", "packages.txt")
    note(tmp_path / ".hyperstep", "small", requirements(pip=["iniconfig==2.1.0"]))

    assert "it asks for something else now: hyperstep env build small" in env()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("use", "old", "/nowhere/python"), "names no Python"),
        (("build", "old"), "knows no environment 'old'"),
        (("forget", "old"), "knows no environment 'old'"),
        (("build", "old", "--file", "bad.yml"), "bad.yml"),
    ],
)
def test_what_cant_be_done_is_said_and_changes_nothing(env, tmp_path, arguments, words):
    (tmp_path / "bad.yml").write_text("dependencies: [a, {b: *c}]\n")

    assert words in env(*arguments, code=2)
    assert "No environment is known yet" in env()
