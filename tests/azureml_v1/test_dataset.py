"""Data sets of files and tables: made, registered, found, given to steps."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1.data_tables import chosen
from hyperstep.azureml_v1.dataset import Dataset, DatasetConsumptionConfig, FileDataset, TabularDataset, from_document
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter
from hyperstep.azureml_v1.steps import PythonScriptStep
from hyperstep.errors import UnsupportedV1


@pytest.fixture
def data(here):
    for name in ("a.csv", "b.csv", "in/c.csv"):
        file = here / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"x,y\n{name},1\n")
    return here / "data"


@pytest.fixture
def table(data):
    return Dataset.Tabular.from_delimited_files("data/a.csv")


def node(step):
    return step._node({step: 0}, None)


def test_a_registered_table_is_found_by_its_name_in_each_version(local, table, data):
    first = table.register(workspace=local, name="set", description="d", tags={"a": "b"})
    other = Dataset.Tabular.from_delimited_files(path=[(data / "b.csv").as_uri()], separator=";")
    second = other.register(local, "set", create_new_version=True)

    assert (first.version, second.version) == (1, 2)
    assert (first.name, first.description, first.tags, table.name) == ("set", "d", {"a": "b"}, None)
    assert Dataset.get_by_name(local, "set")._path() == str(data / "b.csv")
    assert Dataset.get_by_name(local, name="set", version=1)._path() == str(data / "a.csv")
    assert Dataset.get_by_name(local, "set", version="2").version == 2
    assert type(Dataset.get_by_id(local, first.id)) is TabularDataset
    assert {name: one.id for name, one in local.datasets.items()} == {"set": second.id}


def test_the_same_definition_is_registered_once_and_another_only_as_a_new_version(local, table, data):
    table.register(local, "set")

    assert table.register(local, "set").version == 1
    with pytest.raises(UserErrorException, match="`create_new_version=True`"):
        Dataset.File.from_files("data").register(local, "set")


def test_a_missing_data_set_is_told_with_those_that_are_there(local, table):
    table.register(local, "set")

    with pytest.raises(UserErrorException, match="'other' in the workspace; there are set"):
        Dataset.get_by_name(local, "other")
    with pytest.raises(UserErrorException, match=r"\(version: 7\)"):
        Dataset.get_by_name(local, "set", 7)
    with pytest.raises(UserErrorException, match="No dataset has the id 'x'"):
        Dataset.get_by_id(local, "x")


def test_tags_of_a_version_change_and_its_name_is_forgotten(local, table):
    registered = table.register(local, "set", tags={"a": "1"})
    registered.add_tags({"b": "2"})
    registered.remove_tags(["a"])

    assert Dataset.get_by_name(local, "set").tags == {"b": "2"}
    registered.unregister_all_versions()
    assert "set" not in Dataset.get_all(local)
    with pytest.raises(UserErrorException, match="Call register"):
        table.add_tags({"a": "b"})


def test_files_are_listed_downloaded_and_mounted(data, here):
    files = Dataset.File.from_files("data/**/*.csv")
    copies = files.download("copies")

    assert files.to_path() == ["/a.csv", "/b.csv", "/in/c.csv"]
    assert copies == [str(here / "copies" / name) for name in ("a.csv", "b.csv", "in/c.csv")]
    assert Path(copies[2]).read_text() == "x,y\nin/c.csv,1\n"
    with pytest.raises(UserErrorException, match="overwrite=True"):
        files.download("copies")
    with files.mount() as mounted:
        assert (Path(mounted.mount_point) / "in/c.csv").read_text() == "x,y\nin/c.csv,1\n"
    assert not Path(mounted.mount_point).exists()
    assert (data / "a.csv").exists()


def test_a_mount_point_of_ones_own_keeps_what_else_is_in_it(data, here):
    (here / "point").mkdir()
    (here / "point" / "mine").write_text("mine")
    mounted = Dataset.File.from_files("data").mount("point")
    mounted.start()

    assert sorted(path.name for path in Path("point").iterdir()) == ["a.csv", "b.csv", "in", "mine"]
    mounted.stop()
    assert not (here / "point/a.csv").exists()
    assert (here / "point" / "mine").read_text() == "mine"


def test_an_uploaded_directory_is_a_data_set_of_the_store(local, data):
    store = local.get_default_datastore()
    uploaded = Dataset.File.upload_directory("data", (store, "up"), pattern="in/*", show_progress=False)

    assert uploaded.to_path() == ["/in/c.csv"]
    assert uploaded._path() == store._local("up")


@given(
    count=st.integers(0, 60), share=st.floats(0.01, 0.99), seed=st.integers(0, 9), takes=st.lists(st.integers(0, 50))
)
def test_the_two_parts_of_a_split_are_all_there_was_and_share_nothing(count, share, seed, takes):
    before = [["skip" if number % 2 else "take", taken] for number, taken in enumerate(takes)]
    all_rows = chosen(count, before)
    one, other = (chosen(count, [*before, ["split", share, seed, part]]) for part in (False, True))

    assert sorted(one + other) == all_rows
    assert one == chosen(count, [*before, ["split", share, seed, False]])


def test_a_split_without_a_seed_still_parts_the_files(data):
    one, other = Dataset.File.from_files("data").random_split(0.5)

    def names(part):
        try:
            return part.to_path()
        except UserErrorException:
            return []

    assert sorted(names(one) + names(other)) == ["/a.csv", "/b.csv", "/in/c.csv"]
    with pytest.raises(UserErrorException, match="between 0 and 1, and is 80"):
        one.random_split(80)


def test_a_step_finds_only_the_files_that_were_taken(local, data):
    some = Dataset.File.from_files("data").skip(1).take(1)

    assert some.to_path() == ["/b.csv"]
    assert from_document(some._document(), some._path()).to_path() == ["/b.csv"]


def test_columns_are_kept_and_dropped_in_the_document(table):
    document = table.keep_columns(["x", "y"]).drop_columns("y")._document()

    assert (document["options"]["keep_columns"], document["options"]["drop_columns"]) == (["x", "y"], ["y"])
    assert json.loads(json.dumps(document)) == document
    with pytest.raises(UserErrorException, match="no column 'y' any more"):
        table.drop_columns(["y"]).keep_columns(["x", "y"])


@pytest.mark.parametrize("mode", ["as_mount", "as_download"])
def test_files_among_the_arguments_of_a_step_are_its_input(local, data, mode):
    files = Dataset.File.from_files("data")
    step = PythonScriptStep("x.py", arguments=["--data", getattr(files.as_named_input("mine"), mode)()])
    written = node(step)

    assert written["arguments"] == ["--data", {"dataset": str(data)}]
    assert written["variables"]["AZUREML_DATAREFERENCE_mine"] == {"dataset": str(data)}
    assert from_document(written["inputs"]["mine"], "/in/the/job") == "/in/the/job"


def test_a_table_is_a_data_set_in_the_job_too(local, table, monkeypatch):
    registered = table.register(local, "set")
    files = Dataset.File.from_files("data/a.csv").as_named_input("files").as_mount()
    inputs = node(PythonScriptStep("x.py", arguments=[files, registered.as_named_input("rows")]))["inputs"]
    monkeypatch.setenv("HYPERSTEP_V1", json.dumps({"inputs": inputs}))
    monkeypatch.setenv("HYPERSTEP_V1_INPUT_rows", "/in/the/job.csv")
    monkeypatch.setenv("HYPERSTEP_V1_INPUT_files", "/in/the/job.csv")
    found = Dataset.get_by_id(local, "/in/the/job.csv")

    assert (type(found), found.name, found.version, found._paths) == (TabularDataset, "set", 1, ["/in/the/job.csv"])


def test_files_without_a_name_are_an_input_of_the_same_name_in_every_program(data):
    names = {Dataset.File.from_files("data").as_mount().name for _ in range(2)}
    [name] = names

    assert name.startswith("input_")
    assert Dataset.File.from_files("data/in").as_mount().name != name


def test_a_parameter_may_choose_a_data_set(local, table):
    parameter = PipelineParameter("which", table)
    step = PythonScriptStep("x.py", inputs=[DatasetConsumptionConfig("rows", parameter)])

    assert node(step)["variables"]["AZUREML_DATAREFERENCE_rows"] == {"data_parameter": "which"}


@pytest.mark.parametrize("name", ["1a", "a-b", "", "a b"])
def test_an_input_may_not_have_the_name(table, name):
    with pytest.raises(UserErrorException, match="Invalid input name"):
        table.as_named_input(name)


def test_what_a_data_set_can_not_do_is_refused_with_what_to_do(local, table, data):
    with pytest.raises(UnsupportedV1, match="Use as_mount"):
        Dataset.File.from_files("data").as_named_input("x").as_hdfs()
    with pytest.raises(UnsupportedV1, match="include_path=True"):
        Dataset.Tabular.from_delimited_files("data/**", partition_format="{year}")
    with pytest.raises(UnsupportedV1, match="Run the query yourself"):
        Dataset.Tabular.from_sql_query((None, "select 1"))
    with pytest.raises(UserErrorException, match="target must be a data store"):
        Dataset.File.upload_directory("data", "somewhere")


def test_a_data_set_of_files_is_no_table(data):
    assert not hasattr(Dataset.File.from_files("data"), "to_pandas_dataframe")
    assert isinstance(Dataset.File.from_files("data"), FileDataset)
