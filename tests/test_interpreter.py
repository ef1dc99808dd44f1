"""Which Python an environment names, and what it finds to import."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hyperstep.azureml_v1.hook import ENTRY
from hyperstep.errors import DefinitionError
from hyperstep.interpreter import check, executable, installed


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A folder that looks like a virtual environment with one package."""
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "ridge-1.0.dist-info").mkdir()
    (tmp_path / "venv" / "bin").mkdir()
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path / "venv"


def fake(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_no_name_is_our_own_interpreter_and_a_folder_is_the_python_in_it(environment):
    assert executable(None) == sys.executable
    assert executable(str(environment)) == str(environment / "bin" / "python")


def test_a_python_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="names no Python"):
        executable(str(tmp_path / "absent"))


def test_what_is_no_python_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="doesn't answer as a Python"):
        check(fake(tmp_path / "ls", "echo hello"))


def test_a_python_that_is_too_old_is_refused_with_its_version(tmp_path):
    with pytest.raises(DefinitionError, match=r"Python 3\.7"):
        check(fake(tmp_path / "python3.7", "echo 3.7"))


def test_an_interpreter_that_is_new_enough_is_accepted():
    check(None)
    check(sys.executable)


def test_another_version_of_a_package_is_noticed(environment):
    before = installed(str(environment))
    packages = environment / "lib" / "python3.11" / "site-packages"
    (packages / "ridge-1.0.dist-info").rename(packages / "ridge-1.1.dist-info")

    assert installed(str(environment)) != before


def test_another_version_of_hyperstep_changes_nothing(environment):
    before = installed(str(environment))
    (environment / "lib" / "python3.11" / "site-packages" / "hyperstep-9.9.dist-info").mkdir()

    assert installed(str(environment)) == before


def test_a_module_on_pythonpath_that_is_edited_is_noticed(environment, tmp_path, monkeypatch):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "mine.py").write_text("x = 1")
    before = installed(str(environment))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    with_path = installed(str(environment))
    (tmp_path / "lib" / "mine.py").write_text("x = 22")

    assert len({before, with_path, installed(str(environment))}) == 3


def test_a_package_that_is_installed_editable_and_edited_is_noticed(environment, tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "mine.py").write_text("x = 1")
    path = environment / "lib" / "python3.11" / "site-packages" / "_mine.pth"
    path.write_text(f"{tmp_path / 'project'}\nimport os\n")
    before = installed(str(environment))
    os.utime(tmp_path / "project" / "mine.py", ns=(1, 1))

    assert installed(str(environment)) != before


def test_what_answers_for_azures_names_is_no_package_of_the_users(environment, tmp_path, monkeypatch):
    before = installed(environment)
    monkeypatch.setenv("PYTHONPATH", ENTRY)

    assert installed(environment) == before
