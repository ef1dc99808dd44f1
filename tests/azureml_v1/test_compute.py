"""Compute targets are names, found again with what was asked of them."""

import pytest

from hyperstep.azureml_v1.compute import AmlCompute, ComputeInstance, ComputeTarget, RemoteCompute
from hyperstep.azureml_v1.exceptions import ComputeTargetException
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import UnsupportedV1

SIZE = "STANDARD_D2_V2"


@pytest.fixture
def cluster(local):
    asked = AmlCompute.provisioning_configuration(SIZE, max_nodes=4, idle_seconds_before_scaledown=300)
    return ComputeTarget.create(local, "cpu-cluster", asked)


@pytest.mark.parametrize("kind", [ComputeTarget, AmlCompute, ComputeInstance])
def test_a_missing_target_is_the_exception_that_programs_create_it_on(local, kind):
    with pytest.raises(ComputeTargetException) as caught:
        kind(local, "cpu-cluster")

    assert caught.value.message == (
        "ComputeTargetNotFound: Compute Target with name cpu-cluster not found in provided workspace"
    )


@pytest.mark.parametrize("kind", [ComputeTarget, AmlCompute])
def test_a_created_target_is_found_as_its_class(local, cluster, kind):
    found = kind(local, "cpu-cluster")

    assert type(found) is type(cluster) is AmlCompute
    assert (found.name, found.type, found.vm_size) == ("cpu-cluster", "AmlCompute", SIZE)
    assert found.provisioning_state == "Succeeded"
    assert "cpu-cluster" in local.compute_targets


def test_a_cluster_tells_its_state_as_v1_does(cluster):
    told = cluster.get_status().serialize()

    assert told["scaleSettings"] == {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT300S"}
    assert (told["allocationState"], told["provisioningState"], told["vmSize"]) == ("Steady", "Succeeded", SIZE)
    assert cluster.status.errors is None


def test_an_updated_cluster_keeps_what_was_not_changed(local, cluster):
    cluster.update(max_nodes=8)

    assert ComputeTarget(local, "cpu-cluster").scale_settings.serialize() == {
        "minNodeCount": 0,
        "maxNodeCount": 8,
        "nodeIdleTimeBeforeScaleDown": "PT300S",
    }


def test_waiting_says_what_people_look_for(cluster, capsys):
    cluster.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)

    assert capsys.readouterr().out.splitlines()[-1] == "Minimum number of nodes requested have been provisioned"


def test_a_deleted_target_is_gone(local, cluster):
    cluster.delete()

    assert "cpu-cluster" not in local.compute_targets
    assert cluster.provisioning_state == "Deleting"
    with pytest.raises(ComputeTargetException):
        cluster.delete()


def test_an_instance_is_started_and_stopped(local, capsys):
    made = ComputeTarget.create(local, "mine", ComputeInstance.provisioning_configuration(vm_size=SIZE))
    made.stop(wait_for_completion=True, show_output=True)

    assert isinstance(ComputeTarget(local, "mine"), ComputeInstance)
    assert "Succeeded" in capsys.readouterr().out


def test_no_password_of_a_target_is_written_down(local, tmp_path):
    attached = RemoteCompute.attach_configuration(username="me", address="host", password="hunter2", ssh_port=22)
    ComputeTarget.attach(local, "vm", attached)
    created = AmlCompute.provisioning_configuration(SIZE, admin_user_password="hunter2", admin_user_ssh_key="hunter2")
    ComputeTarget.create(local, "cpu", created)
    written = [file.read_text() for file in tmp_path.rglob("*.json")]

    assert any('"address": "host"' in text for text in written)
    assert not any("hunter2" in text for text in written)


def test_another_kind_of_target_is_refused_with_what_to_use(local):
    with pytest.raises(UnsupportedV1, match=r"Use AmlCompute\.provisioning_configuration"):
        ComputeTarget.create(local, "aks", object())


def test_targets_are_listed_by_name_in_any_workspace(local, cluster):
    ComputeTarget.create(local, "a", AmlCompute.provisioning_configuration(SIZE))

    assert [target.name for target in ComputeTarget.list(Workspace.get("other"))] == ["a", "cpu-cluster"]
