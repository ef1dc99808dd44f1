"""Ignore rules: git itself is the judge."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperstep.store.ignore import Ignore, parse

FILES = [
    "a/a.py",
    "a/b/a.py",
    "a/b/x y",
    "b.txt",
    "b/src/a.py",
    "c",
    "a.py",
    "src/a.py",
    "src/a/b.txt",
    "src/#c",
    "[x]",
]
PLAIN = ["a", "b", "src", "x\\ y", "\\[x]", "\\#c", "b\\"]
WILD = ["*", "**", "?", "*.py", "a*", "*a*", "[ab]", "[!a]*", "[a-c]", "[[:alpha:]]", "["]
PARTS = PLAIN + WILD

patterns = st.builds(
    lambda keeps, root, parts, folder, blanks: f"{'!' * keeps}{'/' * root}{'/'.join(parts)}{'/' * folder}{blanks}",
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from(["", "", " ", "\r"]),
)
files = st.lists(st.one_of(patterns, st.sampled_from(["", "# comment", "!", "/", "  "])), max_size=5)


def kept_by_us(root: Path, ignore: Ignore, folder: str = "") -> set[str]:
    kept = set()
    for entry in os.scandir(root / folder):
        path = f"{folder}/{entry.name}" if folder else entry.name
        if ignore.keep(path, entry.is_dir()):
            kept |= kept_by_us(root, ignore, path) if entry.is_dir() else {path}
    return kept


def kept_by_git(root: Path) -> set[str]:
    said = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--others", "--exclude-standard"], capture_output=True, check=True
    )
    return set(filter(None, os.fsdecode(said.stdout).split("\0")))


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for file in FILES:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    if shutil.which("git"):
        subprocess.run(["git", "init", "-q", root], check=True)
    return root


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge here")
@settings(deadline=None, max_examples=80)
@given(top=files, nested=files)
def test_the_same_files_are_kept_as_git_keeps(root, top, nested):
    (root / ".gitignore").write_bytes("\n".join(top).encode())
    (root / "a" / ".gitignore").write_bytes("\n".join(nested).encode())

    assert kept_by_us(root, Ignore(root)) == kept_by_git(root)


def matched(rule: str, path: str) -> bool:
    return any(one.matches(path, is_folder=False) for one in parse([rule]))


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_line_at_all_is_a_rule_or_none_and_can_be_asked(line, path):
    assert matched(line, path) in (True, False)


def test_many_stars_do_not_take_for_ever():
    assert not matched("*a" * 12 + "b", "a" * 60)


@pytest.mark.parametrize(
    ("rule", "matches", "misses"),
    [
        ("*.log", ["a.log", "x/a.log"], ["a.logs"]),
        ("/a", ["a"], ["x/a"]),
        ("a/b", ["a/b"], ["x/a/b"]),
        ("a/**", ["a/b", "a/b/c"], ["a"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("**/b", ["b", "x/b"], ["xb"]),
        ("a*c", ["abc"], ["a/c"]),
        ("[!a]", ["b"], ["a"]),
        ("[]]", ["]"], ["["]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[[:digit:]]", ["1"], ["a"]),
        ("[[:nonsense:]]", [], ["a", "n"]),
        (r"\!a", ["!a"], ["a"]),
        (r"\#a", ["#a"], ["a"]),
        (r"a\ ", ["a "], ["a"]),
        ("a ", ["a"], ["a "]),
        ("a\r\n", ["a"], ["a\r"]),
    ],
)
def test_a_rule_means_what_it_means_to_git(rule, matches, misses):
    assert [path for path in (*matches, *misses) if matched(rule, path)] == matches


def test_an_amlignore_takes_the_place_of_every_gitignore(tmp_path):
    for name in ("a", "b", "sub/a", "sub/b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("a\n")
    (tmp_path / "sub" / ".gitignore").write_text("*\n")
    (tmp_path / ".amlignore").write_text("b\n.*ignore\n")

    assert kept_by_us(tmp_path, Ignore(tmp_path)) == {"a", "sub/a"}


def test_rules_given_beside_the_file_decide_last(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("a\nb\n")

    assert kept_by_us(tmp_path, Ignore(tmp_path, ["!a", "c", ".gitignore"])) == {"a"}


def test_some_folders_are_left_out_whatever_the_rules_say(tmp_path):
    for name in (".git/x", "sub/__pycache__/x", ".hyperstep/x", "sub/.venv/x", "sub/kept"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert kept_by_us(tmp_path, Ignore(tmp_path, ["!*"])) == {"sub/kept"}


def test_a_list_of_rules_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "rules").write_text("*\n")
    (tmp_path / ".gitignore").symlink_to("rules")

    assert re.escape("rules") in kept_by_us(tmp_path, Ignore(tmp_path))
