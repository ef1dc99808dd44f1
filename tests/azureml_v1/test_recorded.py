"""What is logged comes back from get_metrics as Azure's SDK gives it back."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1.exceptions import AzureMLException, UserErrorException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.recorded import merged, plain
from hyperstep.azureml_v1.workspace import Workspace


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    monkeypatch.chdir(tmp_path)
    return Experiment(Workspace("s", "g", "local"), "exp").start_logging()


CASES = [
    (lambda run: run.log("a", 0.5), {"a": 0.5}),
    (lambda run: [run.log("a", 0.5), run.log("a", 0.7)], {"a": [0.5, 0.7]}),
    (lambda run: run.log("a", 3), {"a": 3}),
    (lambda run: run.log("a", "x"), {"a": "x"}),
    (lambda run: run.log("a", True), {"a": True}),
    (lambda run: run.log("a", None), {"a": None}),
    (lambda run: run.log("a", math.inf), {"a": math.inf}),
    (lambda run: run.log("a", np.float64(0.5)), {"a": 0.5}),
    (lambda run: run.log("a", np.float32(0.5)), {"a": 0.5}),
    (lambda run: run.log("a", np.int32(3)), {"a": 3}),
    (lambda run: run.log("a", np.int64(3)), {"a": 3}),
    (lambda run: run.log("a", np.array([0.5])), {"a": 0.5}),
    (lambda run: run.log("a", np.bool_(False)), {"a": False}),
    (lambda run: run.log("a", 2**80), {"a": 2**80}),
    (lambda run: run.log("a", {"x": 1}), {"a": "{'x': 1}"}),
    (lambda run: run.log("a", (1, 2)), {"a": "(1, 2)"}),
    (lambda run: [run.log("a", 1), run.log("a", "x"), run.log("a", 2)], {"a": [1, "x", 2]}),
    (lambda run: run.log("a", 1, step=5, description="about it"), {"a": 1}),
    (lambda run: run.log_list("l", [1, 2, 3]), {"l": [1, 2, 3]}),
    (lambda run: run.log_list("l", [1]), {"l": 1}),
    (lambda run: run.log_list("l", []), {}),
    (lambda run: run.log_list("l", [1, 2.5]), {"l": [1.0, 2.5]}),
    (lambda run: run.log_list("l", np.array([1.0, 2.5])), {"l": [1.0, 2.5]}),
    (lambda run: run.log_list("l", np.array([4, 5])), {"l": [4, 5]}),
    (lambda run: run.log_list("l", (1, 2)), {"l": [1, 2]}),
    (lambda run: run.log_list("l", ["a", "b"]), {"l": ["a", "b"]}),
    (lambda run: run.log_row("r", x=1, y=2.0), {"r": {"x": 1, "y": 2.0}}),
    (
        lambda run: [run.log_row("r", x=1, y=2.0), run.log_row("r", x=3, y=4.0)],
        {"r": {"x": [1, 3], "y": [2.0, 4.0]}},
    ),
    (lambda run: run.log_table("t", {"x": [1, 2], "y": ["a", "b"]}), {"t": {"x": [1, 2], "y": ["a", "b"]}}),
    (lambda run: run.log_table("t", {"x": [1], "y": ["a"]}), {"t": {"x": 1, "y": "a"}}),
    (lambda run: run.log_table("t", {}), {}),
]


@pytest.mark.parametrize(("log", "expected"), CASES)
def test_what_is_logged_comes_back(run, log, expected):
    log(run)
    found = run.get_metrics()

    assert found == expected
    assert repr(found) == repr(expected)


def test_nan_stays_nan(run):
    run.log("a", math.nan)

    assert math.isnan(run.get_metrics()["a"])


@pytest.mark.parametrize(
    ("log", "kind", "message"),
    [
        (
            lambda run: run.log("a", [1, 2]),
            UserErrorException,
            "run.log does not support list type. Use run.log_list instead",
        ),
        (
            lambda run: run.log("a", range(3)),
            UserErrorException,
            "run.log does not support list type. Use run.log_list instead",
        ),
        (lambda run: run.log("a", (x for x in "ab")), UserErrorException, "Use run.log_list instead"),
        (lambda run: run.log("a", np.array([1, 2])), UserErrorException, "Use run.log_list instead"),
        (lambda run: run.log_list("l", [[1], [2]]), AzureMLException, "Value of type <class 'list'> is not supported"),
        (
            lambda run: run.log_row("r", x=[1]),
            AzureMLException,
            "Rows cannot contain list values, column x contains a list.",
        ),
        (
            lambda run: run.log_table("t", {"x": [1, 2], "y": [3]}),
            AzureMLException,
            "Columns must have the same length, column x had length 2, however, column y had length 1.",
        ),
        (lambda run: run.log_image("i"), UserErrorException, "a path or a plot"),
        (lambda run: run.log_confusion_matrix("m", {"data": {}}), UserErrorException, "schema_type, schema_version"),
    ],
)
def test_what_cant_be_logged_is_refused_and_leaves_nothing(run, log, kind, message):
    with pytest.raises(kind) as caught:
        log(run)

    assert message in caught.value.message
    assert run.get_metrics() == {}


def test_one_metric_is_asked_for_by_name(run):
    run.log("a", 1)
    run.log("b", 2)

    assert run.get_metrics(name="b") == {"b": 2}
    assert run.get_metrics(name="unknown") == {}


def test_what_is_large_comes_back_whole_and_is_no_file_of_the_users(run):
    words = [f"word {number}" for number in range(20_000)]
    run.log_list("words", words)

    assert run.get_metrics()["words"] == words
    assert run.get_file_names() == []


def test_a_confusion_matrix_comes_back_as_its_document(run):
    matrix = {"schema_type": "confusion_matrix", "schema_version": "v1", "data": {"matrix": np.array([[1, 2], [3, 4]])}}
    run.log_confusion_matrix("m", matrix)
    run.log_residuals("text", json.dumps({"schema_type": "residuals", "schema_version": "v1", "data": {}}))

    assert run.get_metrics()["m"]["data"] == {"matrix": [[1, 2], [3, 4]]}
    assert run.get_metrics()["text"]["schema_type"] == "residuals"


class Plot:
    """Draws as matplotlib's pyplot does."""

    def savefig(self, target, **how):
        Path(target).write_text(f"picture as {how['format']}")


def test_a_picture_is_a_file_of_the_run(run, tmp_path):
    run.log_image("chart", plot=Plot())
    (tmp_path / "own.jpg").write_bytes(b"own")
    run.log_image("photo", path="own.jpg")
    chart, photo = run.get_file_names()
    run.download_file(chart, "chart.png")

    assert (tmp_path / "chart.png").read_bytes() == b"picture as png"
    assert photo.endswith(".jpg")
    assert run.get_metrics()["chart"] == f"aml://artifactId/ExperimentRun/dcid.{run.id}/{chart}"


def test_a_stream_is_kept_as_it_is_read(run):
    run.upload_file("notes/text.txt", io.StringIO("written"))
    run.download_file("notes/text.txt")

    assert Path("text.txt").read_text() == "written"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-5, 5) | st.text(max_size=3)), max_size=12))
def test_each_name_has_its_values_in_the_order_of_logging(calls):
    points = [[name, float(value), at] for at, (name, value) in enumerate(calls) if isinstance(value, int)]
    records = [
        {"name": name, "kind": "value", "value": value, "at": at}
        for at, (name, value) in enumerate(calls)
        if isinstance(value, str)
    ]
    found = merged(points, records)

    for wanted in "ab":
        values = [value for name, value in calls if name == wanted]
        assert found.get(wanted, []) == (values[0] if len(values) == 1 else values)


@pytest.mark.parametrize(("value", "expected"), [(np.str_("x"), "x"), (np.float16(0.5), 0.5), (b"x", "b'x'")])
def test_scalars_become_pythons_own(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)
