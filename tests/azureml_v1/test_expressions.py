"""Expressions check their arguments, and are what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hyperstep.azureml_v1 import expressions
from hyperstep.azureml_v1.exceptions import AzureMLException, HyperDriveConfigException, HyperDriveException
from hyperstep.azureml_v1.expressions import (
    choice,
    lognormal,
    loguniform,
    normal,
    qlognormal,
    qloguniform,
    qnormal,
    quniform,
    randint,
    uniform,
)

GROUP = (
    "choice expects non-empty single list, non-empty single range() or a positive number of arbitrary comma separated "
    "inputs."
)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (choice(1, 2, 3), ["choice", [[1, 2, 3]]]),
        (choice([1, 2, 3]), ["choice", [[1, 2, 3]]]),
        (choice(range(1, 5)), ["choice", [[1, 2, 3, 4]]]),
        (choice(range(0, 10, 3)), ["choice", [[0, 3, 6, 9]]]),
        (choice("adam", "sgd"), ["choice", [["adam", "sgd"]]]),
        (choice("abc"), ["choice", [["abc"]]]),
        (choice(16), ["choice", [[16]]]),
        (choice(1, "a", 2.5, True, None), ["choice", [[1, "a", 2.5, True, None]]]),
        (choice((1, 2), (3, 4)), ["choice", [[(1, 2), (3, 4)]]]),
        (choice({"a": 1}), ["choice", [[{"a": 1}]]]),
        (randint(1), ["randint", [1]]),
        (randint(10), ["randint", [10]]),
        (randint(True), ["randint", [True]]),
        (uniform(0.05, 1.0), ["uniform", [0.05, 1.0]]),
        (uniform(1, 5), ["uniform", [1, 5]]),
        (uniform(True, 2), ["uniform", [True, 2]]),
        (quniform(1, 100, 5), ["quniform", [1, 100, 5]]),
        (quniform(1.5, 100, 5), ["quniform", [1.5, 100, 5]]),
        (quniform(1, 100, 5.0), ["quniform", [1, 100, 5.0]]),
        (quniform(1, 10, 0), ["quniform", [1, 10, 0]]),
        (quniform(1, 10, -2), ["quniform", [1, 10, -2]]),
        (loguniform(-6, -1), ["loguniform", [-6, -1]]),
        (loguniform(-1, -1), ["loguniform", [-1, -1]]),
        (qloguniform(0, 5, 2), ["qloguniform", [0, 5, 2]]),
        (qloguniform(2, 2, 1), ["qloguniform", [2, 2, 1]]),
        (normal(10, 3), ["normal", [10, 3]]),
        (normal(0, 0), ["normal", [0, 0]]),
        (qnormal(10, 3, 1), ["qnormal", [10, 3, 1]]),
        (lognormal(0, 1), ["lognormal", [0, 1]]),
        (qlognormal(0, 1, 2), ["qlognormal", [0, 1, 2]]),
    ],
)
def test_an_expression_is_its_name_and_its_arguments(made, expected):
    assert made == expected


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("choice", (), "Please specify an input for choice."),
        ("choice", ([],), GROUP),
        ("choice", ([1, 2], 3), GROUP),
        ("choice", (range(3), 4), GROUP),
        ("choice", (range(0),), GROUP),
        ("randint", (0,), "randint expects a positive number as input"),
        ("randint", (-3,), "randint expects a positive number as input"),
        ("randint", (2.5,), "randint expects a positive number as input"),
        ("randint", ("3",), "randint expects a positive number as input"),
        ("uniform", (1, 1), "uniform expects min_value < max_value"),
        ("uniform", (2, 1), "uniform expects min_value < max_value"),
        ("uniform", ("a", 1), "uniform expects min_value to be a float"),
        ("uniform", (0, "b"), "uniform expects max_value to be a float"),
        ("quniform", (1, 100, 0.5), "quniform expects q to be an int"),
        ("quniform", (5, 5, 1), "quniform expects min_value < max_value"),
        ("quniform", (10, 5, 1), "quniform expects min_value < max_value"),
        ("loguniform", (1, -1), "loguniform expects min_value <= max_value"),
        ("loguniform", ("x", 1), "loguniform expects min_value to be a float"),
        ("qloguniform", (5, 0, 2), "qloguniform expects min_value <= max_value"),
        ("qloguniform", (0, 5, 0.5), "qloguniform expects q to be an int"),
        ("normal", (0, -1), "normal expects sigma to be non negative"),
        ("normal", ("m", 1), "normal expects mu to be a float"),
        ("normal", (0, "s"), "normal expects sigma to be a float"),
        ("qnormal", (10, 3, 0.5), "qnormal expects q to be an int"),
        ("qnormal", (10, -3, 1), "qnormal expects sigma to be non negative"),
        ("lognormal", (0, -1), "lognormal expects sigma to be non negative"),
        ("qlognormal", (0, 1, 0.5), "qlognormal expects q to be an int"),
        ("qlognormal", (0, -1, 1), "qlognormal expects sigma to be non negative"),
    ],
)
def test_an_expression_refuses_in_the_words_of_v1(name, arguments, message):
    with pytest.raises(HyperDriveConfigException) as raised:
        getattr(expressions, name)(*arguments)

    assert raised.value.message == message
    assert isinstance(raised.value, HyperDriveException)
    assert isinstance(raised.value, AzureMLException)


def test_numbers_of_numpy_can_be_written_as_json():
    made = [choice([np.int64(3), np.float32(0.5)]), uniform(np.float64(0.5), np.int32(2)), randint(np.int64(4))]

    assert json.loads(json.dumps(made)) == [["choice", [[3, 0.5]]], ["uniform", [0.5, 2]], ["randint", [4]]]
