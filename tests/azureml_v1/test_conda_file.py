"""The part of YAML that conda files are written in: read, written, and refused beyond it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperstep.azureml_v1.conda_file import read, write
from hyperstep.azureml_v1.exceptions import UserErrorException

USUAL = """\
---
# packages of the training script
name: ridge-environment   # its name
channels:
- defaults
- "conda-forge"
dependencies:
  - python=3.8
  - conda-forge::numpy>=1.19,<2
  - pip=20.2.4

  - pip:
      - scikit-learn == 0.24
      - 'azureml-defaults[x]~=1.2'
      - -r requirements.txt
      - --find-links https://example.org/files#fragment
      - git+https://example.org/a.git@main
variables:
  COLOUR: blue
  QUOTED: "it's # \\u00e9"
"""


def test_a_usual_file_is_read():
    assert read(USUAL, "x.yml") == {
        "name": "ridge-environment",
        "channels": ["defaults", "conda-forge"],
        "dependencies": [
            "python=3.8",
            "conda-forge::numpy>=1.19,<2",
            "pip=20.2.4",
            {
                "pip": [
                    "scikit-learn == 0.24",
                    "azureml-defaults[x]~=1.2",
                    "-r requirements.txt",
                    "--find-links https://example.org/files#fragment",
                    "git+https://example.org/a.git@main",
                ]
            },
        ],
        "variables": {"COLOUR": "blue", "QUOTED": "it's # é"},
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("channels: [a, 'b, c', \"d\"]", {"channels": ["a", "b, c", "d"]}),
        ("channels: []", {"channels": []}),
        ("dependencies:\n- pip: [numpy, scipy]", {"dependencies": [{"pip": ["numpy", "scipy"]}]}),
        ("dependencies:\n- pip:\n  - a\n- b", {"dependencies": [{"pip": ["a"]}, "b"]}),
        ("dependencies:\n- pip:\n- b", {"dependencies": [{"pip": []}, "b"]}),
        ("name: 'it''s'", {"name": "it's"}),
        ("name: 1.0", {"name": "1.0"}),
        ("name:\ndependencies:\n- a", {"name": [], "dependencies": ["a"]}),
    ],
)
def test_other_ways_of_writing_are_read(text, found):
    assert read(text, "x.yml") == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- a", 1),
        ("a", 1),
        ("name: &anchor x", 1),
        ("name: |\n  text", 1),
        ("name: x\n  more", 2),
        ("name: {a: b}", 1),
        ("dependencies:\n- a: b", 2),
        ("dependencies:\n- - a", 2),
        ("dependencies:\n  - a\n - b", 3),
        ("dependencies:\n- a\n---\nname: b", 3),
        ("channels: [a", 1),
        ('name: "a" b', 1),
        ("name: a: b", 1),
        ("name: x\n\tb: c", 2),
    ],
)
def test_what_is_not_read_is_an_error_that_names_the_line(text, line):
    with pytest.raises(UserErrorException, match=rf"^.*\n.*x\.yml, line {line}: .* isn't read"):
        read(text, "x.yml")


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)
PACKAGES = st.from_regex(r"[a-z][a-z0-9-]{0,9}(==[0-9.]{1,5}|>=1,<2|\[x\])?", fullmatch=True)
KEYS = st.from_regex(r"[a-z_]{1,9}", fullmatch=True)


@settings(max_examples=40)
@given(
    name=TEXT,
    channels=st.lists(TEXT),
    conda=st.lists(PACKAGES | TEXT),
    pip=st.lists(PACKAGES | TEXT, min_size=1),
    variables=st.dictionaries(KEYS, TEXT, min_size=1),
)
def test_what_is_written_is_read_again(name, channels, conda, pip, variables):
    document = {"name": name, "channels": channels, "dependencies": [*conda, {"pip": pip}], "variables": variables}

    assert read(write(document), "x.yml") == document


def test_plain_text_is_written_without_quotes():
    document = {"name": "a", "dependencies": ["python=3.8", "numpy>=1.2,<2", {"pip": ["-r x.txt", "a[b]~=1", "no"]}]}

    assert write(document) == (
        'name: a\ndependencies:\n- python=3.8\n- numpy>=1.2,<2\n- pip:\n  - -r x.txt\n  - a[b]~=1\n  - "no"\n'
    )
