"""Any ids lead to the local workspace; where its configuration file is looked for; what it leads to."""

import json
from pathlib import Path

import pytest

from hyperstep.azureml_v1.compute import AmlCompute, ComputeTarget
from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.exceptions import UserErrorException, WorkspaceException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import UnsupportedV1

IDS = {"subscription_id": "1234", "resource_group": "group", "workspace_name": "some-name"}


def put(file: Path, ids=IDS) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(ids))


def test_a_written_configuration_is_found_from_folders_below(here, monkeypatch):
    Workspace.create("abc", subscription_id="1", resource_group="g", location="westeurope").write_config()
    (here / "below" / "more").mkdir(parents=True)
    monkeypatch.chdir(here / "below" / "more")
    found = Workspace.from_config()

    assert json.loads((here / ".azureml" / "config.json").read_text()) == {
        "subscription_id": "1",
        "resource_group": "g",
        "workspace_name": "abc",
    }
    assert (found.name, found.subscription_id, found.resource_group, found.location) == ("abc", "1", "g", "westeurope")


ORDER = [f"{folder}{name}.json" for name in ("config", "project") for folder in (".azureml/", "aml_config/", "")]


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_configuration_files_are_looked_for_in_their_order(here, place):
    for number, name in enumerate(ORDER[place:]):
        put(here / name, {**IDS, "workspace_name": f"ws-{place + number}"})

    assert Workspace.from_config().name == f"ws-{place}"


def test_a_nearer_file_of_any_name_comes_before_one_in_a_parent(here):
    put(here / ".azureml" / "config.json", {**IDS, "workspace_name": "far"})
    put(here / "near" / "project.json", {**IDS, "workspace_name": "near"})

    assert Workspace.from_config(path=str(here / "near")).name == "near"


def test_a_configuration_file_is_named_itself(here):
    put(here / "mine.json")

    assert Workspace.from_config("mine.json").name == "some-name"


def test_an_old_project_file_names_the_workspace_by_its_scope(here):
    scope = "/subscriptions/12/resourceGroups/gg/providers/Microsoft.MachineLearningServices/workspaces/old"
    put(here / "aml_config" / "project.json", {"Id": "x", "Scope": scope})
    found = Workspace.from_config()

    assert (found.subscription_id, found.resource_group, found.name) == ("12", "gg", "old")


def test_a_missing_configuration_is_told_as_v1_does(here):
    with pytest.raises(UserErrorException) as caught:
        Workspace.from_config()

    assert caught.value.message.startswith("The workspace configuration file config.json, could not be found in")


def test_a_configuration_without_a_name_says_what_it_lacks(here):
    put(here / "config.json", {"subscription_id": "1", "resource_group": "2"})

    with pytest.raises(UserErrorException, match="lacks workspace_name"):
        Workspace.from_config()


@pytest.mark.parametrize("name", ["abc", "a_b-c", "x" * 33])
def test_a_workspace_may_have_the_name(here, name):
    assert Workspace.create(name).name == name


@pytest.mark.parametrize("name", ["ab", "a b", "x" * 36])
def test_a_workspace_may_not_have_the_name(here, name):
    with pytest.raises(UserErrorException) as caught:
        Workspace.create(name)

    assert caught.value.message == (
        "Workspace name must be between 3 and 33 characters long. Its first character has to be alphanumeric, "
        "and the rest may contain hyphens and underscores. No whitespace is allowed."
    )


def test_a_workspace_is_created_twice_only_if_that_is_asked_for(here):
    Workspace.create("abc", subscription_id="1", location="here")

    with pytest.raises(WorkspaceException, match="exist_ok=True"):
        Workspace.create("abc")
    assert Workspace.create("abc", exist_ok=True).location == "here"


def test_workspaces_are_listed_by_their_subscription(here):
    Workspace.create("one", subscription_id="1", resource_group="a")
    Workspace.create("two", subscription_id="2", resource_group="b")

    assert [(name, found[0].resource_group) for name, found in Workspace.list("2").items()] == [("two", "b")]
    assert Workspace.list("1", resource_group="b") == {}


def test_all_names_lead_to_the_same_workspace(here):
    ComputeTarget.create(Workspace.create("one-one"), "cpu", AmlCompute.provisioning_configuration())

    assert "cpu" in Workspace.get("other", subscription_id="x").compute_targets


def test_setup_makes_a_workspace_and_finds_it_again(here):
    first = Workspace.setup()

    assert Workspace.setup().name == first.name == Workspace.from_config().name


def test_a_workspace_leads_to_what_is_in_it(local):
    Environment("env").register(local)
    Experiment(local, "exp")

    assert list(local.environments) == ["env"]
    assert list(local.experiments) == ["exp"]
    assert list(local.datastores) == ["workspaceblobstore", "workspacefilestore"]
    assert local.datasets == local.compute_targets == local.webservices == {}
    with pytest.raises(KeyError):
        local.datasets["missing"]


def test_the_default_compute_target_is_the_one_with_the_usual_name(local):
    assert local.get_default_compute_target() is None
    ComputeTarget.create(local, "cpu-cluster", AmlCompute.provisioning_configuration())

    assert local.get_default_compute_target("CPU").name == "cpu-cluster"


def test_details_name_the_workspace(local):
    details = local.get_details()

    assert (details["name"], details["type"]) == ("ws-test", "Microsoft.MachineLearningServices/workspaces")
    assert details["workspaceid"] == Workspace("", "", "other").get_details()["workspaceid"]


def test_a_workspace_is_tagged_and_named_again(local):
    local.update(friendly_name="Ours", tags={"team": "a"})
    again = Workspace.get("ws-test")

    assert (again.get_details()["friendlyName"], again.tags, again.sku) == ("Ours", {"team": "a"}, "basic")


@pytest.mark.parametrize("use", ["delete", "get_mlflow_tracking_uri", "private_endpoints", "list_keys"])
def test_what_is_not_done_says_what_to_do(local, use):
    with pytest.raises(
        UnsupportedV1,
        match=rf"^Workspace\.{use} isn't available .* (Use instead|Nothing takes its place): ",
    ):
        getattr(local, use)
