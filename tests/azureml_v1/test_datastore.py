"""Data stores are folders: what is uploaded lies there, and nothing leads out of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1.dataset import Dataset
from hyperstep.azureml_v1.datastore import AzureBlobDatastore, AzureFileDatastore, Datastore
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import UnsupportedV1


@pytest.fixture
def store(local):
    return local.get_default_datastore()


@pytest.fixture
def data(here):
    for name in ("a.csv", "in/b.csv", "in/er/c.csv"):
        file = here / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return here / "data"


def test_the_default_store_is_a_blob_store_and_there_is_one_of_files(local, store):
    assert (store.name, store.datastore_type, type(store)) == ("workspaceblobstore", "AzureBlob", AzureBlobDatastore)
    assert type(Datastore.get(local, "workspacefilestore")) is AzureFileDatastore
    assert store.is_default
    assert Datastore(local) == store


def test_an_uploaded_folder_is_downloaded_again(store, data, here):
    store.upload(src_dir="data", target_path="there", show_progress=False)
    count = store.download("got", prefix="there/in", show_progress=False)

    assert count == 2
    assert (here / "got/there/in/er/c.csv").read_text() == "in/er/c.csv"
    assert not (here / "got/there/a.csv").exists()


def test_the_folder_of_the_workspace_is_uploaded_without_the_workspace(data, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(data))
    store = Datastore.get_default(Workspace("", "", "any"))
    store.upload(str(data), "all")
    Dataset.File.upload_directory(str(data), (store, "again"))
    read = Dataset.File.from_files(str(data)).to_path()

    for place in ("all", "again"):
        kept = sorted(str(path.relative_to(store._local(place))) for path in Path(store._local(place)).rglob("*.*"))
        assert kept == ["a.csv", "in/b.csv", "in/er/c.csv"]
    assert read == ["/a.csv", "/in/b.csv", "/in/er/c.csv"]


def test_an_upload_gives_a_reference_to_its_place(store, data):
    reference = store.upload("data", "there")

    assert (reference.datastore, reference.path_on_datastore) == (store, "there")
    assert (Path(reference._path()) / "a.csv").read_text() == "a.csv"


def test_a_file_that_is_there_is_overwritten_only_when_asked(store, data, capsys):
    store.upload_files(["data/a.csv"])
    (data / "a.csv").write_text("new")
    store.upload_files(["data/a.csv"])

    assert "Target already exists. Skipping upload for a.csv" in capsys.readouterr().out
    assert Path(store._local("a.csv")).read_text() == "a.csv"
    store.upload_files(["data/a.csv"], overwrite=True)
    assert Path(store._local("a.csv")).read_text() == "new"


@pytest.mark.parametrize(("root", "names"), [(None, ["b.csv", "er/c.csv"]), ("data", ["in/b.csv", "in/er/c.csv"])])
def test_files_lie_under_their_path_from_the_root(store, data, root, names):
    store.upload_files(["data/in/b.csv", "data/in/er/c.csv"], relative_root=root, target_path="to")

    assert [name for name in names if not Path(store._local("to/" + name)).is_file()] == []


def test_only_files_below_the_root_are_uploaded(store, data):
    with pytest.raises(UserErrorException, match="isn't below relative_root"):
        store.upload_files(["data/a.csv"], relative_root="data/in")
    with pytest.raises(UserErrorException, match="isn't a file"):
        store.upload_files(["data/missing.csv"])
    with pytest.raises(UserErrorException, match="'missing' isn't one"):
        store.upload("missing")


def test_a_container_becomes_a_folder_and_no_key_is_written_down(local, tmp_path, capsys):
    made = Datastore.register_azure_blob_container(local, "mine", "box", "account", account_key="hunter2")
    Path(made._local("x.txt")).write_text("here")

    assert made._local("") in capsys.readouterr().out
    assert (made.container_name, made.account_name) == ("box", "account")
    assert "mine" in local.datastores
    assert not any("hunter2" in file.read_text() for file in tmp_path.rglob("*.json"))
    assert Path(Datastore.get(local, "mine")._local("x.txt")).read_text() == "here"


def test_a_registered_store_becomes_the_default_and_is_forgotten(local):
    Datastore.register_azure_file_share(local, "share", "s", "a")
    local.set_default_datastore("share")

    assert local.get_default_datastore().name == "share"
    local.set_default_datastore("workspaceblobstore")
    Datastore.get(local, "share").unregister()
    assert "share" not in local.datastores


def test_a_missing_store_is_told_with_those_that_are_there(local):
    with pytest.raises(UserErrorException, match=r"Could not find datastore nowhere .* workspacefilestore"):
        Datastore.get(local, "nowhere")


@pytest.mark.parametrize("name", ["../out", "a-b", "workspaceblobstore"])
def test_a_store_can_not_have_the_name(local, name):
    with pytest.raises(UserErrorException, match="Datastore"):
        Datastore.register_azure_blob_container(local, name, "c", "a")


@pytest.mark.parametrize("kind", ["azure_sql_database", "azure_data_lake", "azure_data_lake_gen2", "dbfs"])
def test_a_store_that_is_no_folder_is_refused_with_what_to_do(local, kind):
    with pytest.raises(
        UnsupportedV1, match=f"^Datastore.register_{kind} isn't available .* a copy of the data in a folder"
    ):
        getattr(Datastore, f"register_{kind}")(local, "name")


@given(parts=st.lists(st.sampled_from(["a", "..", ".", "b", ""]), max_size=6))
def test_no_path_leads_out_of_a_store(parts, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPERSTEP_WORKSPACE", str(home))
        store = Datastore(Workspace("", "", "any"))
        folder = Path(store._local(""))
        try:
            place = Path(store._local("/".join(parts)))
        except UserErrorException:
            climbed = (folder / "/".join(parts).lstrip("/")).resolve()
            assert not climbed.is_relative_to(folder)
        else:
            assert place.resolve().is_relative_to(folder.resolve())
