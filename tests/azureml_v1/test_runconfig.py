"""Run configurations: targets, environments, and what is only recorded."""

import pytest

from hyperstep.azureml_v1.compute import AmlCompute, ComputeTarget
from hyperstep.azureml_v1.conda import CondaDependencies
from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.runconfig import DockerConfiguration, MpiConfiguration, RunConfiguration
from hyperstep.errors import UnsupportedV1


def test_a_configuration_begins_with_this_machine_and_an_environment():
    made = RunConfiguration()

    assert (made.target, made.framework, made.script, made.arguments) == ("local", "Python", None, [])
    assert isinstance(made.environment, Environment)


def test_a_target_is_named_by_itself_or_by_its_name(local):
    made = RunConfiguration(script="x.py", arguments=["--a", 1])
    made.target = ComputeTarget.create(local, "cpu", AmlCompute.provisioning_configuration())
    other = RunConfiguration()
    other.target = "cpu"

    assert made.target == other.target == "cpu"


def test_what_programs_assign_is_kept():
    made = RunConfiguration(conda_dependencies=CondaDependencies.create(pip_packages=["numpy"]))
    made.environment.docker.enabled = True
    made.docker = DockerConfiguration(use_docker=True)
    made.mpi = MpiConfiguration(process_count_per_node=2)
    made.amlcompute.vm_size = "STANDARD_D2_V2"
    made.history.output_collection = True
    made.auto_prepare_environment = True
    made.environment_variables = {"COLOUR": "blue"}

    assert made.environment._document()["pip"] == ["numpy"]
    assert made.environment._document()["variables"] == {"COLOUR": "blue"}
    assert (made.docker.use_docker, made.mpi.process_count_per_node) == (True, 2)


def test_files_of_configurations_are_refused_with_what_to_write():
    for use in ("load", "save"):
        with pytest.raises(
            UnsupportedV1, match=rf"RunConfiguration\.{use} .* Use instead: RunConfiguration\(\) in the"
        ):
            getattr(RunConfiguration(), use)
