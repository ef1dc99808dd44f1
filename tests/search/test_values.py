"""Values become text as Azure writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.search.values import option_of, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (65.0, "65"),
        (-0.0, "0"),
        (0.7567505122372808, "0.7567505122372808"),
        (1e-7, "1e-07"),
        (1e22, "10000000000000000000000"),
        (500, "500"),
        (True, "True"),
        (None, "None"),
        ("lbfgs", "lbfgs"),
        ("", ""),
    ],
)
def test_a_value_reaches_its_script_as_on_azure(value, text):
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_of_a_float_is_lost(value):
    assert float(text_of(value)) == value


@pytest.mark.parametrize(
    ("name", "option"), [("alpha", "--alpha"), ("--alpha", "--alpha"), ("-C", "-C"), ("a-b", "--a-b")]
)
def test_a_name_becomes_an_option(name, option):
    assert option_of(name) == option
