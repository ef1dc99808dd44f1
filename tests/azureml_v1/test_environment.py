"""Environments: made of files, registered in versions, and what a plan says of them."""

import json
from pathlib import Path

import pytest

from hyperstep.azureml_v1 import environment as module
from hyperstep.azureml_v1.conda import CondaDependencies
from hyperstep.azureml_v1.environment import DEFAULT_CPU_IMAGE, DockerSection, Environment
from hyperstep.azureml_v1.exceptions import UserErrorException


@pytest.fixture
def conda(here):
    (here / "conda.yml").write_text("dependencies:\n- python=3.8\n- numpy\n- pip:\n  - scipy\n")
    return here / "conda.yml"


def test_attributes_are_assigned_as_programs_do():
    made = Environment(name="mine")
    made.docker.enabled = True
    made.docker.base_image = DEFAULT_CPU_IMAGE
    made.python.user_managed_dependencies = False
    made.python.conda_dependencies = CondaDependencies.create(pip_packages=["numpy"], python_version="3.7")
    made.environment_variables = {"COLOUR": "blue", "SIZE": 3}

    assert made._document() == {
        "name": "mine",
        "variables": {"COLOUR": "blue", "SIZE": "3"},
        "python": None,
        "pip": ["numpy"],
        "conda": ["python=3.7"],
    }


def test_a_new_environment_has_the_variable_that_v1_gives_it():
    assert Environment("x").environment_variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}


def test_an_environment_is_made_of_a_conda_file(conda):
    document = Environment.from_conda_specification(name="mine", file_path="conda.yml")._document()

    assert (document["conda"], document["pip"]) == (["python=3.8", "numpy"], ["scipy"])


def test_an_environment_is_made_of_requirements(here):
    (here / "requirements.txt").write_text("# ours\nnumpy==1.2  # old\n\n-r more.txt\n")
    made = Environment.from_pip_requirements("mine", "requirements.txt", pip_version="21")

    assert made._document()["pip"] == ["numpy==1.2", "-r more.txt"]
    assert "pip=21" in made._document()["conda"]


def test_an_environment_is_made_of_an_image_and_a_file(conda):
    made = Environment.from_docker_image("mine", "image:1", conda_specification="conda.yml")
    bare = Environment.from_dockerfile("bare", "FROM image:2")

    assert (made.docker.base_image, made._document()["conda"]) == ("image:1", ["python=3.8", "numpy"])
    assert (bare.docker.base_image, bare.docker.base_dockerfile) == (None, "FROM image:2")
    assert bare._document()["pip"] == []
    with pytest.raises(UserErrorException, match="not both"):
        Environment.from_docker_image("x", "image", conda_specification="conda.yml", pip_requirements="r.txt")


def test_a_file_that_is_named_counts_more_than_packages(conda):
    made = Environment("mine")
    made.python.conda_dependencies_file = "conda.yml"

    assert made._document()["pip"] == ["scipy"]


@pytest.mark.parametrize(("path", "python"), [("/opt/python", "/opt/python"), ("python", None), ("bin/python", None)])
def test_an_interpreter_of_ones_own_is_in_the_plan_by_its_whole_path(path, python):
    made = Environment("mine")
    made.python.interpreter_path = path

    assert made._document()["python"] is None
    made.python.user_managed_dependencies = True
    document = made._document()
    assert (document["python"], document["pip"], document["conda"]) == (python, [], [])


def test_a_registered_environment_is_found_in_each_version(local):
    made = Environment("mine")
    made.docker.base_image = "image:1"
    first = made.register(workspace=local)
    made.python.conda_dependencies.add_pip_package("numpy")
    second = made.register(local)

    assert (first.version, second.version, made.register(local).version) == ("1", "2", "2")
    assert Environment.get(local, "mine")._document() == made._document()
    assert Environment.get(workspace=local, name="mine", version="1")._document()["pip"] == ["azureml-defaults"]
    assert Environment.get(local, "mine").docker.base_image == "image:1"
    assert [(name, one.version) for name, one in Environment.list(local).items()] == [("mine", "2")]


def test_a_missing_environment_is_told_with_those_that_are_there(local):
    Environment("mine").register(local)

    with pytest.raises(UserErrorException, match="'other' in the workspace; there are mine"):
        Environment.get(local, "other")
    with pytest.raises(UserErrorException, match="in version 9"):
        Environment.get(local, "mine", version="9")
    with pytest.raises(UserErrorException, match="needs a name"):
        Environment().register(local)


def test_a_curated_environment_answers_to_its_name_and_says_so_once(local, capsys):
    module._said.clear()
    found = Environment.get(workspace=local, name="AzureML-sklearn-0.24-ubuntu18.04-py37-cpu")

    assert found._document()["pip"] == []
    assert local.environments[found.name].name == found.name
    assert capsys.readouterr().out.count("hyperstep env use AzureML-sklearn-0.24-ubuntu18.04-py37-cpu") == 1
    with pytest.raises(KeyError):
        local.environments["other"]


def test_a_curated_environment_is_cloned_and_changed(local):
    clone = Environment.get(local, "AzureML-Minimal").clone("mine")
    clone.python.user_managed_dependencies = False
    clone.python.conda_dependencies.add_pip_package("numpy")

    assert clone.register(local).version == "1"
    assert "numpy" in Environment.get(local, "mine")._document()["pip"]


def test_no_password_of_a_registry_is_written_down(local, tmp_path):
    made = Environment("mine")
    made.docker.base_image_registry.address = "example.org"
    made.docker.base_image_registry.password = "hunter2"
    made.register(local)
    made.save_to_directory("saved")

    assert "hunter2" not in repr(made)
    assert not any("hunter2" in file.read_text() for file in tmp_path.rglob("*.json"))
    assert Environment.get(local, "mine").docker.base_image_registry.address == "example.org"


def test_a_saved_environment_is_loaded_again(conda):
    made = Environment.from_conda_specification("mine", "conda.yml")
    made.save_to_directory("saved")

    assert Environment.load_from_directory("saved")._document() == made._document()
    assert CondaDependencies("saved/conda_dependencies.yml") == made.python.conda_dependencies
    with pytest.raises(UserErrorException, match="overwrite=True"):
        made.save_to_directory("saved")


def test_an_image_is_never_built_and_that_is_said(local, capsys):
    Environment("mine").build(local).wait_for_completion(show_output=True)

    assert "hyperstep env build mine" in capsys.readouterr().out
    assert "mine" in local.environments


def test_a_conda_environment_of_this_machine_is_its_interpreter(here, monkeypatch):
    python = here / "envs" / "old" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    conda = here / "conda"
    listed = json.dumps({"envs": [str(here / "envs" / "other"), str(here / "envs" / "old")]})
    conda.write_text(f"#!/bin/sh\necho '{listed}'\n")
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", f"{here}:/usr/bin:/bin")
    found = Environment.from_existing_conda_environment("mine", "old")

    assert found._document()["python"] == str(python)


def test_a_conda_environment_that_is_not_there_is_none(here, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(here))
    monkeypatch.delenv("CONDA_EXE", raising=False)

    assert Environment.from_existing_conda_environment("mine", "missing") is None
    assert "no conda environment 'missing'" in capsys.readouterr().out


def test_sections_take_their_attributes_when_they_are_made():
    assert DockerSection(enabled=True).enabled
    assert Path(json.loads(repr(Environment("x")))["docker"]["base_image"]).name.startswith("openmpi")
