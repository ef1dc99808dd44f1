from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.errors import DefinitionError
from hyperstep.filenames import LONGEST, file_name, kept_name, paths

PARTS = (
    "..", ".", "", "/", "\\", "a", "b", "\0", "%2e%2e", "%2F", "%", "%%", "\u2025", "\uff0e\uff0e", "\u2215",
    "CON", "NUL", "~", "-rf", "$(id)", "`id`", ";", "\n", "\x1b[31m", "\u202e", "\u00e9", "e\u0301", " ",
    "n" * 300, "\u6f22" * 90,
)  # fmt: skip
names = st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("".join) | st.text(max_size=300)


@given(names | st.text(st.characters(), max_size=20))
def test_a_name_is_the_name_of_one_file(name):
    found = file_name(name)

    assert 0 < len(found) <= LONGEST
    assert found.isascii()
    assert found.isprintable()
    assert not found.startswith(".")
    assert "/" not in found


@given(st.lists(names, unique=True, min_size=2, max_size=8))
def test_different_names_are_different_files(chosen):
    assert len({file_name(name) for name in chosen}) == len(chosen)


def test_an_ordinary_name_stays_as_it_is():
    assert file_name("model v1.2_a-b.pkl") == "model v1.2_a-b.pkl"


@given(st.lists(names, unique=True, max_size=8))
def test_no_path_leads_out_or_into_another(chosen):
    found = list(paths(chosen).values())

    split = [tuple(path.split("/")) for path in found]
    parts = {part for path in split for part in path}
    assert not {"", ".", ".."} & parts
    assert all("\0" not in part and len(part.encode()) <= LONGEST for part in parts)
    assert not [(one, other) for one in split for other in split if one is not other and other[: len(one)] == one]


def test_a_path_stays_a_path():
    assert paths(["plots/roc.png", "a", "a/b"]) == {"plots/roc.png": "plots/roc.png", "a": "a", "a/b": "a%2Fb"}


@given(names)
def test_a_kept_name_is_one_file_and_comes_back(name):
    try:
        found = kept_name(name, "it")
    except DefinitionError:
        assert not name or len(name) > 20
        return

    assert unquote(found) == name
    assert "/" not in found
    assert "." not in found


@pytest.mark.parametrize("name", ["", "n" * 256, "\u6f22" * 29, "\ud800"])
def test_a_name_that_no_file_can_keep_is_refused_with_the_name_in_the_message(name):
    with pytest.raises(DefinitionError, match="The name of a run is '"):
        kept_name(name, "a run")
