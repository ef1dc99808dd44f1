"""Tables are read by the pandas of whoever asks, as v1 reads them."""

import json
from pathlib import Path

import pytest

from hyperstep.azureml_v1.data_tables import read, write_frame
from hyperstep.azureml_v1.dataset import Dataset, from_document
from hyperstep.azureml_v1.dataset_factory import DataType, PromoteHeadersBehavior
from hyperstep.azureml_v1.exceptions import UserErrorException

pandas = pytest.importorskip("pandas")
table_of = Dataset.Tabular.from_delimited_files


@pytest.fixture
def data(here):
    """Two files of two rows each."""
    for name in ("a", "b"):
        (here / f"{name}.csv").write_text(f"name,size,day\n{name}1,1,2020-01-02\n{name}2,,2020-01-03\n")
    return here


def rows(table):
    return [tuple(row) for row in table.to_pandas_dataframe().itertuples(index=False)]


def test_files_are_one_table_in_the_order_of_their_names(data):
    frame = table_of("*.csv").to_pandas_dataframe()

    assert list(frame["name"]) == ["a1", "a2", "b1", "b2"]
    assert list(frame.index) == [0, 1, 2, 3]
    assert frame["size"].isna().tolist() == [False, True, False, True]


def test_a_separator_and_missing_headers_are_as_they_are_told(data):
    (data / "x.tsv").write_text("a\t1\nb\t2\n")

    for header in (False, PromoteHeadersBehavior.NO_HEADERS):
        frame = table_of("x.tsv", separator="\t", header=header).to_pandas_dataframe()
        assert list(frame.columns) == ["Column1", "Column2"]
        assert list(frame["Column2"]) == [1, 2]


def test_the_first_file_may_name_the_columns_of_all(data):
    (data / "h1.txt").write_text("k,v\na,1\n")
    (data / "h2.txt").write_text("b,2\n")
    table = table_of("h?.txt", header=PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS)

    assert list(table.to_pandas_dataframe().columns) == ["k", "v"]
    assert rows(table) == [("a", 1), ("b", 2)]


def test_columns_have_the_types_that_are_set(data):
    (data / "t.csv").write_text("a,b,c,d,e\n1,2,true,2020-01-02,07\nx,3,false,2020-02-03,08\n")
    types = {
        "a": DataType.to_float(),
        "b": DataType.to_long(),
        "c": DataType.to_bool(),
        "d": DataType.to_datetime("%Y-%m-%d"),
        "e": DataType.to_string(),
    }
    frame = table_of("t.csv", set_column_types=types, infer_column_types=False).to_pandas_dataframe()

    assert frame["a"].isna().tolist() == [False, True]
    assert (frame["b"].dtype, list(frame["b"])) == ("int64", [2, 3])
    assert (frame["c"].dtype, list(frame["c"])) == ("bool", [True, False])
    assert list(frame["d"]) == [pandas.Timestamp("2020-01-02"), pandas.Timestamp("2020-02-03")]
    assert list(frame["e"]) == ["07", "08"]


def test_nothing_is_inferred_when_it_is_not_wanted(data):
    assert table_of("a.csv", infer_column_types=False).to_pandas_dataframe()["size"].iloc[0] == "1"


def test_paths_are_a_column_when_they_are_asked_for(data):
    frame = table_of("*.csv", include_path=True).to_pandas_dataframe()

    assert frame.columns[0] == "Path"
    assert list(frame["Path"]) == ["/a.csv", "/a.csv", "/b.csv", "/b.csv"]


def test_rows_and_columns_are_taken_in_their_order(data):
    table = table_of("*.csv").skip(1).take(2).keep_columns(["day", "name"]).drop_columns("day")

    assert rows(table) == [("a2",), ("b1",)]
    with pytest.raises(UserErrorException, match="no column 'colour'; its columns are 'name', 'size', 'day'"):
        table_of("*.csv").keep_columns("colour").to_pandas_dataframe()


def test_a_split_table_is_all_of_it(data):
    (data / "long.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(1000)))
    train, test = table_of("long.csv").random_split(0.8, seed=7)

    assert sorted(rows(train) + rows(test)) == [(n,) for n in range(1000)]
    assert 750 < len(rows(train)) < 850
    assert rows(table_of("long.csv").random_split(percentage=0.8, seed=7)[0]) == rows(train)


def test_a_job_reads_the_same_rows_from_what_it_is_given(data):
    table = table_of(["b.csv", "a.csv"]).random_split(0.5, seed=1)[0].drop_columns("day").skip(1)
    given = from_document(json.loads(json.dumps(table._document())), table._path())

    assert given.to_pandas_dataframe().equals(table.to_pandas_dataframe())


def test_json_lines_are_read(data):
    (data / "x.jsonl").write_text('{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n')

    assert rows(Dataset.Tabular.from_json_lines_files("x.jsonl")) == [(1, "x"), (2, "y")]


@pytest.fixture
def frame():
    columns = {"n": [1, 2], "x": [0.1, 1 / 3], "t": ["07", ""], "m": ["NA", None], "ok": [True, False]}
    return pandas.DataFrame({**columns, "at": pandas.to_datetime(["2020-01-02 03:04:05", None])})


def test_a_registered_data_frame_is_the_same_when_it_is_read(local, frame):
    store = local.get_default_datastore()
    made = Dataset.Tabular.register_pandas_dataframe(frame, (store, "tables"), "frame", show_progress=False)
    found = Dataset.get_by_name(local, "frame")

    assert (made.version, Path(found._path()).parent) == (1, Path(store._local("tables")))
    pandas.testing.assert_frame_equal(found.to_pandas_dataframe(), frame, check_dtype=False, check_exact=True)


def test_a_data_frame_written_as_text_is_the_same_when_it_is_read(here, frame):
    options = write_frame(frame, "frame.csv")

    pandas.testing.assert_frame_equal(read([("frame.csv", "frame.csv")], options), frame, check_exact=True)
