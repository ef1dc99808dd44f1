"""A name that a class of v1 doesn't have is told with what is near, on the class and on its objects."""

from __future__ import annotations

import copy
import pickle
from enum import Enum
from importlib import import_module

import pytest

from hyperstep.azureml_v1 import names
from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.hyperdrive_run import HyperDriveRun
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.schedule import Schedule, ScheduleRecurrence
from hyperstep.azureml_v1.unsupported import RefusedAttribute
from hyperstep.azureml_v1.v1_object import UnknownAttribute, V1Object
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import UnsupportedV1

WORKSPACE = Workspace("s", "g", "local")
RUN = Run(Experiment(WORKSPACE, "e", _skip_name_validation=True), "1")


def offered():
    """Every class of the table that isn't an exception, an enumeration or the run of no job."""
    for table in names.NAMES.values():
        for where, listed in table.items():
            for name in listed.split():
                found = getattr(import_module(f"hyperstep.azureml_v1.{where}"), name)
                if isinstance(found, type) and not issubclass(found, BaseException | Enum) and name != "_OfflineRun":
                    yield found


@pytest.mark.parametrize("kind", sorted(set(offered()), key=lambda kind: kind.__name__))
def test_every_class_of_the_table_explains_what_it_lacks(kind):
    with pytest.raises(UnknownAttribute, match=rf"^{kind.__name__}\.no_such_thing isn't known to hyperstep"):
        _ = kind.no_such_thing


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (RUN, "get_metric", r"^Run\.get_metric isn't known .* Did you mean 'get_metrics'\?$"),
        (Run, "lgo", r"^Run\.lgo .* Did you mean 'log'\?$"),
        (Environment("e"), "pyhton", r"^Environment\.pyhton .* Did you mean 'python'\?$"),
        (Workspace, "zzz", r"^Workspace\.zzz .* dir\(\) lists what there is\.$"),
    ],
)
def test_what_is_near_is_named(owner, name, said):
    with pytest.raises(AttributeError, match=said):
        getattr(owner, name)


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (
            RUN,
            "take_snapshot",
            r"^Run\.take_snapshot isn't available on this machine: .* Use instead: run\.upload_file",
        ),
        (HyperDriveRun(RUN.experiment, "HD_1_0"), "clean", r"^Run\.clean isn't available"),
        (Schedule, "load_yaml", r"^Schedule\.load_yaml isn't available .* Use instead: Pipeline\("),
        (
            WORKSPACE,
            "private_endpoints",
            r"^Workspace\.private_endpoints .* takes its place: leave the line out\.$",
        ),
        (Environment, "from_docker_build_context", r"^Environment\.from_docker_.* `hyperstep env build NAME`\.$"),
    ],
)
def test_what_v1_has_and_this_layer_has_not_says_why_and_what_to_use(owner, name, said):
    with pytest.raises(AttributeError, match=said) as raised:
        getattr(owner, name)

    assert isinstance(raised.value, RefusedAttribute)
    assert isinstance(raised.value, UnsupportedV1), "programs catch it as what else isn't done"


def test_programs_can_ask_whether_a_name_is_there():
    for owner in (RUN, Run, WORKSPACE, Workspace):
        assert not hasattr(owner, "no_such_thing")
        assert not hasattr(owner, "submit_child")
        assert getattr(owner, "no_such_thing", 3) == 3


def test_private_names_are_missed_as_in_any_class():
    with pytest.raises(AttributeError, match=r"^'Run' object has no attribute '_nothing'$"):
        _ = RUN._nothing
    with pytest.raises(AttributeError, match=r"^type object 'Run' has no attribute '__nothing__'$"):
        _ = Run.__nothing__


def test_a_property_that_fails_keeps_its_own_error():
    class Broken(V1Object):
        @property
        def size(self):
            return [].length

    with pytest.raises(AttributeError, match=r"^'list' object has no attribute 'length'$"):
        _ = Broken().size


def test_objects_are_copied_and_pickled_as_any():
    recurrence = ScheduleRecurrence("Day", 1)
    copies = [copy.copy(recurrence), copy.deepcopy(recurrence), pickle.loads(pickle.dumps(recurrence))]

    assert [vars(one) for one in copies] == [vars(recurrence)] * 3


@pytest.mark.parametrize("name", ["get_metric", "take_snapshot"])
def test_the_error_survives_another_process(name):
    with pytest.raises(AttributeError) as raised:
        getattr(RUN, name)

    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
