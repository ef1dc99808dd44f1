"""Samplings take the expressions that they can go through, and are written as v1 writes them."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException, HyperDriveRehydrateException
from hyperstep.azureml_v1.expressions import choice, loguniform, normal, quniform, randint, uniform
from hyperstep.azureml_v1.samplings import (
    BayesianParameterSampling,
    GridParameterSampling,
    RandomParameterSampling,
    _sampling_from_dict,
)

ONLY = "This sampling method expects only the following distributions: [%s]"
DUE = "Failed to validate a parameter distribution due to "
MIXED = DUE + "Either all or none of the 'choice' values should be 'str' type."
KINDS = DUE + "'choice' values should be 'int', 'string' or 'float'."


@pytest.mark.parametrize(
    "space", [{"--alpha": uniform(0.05, 1.0), "size": choice(8, 9)}, {}, None, {"a": 3}, {"a": "nonsense"}]
)
def test_random_sampling_takes_anything(space):
    assert RandomParameterSampling(space).to_json() == {"name": "RANDOM", "parameter_space": space}


def test_properties_are_written_where_they_are_given():
    properties = {"seed": 123, "rule": "sobol"}

    assert RandomParameterSampling({"a": normal(10, 3)}, properties=properties).to_json() == {
        "name": "RANDOM",
        "parameter_space": {"a": ["normal", [10, 3]]},
        "properties": properties,
    }


@pytest.mark.parametrize("space", [{}, {"lr": choice(1, 2, 3), "batch": choice(8, 9)}])
def test_a_grid_takes_choices(space):
    assert GridParameterSampling(space).to_json() == {"name": "GRID", "parameter_space": space}


@pytest.mark.parametrize(
    "space", [{"lr": uniform(0, 1)}, {"lr": quniform(1, 10, 1)}, {"lr": choice(1), "x": randint(3)}]
)
def test_a_grid_takes_nothing_else(space):
    with pytest.raises(HyperDriveConfigException) as raised:
        GridParameterSampling(space)

    assert raised.value.message == ONLY % "choice"


@pytest.mark.parametrize(
    "space",
    [
        {},
        {"lr": uniform(0.05, 0.1), "bs": choice(16, 32), "q": quniform(1, 10, 1)},
        {"c": choice("a", "b")},
        {"c": choice(1, 2.5)},
        {"c": choice([1, 2])},
    ],
)
def test_a_bayesian_search_takes_numbers_or_texts(space):
    assert BayesianParameterSampling(space).to_json() == {"name": "BayesianOptimization", "parameter_space": space}


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"lr": loguniform(-3, -1)}, ONLY % "choice, quniform, uniform"),
        ({"lr": normal(0, 1)}, ONLY % "choice, quniform, uniform"),
        ({"lr": randint(4)}, ONLY % "choice, quniform, uniform"),
        ({"q": quniform(1.0, 10, 1)}, DUE + "Expected quniform arguments to be int."),
        (
            {"q": quniform(0, 1000000, 1)},
            DUE + "Too many discrete points for quniform distribution. Use larger q or uniform instead.",
        ),
        ({"c": choice(1, "a")}, MIXED),
        ({"c": choice(True, False)}, KINDS),
        ({"c": choice(None, 1)}, KINDS),
        (None, "BayesianParameterSampling expects parameter_space to not be None or empty."),
    ],
)
def test_a_bayesian_search_refuses_what_it_cannot_model(space, message):
    with pytest.raises(HyperDriveConfigException) as raised:
        BayesianParameterSampling(space)

    assert raised.value.message == message


@pytest.mark.parametrize(
    "sampling",
    [
        RandomParameterSampling({"a": uniform(0, 1)}),
        GridParameterSampling({"a": choice(1, 2)}),
        BayesianParameterSampling({"a": uniform(0, 1)}),
    ],
)
def test_a_written_sampling_reads_back(sampling):
    written = sampling.to_json()

    read = _sampling_from_dict({**written, "name": written["name"].lower()})

    assert type(read) is type(sampling)
    assert read.to_json() == written


@pytest.mark.parametrize(
    ("written", "error", "message"),
    [
        ({"name": "foo", "parameter_space": {}}, HyperDriveConfigException,
         "Failed to rehydrate run due to unknown sampling method."),
        ({"name": "GRID", "parameter_space": {"a": uniform(0, 1)}}, HyperDriveConfigException, ONLY % "choice"),
        ({"parameter_space": {}}, HyperDriveRehydrateException, "Could not find name in dict_sampling"),
        ({"name": "RANDOM"}, HyperDriveRehydrateException, "Could not find parameter_space in dict_sampling"),
    ],
)  # fmt: skip
def test_what_is_no_sampling_is_refused(written, error, message):
    with pytest.raises(error) as raised:
        _sampling_from_dict(written)

    assert raised.value.message == message
