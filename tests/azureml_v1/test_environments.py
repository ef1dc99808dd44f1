"""Interpreters and variables of v1 jobs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hyperstep.azureml_v1.answers.environments import environment, notes
from hyperstep.azureml_v1.hook import ENTRY
from hyperstep.environments import named
from hyperstep.errors import SubmissionError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = tmp_path / ".hyperstep"
    folder.mkdir()
    return folder


def document(name="", **changes):
    return {"name": name, "variables": {}, "python": None, "pip": [], "conda": [], **changes}


def interpreter(folder: Path) -> str:
    """A virtual environment in all that is looked at before it starts."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return str(folder / "bin" / "python")


def test_jobs_find_azureml_and_the_interpreter_that_answers(home):
    found = environment(home, document(variables={"COLOUR": "green"}))

    assert found.python is None
    assert found.variables == {"COLOUR": "green", "PYTHONPATH": ENTRY, "HYPERSTEP_V1_PYTHON": sys.executable}


def test_the_entry_stands_in_front_of_other_folders_and_once(home, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/one", ENTRY, "/two"]))

    assert environment(home, document()).variables["PYTHONPATH"] == os.pathsep.join([ENTRY, "/one", "/two"])


def test_what_an_environment_says_of_its_path_counts_more(home, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/one")
    found = environment(home, document(variables={"PYTHONPATH": "/own"}))

    assert found.variables["PYTHONPATH"] == os.pathsep.join([ENTRY, "/own"])


def test_a_named_environment_is_noted_with_what_it_asks_for(home):
    environment(home, document("old", pip=["numpy==1.23.5"], conda=["python=3.8"]))
    wanted = named.environment(home, "old").wanted

    assert (wanted.python, wanted.packages) == ("3.8", ("numpy==1.23.5",))


def test_an_environment_runs_in_the_interpreter_that_was_chosen_for_it(home, tmp_path):
    named.use(home, "old", sys.executable)

    assert environment(home, document("old", python=interpreter(tmp_path / "venv"))).python == sys.executable


def test_an_environment_may_name_its_interpreter_itself(home, tmp_path):
    own = interpreter(tmp_path / "venv")

    assert environment(home, document("own", python=own)).python == own


def test_an_interpreter_with_azures_own_sdk_is_refused(home, tmp_path):
    python = interpreter(tmp_path / "venv")
    (tmp_path / "venv" / "lib" / "python3.8" / "site-packages" / "azureml_core-1.61.0.dist-info").mkdir(parents=True)

    with pytest.raises(SubmissionError, match=r"azureml_core-1\.61\.0"):
        environment(home, document("azure", python=python))


def test_a_recorded_environment_is_said_to_be_one_with_how_to_build_it(home):
    (said,) = notes(home, [document("e", pip=["pandas"]), document("e", pip=["pandas"]), document(), document("bare")])

    assert "Environment e is recorded" in said
    assert "hyperstep env build 'e'" in said


def test_nothing_is_said_of_an_environment_with_an_interpreter(home):
    named.use(home, "e", sys.executable)

    assert list(notes(home, [document("e", pip=["pandas"])])) == []


def test_an_environment_that_asks_for_more_than_it_was_built_with_is_said_to_be_outdated(home):
    named.use(home, "e", sys.executable, built="digest of what it asked for once")

    (said,) = notes(home, [document("e", pip=["pandas"])])
    assert "asks for other packages than it was built with" in said
