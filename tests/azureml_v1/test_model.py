"""Models as v1 code registers, finds, copies and notes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hyperstep.azureml_v1.exceptions import ModelNotFoundException, WebserviceException
from hyperstep.azureml_v1.model import Model
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import UnsupportedV1


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path / "home"))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder" / "below").mkdir(parents=True)
    for path in ("one.pkl", "folder/a.txt", "folder/below/b.txt"):
        (tmp_path / path).write_text(path)
    return Workspace("s", "g", "local")


def ids(models):
    return [model.id for model in models]


def test_versions_count_from_one_and_the_newest_is_found(workspace, capsys):
    first = Model.register(workspace, "one.pkl", "m")
    second = Model.register(workspace, model_path="one.pkl", model_name="m")

    assert capsys.readouterr().out == "Registering model m\nRegistering model m\n"
    assert (first.id, second.id) == ("m:1", "m:2")
    assert Model(workspace, "m").version == 2
    assert Model(workspace, "m", version=1).id == Model(workspace, id="m:1").id == "m:1"
    assert ids(Model.list(workspace)) == ["m:2", "m:1"]
    assert workspace.models["m"].id == "m:2"


def test_a_file_and_a_folder_are_copied_under_their_own_names(workspace):
    one = Model.register(workspace, "one.pkl", "one")
    folder = Model.register(workspace, Path("folder"), "folder")

    assert one.download("got") == "got/one.pkl"
    assert folder.download("got") == "got/folder"
    assert Path("got/one.pkl").read_text() == "one.pkl"
    assert Path("got/folder/below/b.txt").read_text() == "folder/below/b.txt"
    with pytest.raises(WebserviceException, match="already exists"):
        one.download("got")
    assert one.download("got", exist_ok=True) == "got/one.pkl"


def test_scripts_get_the_path_of_a_copy(workspace):
    Model.register(workspace, "one.pkl", "m")
    Path("one.pkl").write_text("newer")
    Model.register(workspace, "one.pkl", "m")

    assert Model.get_model_path("m", _workspace=workspace) == "azureml-models/m/2/one.pkl"
    assert Path(Model.get_model_path("m", version=1)).read_text() == "one.pkl"
    assert Path(Model.get_model_path("m")).read_text() == "newer"
    with pytest.raises(ModelNotFoundException, match="name n not found"):
        Model.get_model_path("n")


def test_a_model_that_isnt_registered_is_found_where_it_lies(workspace):
    for path in ("azureml-models/n/9", "azureml-models/n/10", "azureml-models/two/1"):
        Path(path).mkdir(parents=True)
    for path in (
        "azureml-models/n/9/n.pkl",
        "azureml-models/n/10/n.pkl",
        "azureml-models/two/1/a",
        "azureml-models/two/1/b",
    ):
        Path(path).touch()

    assert Model.get_model_path("n") == "azureml-models/n/10/n.pkl"
    assert Model.get_model_path("n", version=9) == "azureml-models/n/9/n.pkl"
    assert Model.get_model_path("two") == "azureml-models/two/1"
    assert Model.get_model_path("folder/a.txt") == "folder/a.txt"
    for given in ({"model_name": "folder", "version": 1}, {"model_name": "n", "version": 8}):
        with pytest.raises(ModelNotFoundException):
            Model.get_model_path(**given)


def test_some_of_a_folder_is_registered(workspace):
    model = Model.register(workspace, "folder", "part", child_paths=["below"])
    model.download("got")

    assert [str(path) for path in Path("got").rglob("*.txt")] == ["got/folder/below/b.txt"]
    with pytest.raises(FileNotFoundError, match="Path does not exist"):
        Model.register(workspace, "folder", "part", child_paths=["nowhere"])


def test_a_path_with_nothing_is_refused(workspace):
    with pytest.raises(FileNotFoundError, match="Path does not exist"):
        Model.register(workspace, "nowhere", "m")
    assert Model.list(workspace) == []


@pytest.mark.parametrize("name", ["", "-m", ".m", "a b", "a/b", "é", "x" * 256, "m\n"])
def test_a_name_that_no_model_can_have_is_refused(workspace, name):
    with pytest.raises(WebserviceException, match="isn't possible"):
        Model.register(workspace, "one.pkl", name)


@pytest.mark.parametrize("name", ["m", "1", "A-b_c.d", "x" * 255])
def test_names_that_models_can_have(workspace, name):
    assert Model.register(workspace, "one.pkl", name).name == name


def test_a_missing_model_says_what_there_is(workspace):
    Model.register(workspace, "one.pkl", "m")

    for given in ({"name": "n"}, {"name": "m", "version": 2}, {"id": "m:7"}, {"name": "m", "tags": ["none"]}, {}):
        with pytest.raises(WebserviceException):
            Model(workspace, **given)
    with pytest.raises(WebserviceException) as caught:
        Model(workspace, "n")
    assert "ModelNotFound" in caught.value.message
    assert "m:1" in caught.value.message


def test_notes_on_a_version_change_and_stay_with_it(workspace):
    Model.register(
        workspace,
        "one.pkl",
        "m",
        tags={"area": "test", "n": 1},
        properties={"p": 1},
        description="first",
        model_framework=Model.Framework.SCIKITLEARN,
        model_framework_version="1.1",
        datasets=[("training", None)],
    )
    Model.register(workspace, "one.pkl", "m")
    model = Model(workspace, "m", version=1)
    model.add_tags({"more": "yes"})
    model.remove_tags(["n"])
    model.add_properties({"p": "changed", "q": "2"})
    model.update(description="second")
    again = Model(workspace, id="m:1")

    assert again.tags == {"area": "test", "more": "yes"}
    assert again.properties == {"p": "1", "q": "2"}
    assert (again.description, again.model_framework, again.model_framework_version) == ("second", "ScikitLearn", "1.1")
    assert again.run_id is None
    assert again.run is None
    assert Model(workspace, "m").tags == {}
    assert again.serialize()["id"] == "m:1"
    assert repr(again).startswith("Model(workspace=Workspace.create(name='local'")


def test_models_are_listed_by_name_tags_properties_and_framework(workspace):
    Model.register(workspace, "one.pkl", "a", tags={"area": "x"}, properties={"p": "1"})
    Model.register(workspace, "one.pkl", "b", tags={"area": "y", "c": "d"}, model_framework="Onnx")
    Model.register(workspace, "one.pkl", "a")

    assert ids(Model.list(workspace, name="a")) == ["a:2", "a:1"]
    assert ids(Model.list(workspace, latest=True)) == ["a:2", "b:1"]
    assert ids(Model.list(workspace, tags=["area"])) == ["b:1", "a:1"]
    assert ids(Model.list(workspace, tags=[["area", "y"], "c"])) == ["b:1"]
    assert ids(Model.list(workspace, tags={"area": "x"})) == ["a:1"]
    assert ids(Model.list(workspace, properties=[["p", "1"]])) == ["a:1"]
    assert ids(Model.list(workspace, model_framework="Onnx")) == ["b:1"]
    assert ids(Model.list(workspace, run_id="1_0")) == []
    assert Model(workspace, "a", tags=["area"]).id == "a:1"


def test_a_deleted_version_isnt_found_and_its_number_isnt_given_again(workspace):
    Model.register(workspace, "one.pkl", "m")
    Model.register(workspace, "one.pkl", "m").delete()

    assert Model(workspace, "m").id == "m:1"
    assert Model.register(workspace, "one.pkl", "m").id == "m:3"


def test_deploying_is_refused_with_what_to_use(workspace):
    model = Model.register(workspace, "one.pkl", "m")

    for owner, use in ((Model, "deploy"), (model, "package"), (Model, "profile"), (Model, "print_configuration")):
        with pytest.raises(UnsupportedV1, match="download"):
            getattr(owner, use)(workspace, "name", [model])


def test_tags_and_properties_are_changed_together(workspace):
    model = Model.register(workspace, "one.pkl", "m", tags={"old": "1", "kept": "2"})
    model.update_tags_properties(add_tags={"new": 3}, remove_tags=["old"], add_properties={"p": "q"})
    again = Model(workspace, "m")

    assert (again.tags, again.properties["p"]) == ({"kept": "2", "new": "3"}, "q")
