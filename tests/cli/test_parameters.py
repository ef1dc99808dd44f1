import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.cli.parameters import parse
from hyperstep.errors import SubmissionError

DEFAULTS = {"size": 0.2, "rows": 10, "shuffle": False, "mode": "a"}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "size": st.floats(allow_nan=False),
            "rows": st.integers(),
            "shuffle": st.booleans(),
            "mode": st.text(),
        },
    )
)
def test_what_is_typed_is_read_back(values):
    assert parse([f"{name}={value}" for name, value in values.items()], DEFAULTS) == values


def test_a_whole_number_is_a_number():
    (value,) = parse(["size=1"], DEFAULTS).values()

    assert value == 1.0
    assert isinstance(value, float)


def test_a_name_without_default_is_left_to_the_pipeline():
    assert parse(["other=3"], DEFAULTS) == {"other": "3"}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["rows=0.5"], r"-p rows=0\.5: expected a whole number, as its default 10 is, and got '0\.5'"),
        (["size=big"], r"expected a number"),
        (["shuffle=1"], r"expected true or false"),
        (["rows"], r"Write -p name=value"),
        (["=3"], r"Write -p name=value"),
        (["rows=1", "rows=2"], r"'rows' is given twice"),
    ],
)
def test_what_can_not_be_read_is_said(pairs, message):
    with pytest.raises(SubmissionError, match=message):
        parse(pairs, DEFAULTS)
