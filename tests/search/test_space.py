"""A search space is the unit cube with names."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.document import Codec, encode
from hyperstep.errors import SpaceError
from hyperstep.plugins import known_kinds
from hyperstep.search.distributions import Branch, RandInt, choice, normal, quniform, randint, uniform
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import text_of
from hyperstep.testing.strategies import finite_distributions, nested_spaces, shares, spaces


def test_a_point_of_the_cube_stands_for_values_in_declared_order():
    space = SearchSpace({"b": uniform(0, 10), "a": choice("x", "y")})

    values = space.values_at([0.25, 0.75])

    assert list(values.items()) == [("b", 2.5), ("a", "y")]
    assert space.names == ("b", "a")


@given(spaces() | nested_spaces(), st.data())
def test_values_lie_where_they_came_from(space, data):
    cube = data.draw(st.tuples(*(shares() for _ in space.axes)))
    values = space.values_at(cube)

    again = space.values_at(space.position(values))

    assert list(again) == list(values)
    for name, value in values.items():
        if isinstance(value, float):
            assert again[name] == pytest.approx(value, rel=1e-6, abs=1e-6)
        else:
            assert text_of(again[name]) == text_of(value)


@given(spaces(finite_distributions(), dimensions=3))
def test_combinations_are_counted_with_the_first_name_the_slowest(space):
    expected = [list(values) for values in product(*(axis.values() for axis in space.dimensions.values()))]

    assert space.size == len(expected)
    for index in {0, len(expected) // 2, len(expected) - 1}:
        assert list(space.combination(index).values()) == expected[index]


@given(spaces() | nested_spaces())
def test_a_space_survives_json(space):
    again = Codec(known_kinds()).decode(encode(space))

    assert again == space
    assert again.names == space.names


def test_a_space_is_finite_if_all_its_dimensions_are():
    assert SearchSpace({"a": randint(3), "b": quniform(0, 10, 5)}).size == 9
    assert SearchSpace({"a": randint(3), "b": normal(0, 1)}).size is None


def test_a_mapping_becomes_a_space_and_a_space_stays():
    space = SearchSpace.of({"a": uniform(0, 1)})

    assert space == SearchSpace({"a": uniform(0, 1)})
    assert SearchSpace.of(space) is space


def test_a_dimension_that_cannot_be_counted_is_named():
    space = SearchSpace({"a": randint(3), "b": uniform(0, 1)})

    with pytest.raises(SpaceError, match=r"'b' is uniform\(0, 1\), which has endlessly many values"):
        space.combination(0)


def test_values_with_a_missing_name_have_no_position():
    with pytest.raises(SpaceError, match="'b'"):
        SearchSpace({"a": randint(3), "b": randint(3)}).position({"a": 1})


@pytest.mark.parametrize(
    ("dimensions", "words"),
    [
        ({}, ["empty"]),
        (None, ["None", "maps names to distributions"]),
        ({"a": 3}, ["'a' is 3", "arguments of the step"]),
        ({"a": uniform}, ["'a' is <function uniform"]),
        ({"a": type(uniform(0, 1))}, ["'a' is <class"]),
        ({"alpha": randint(2), "--alpha": randint(2)}, ["'alpha' and '--alpha'"]),
        ({"": randint(2)}, ["''"]),
        ({"--": randint(2)}, ["'--'"]),
        ({"---a": randint(2)}, ["'---a'"]),
        ({"a b": randint(2)}, ["'a b'", "blanks"]),
        ({"a=b": randint(2)}, ["'a=b'"]),
        ({"$": randint(2)}, ["'$'"]),
        ({3: randint(2)}, ["3 can't be a name"]),
    ],
)
def test_what_is_no_space_is_refused_with_its_values(dimensions, words):
    with pytest.raises(SpaceError) as error:
        SearchSpace(dimensions)

    assert all(word in str(error.value) for word in words), str(error.value)


MODELS = SearchSpace(
    {
        "seed": randint(2),
        "model": choice(
            "linear",
            Branch("svm", {"C": uniform(0, 10), "kernel": choice("poly", Branch("rbf", {"gamma": uniform(0, 1)}))}),
            Branch("forest", {"depth": randint(5)}),
        ),
    }
)


@pytest.mark.parametrize(
    ("cube", "values"),
    [
        ((0.6, 0.0, 0.5, 0.9, 0.3, 0.5), {"seed": 1, "model": "linear"}),
        ((0.0, 0.4, 0.5, 0.0, 0.3, 0.5), {"seed": 0, "model": "svm", "C": 5.0, "kernel": "poly"}),
        ((0.0, 0.4, 0.5, 0.9, 0.3, 0.5), {"seed": 0, "model": "svm", "C": 5.0, "kernel": "rbf", "gamma": 0.3}),
        ((0.0, 0.9, 0.5, 0.9, 0.3, 0.5), {"seed": 0, "model": "forest", "depth": 2}),
    ],
)
def test_what_a_branch_holds_has_values_only_if_its_option_is_taken(cube, values):
    assert MODELS.values_at(cube) == values
    assert MODELS.names == ("seed", "model", "C", "kernel", "gamma", "depth")
    again = MODELS.position(values)
    assert [math.isnan(u) for u in again] == [name not in values for name in MODELS.names]
    assert MODELS.values_at([0.5 if math.isnan(u) else u for u in again]) == values


def test_branches_may_use_the_same_names_for_different_distributions():
    space = SearchSpace({"a": choice(Branch("x", {"lr": uniform(0, 1)}), Branch("y", {"lr": uniform(5, 6)}))})

    assert space.values_at((0.1, 0.5, 0.5)) == {"a": "x", "lr": 0.5}
    assert space.values_at((0.9, 0.5, 0.5)) == {"a": "y", "lr": 5.5}
    assert space.names == ("a", "lr")


def test_combinations_with_branches_are_all_different_and_in_order():
    space = SearchSpace(
        {
            "model": choice("linear", Branch("forest", {"depth": randint(2), "bag": choice(True, False)})),
            "seed": randint(2),
        }
    )

    found = [tuple(space.combination(index).items()) for index in range(space.size)]

    models = [
        (("model", "linear"),),
        *((("model", "forest"), ("depth", depth), ("bag", bag)) for depth in (0, 1) for bag in (True, False)),
    ]
    assert found == [(*model, ("seed", seed)) for model in models for seed in (0, 1)]


@given(nested_spaces(st.builds(RandInt, st.integers(1, 3))))
def test_every_combination_with_branches_is_another_one_and_has_a_position(space):
    found = [tuple(space.combination(index).items()) for index in range(space.size)]

    assert len(set(found)) == space.size
    assert all(space.values_at(space.position(dict(items))) == dict(items) for items in found)


def test_a_space_is_endless_if_one_of_its_branches_is():
    assert MODELS.size is None
    assert SearchSpace({"a": choice(1, Branch(2, {"b": randint(3)}))}).size == 4


def test_a_space_with_branches_survives_json():
    assert Codec(known_kinds()).decode(encode(MODELS)) == MODELS


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: SearchSpace({"a": choice(Branch(1, {"--a": randint(2)}))}), ["'a' and '--a'"]),
        (lambda: SearchSpace({"b": randint(2), "a": choice(Branch(1, {"b": randint(2)}))}), ["'b' and 'b'"]),
        (lambda: SearchSpace({"a": choice(Branch(1, {}))}), ["empty"]),
        (lambda: SearchSpace({"a": choice(Branch(1, {"b": 3}))}), ["'b' is 3"]),
        (lambda: SearchSpace({"a": choice(Branch(1, None))}), ["None", "maps names"]),
        (lambda: choice("x", Branch("x", {"b": randint(2)})), ["more than one option 'x'"]),
        (lambda: Branch((1, 2), {"b": randint(2)}), ["(1, 2)"]),
    ],
)
def test_a_branch_that_cannot_be_sampled_is_refused_with_its_names(build, words):
    with pytest.raises(SpaceError) as error:
        build()

    assert all(word in str(error.value) for word in words), str(error.value)
