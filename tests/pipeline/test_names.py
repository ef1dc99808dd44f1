import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.pipeline.names import did_you_mean, listed, slug


@given(st.text())
def test_a_slug_can_be_part_of_an_id(name):
    found = slug(name)

    assert found
    assert len(found) <= 69
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert not found.isdigit()
    assert slug(found) == found


@pytest.mark.parametrize(
    ("name", "expected"),
    [("prep data", "prep-data"), ("01_prep_data", "01_prep_data"), ("42", "step-42"), ("", "step"), ("§", "step")],
)
def test_slugs(name, expected):
    assert slug(name) == expected


def test_only_a_near_name_is_proposed():
    assert did_you_mean("perp", ["train", "prep"]) == " Did you mean 'prep'?"
    assert did_you_mean("xyz", ["train", "prep"]) == ""


def test_names_are_listed_as_a_sentence_has_them():
    assert [listed(names) for names in ([], ["a"], ["a", "b"], "abc")] == [
        "none",
        "'a'",
        "'a' and 'b'",
        "'a', 'b' and 'c'",
    ]
