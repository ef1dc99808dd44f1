import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.cli.text import as_json, log_line, one_line, table, visible, width
from hyperstep.wording import duration, number, size

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


@given(st.text() | st.text("\x1b\x9b\u202e\n\ta[;1"))
def test_a_terminal_obeys_nothing_of_what_is_shown(text):
    assert not OBEYED.search(visible(text))
    assert not re.search("[\n\t]", one_line(text))


@given(st.text("abc äß漢\n\t!~"))
def test_harmless_text_is_shown_as_it_is(text):
    assert visible(text) == text


def test_control_characters_are_shown_as_escapes():
    assert visible("a\x1b[2Jb\u202ec\ud800") == "a\\x1b[2Jb\\u202ec\\ud800"


@given(st.binary())
def test_any_bytes_make_a_harmless_line(raw):
    assert not OBEYED.search(log_line(raw))


def test_a_log_loses_its_colours_and_shows_the_rest():
    assert log_line(b"\x1b[31mred\x1b[0m \xff \x1b]0;title\x07\r\n") == "red \\xff \\x1b]0;title\\x07"


@pytest.mark.parametrize(
    ("value", "text"), [(0.20466012345, "0.20466"), (4150.680189, "4150.68"), (3, "3"), (None, ""), (math.nan, "nan")]
)
def test_numbers_have_six_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (0.044, "0.04 s"),
        (0.096, "0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_said_in_two_units_at_most(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1400, "1.4 kB"), (2_500_000, "2.5 MB")])
def test_sizes(count, text):
    assert size(count) == text


def test_numbers_in_a_table_are_aligned_at_their_points():
    text = table(("name", "score"), [("a", "0.5"), ("long one", "12.25"), ("c", "7"), ("d", "")], numeric=("score",))

    assert text.splitlines() == [
        "name      score",
        "a          0.5",
        "long one  12.25",
        "c          7",
        "d",
    ]


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_a_row_is_a_line_whatever_its_cells_hold(rows):
    assert len(table(("a", "b"), rows).split("\n")) == len(rows) + 1


def test_wide_letters_take_two_columns():
    first, second = table(("x", "y"), [("漢字", "1"), ("abcd", "2")]).splitlines()[1:]

    assert width(first) == width(second) == 7


def test_json_has_no_words_of_its_own():
    assert json.loads(as_json({"a": math.nan, "b": (math.inf, 1.5), "c\u202e": "\x1b"})) == {
        "a": "nan",
        "b": ["inf", 1.5],
        "c\u202e": "\x1b",
    }
    assert as_json("\x1b\u202e").isascii()
