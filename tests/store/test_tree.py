"""Reading a folder that may be hostile or change under the reader."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from hyperstep.errors import DefinitionError
from hyperstep.store.tree import DEEPEST, walk


def opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)


def test_files_come_folder_by_folder_with_their_names_sorted(tmp_path):
    for name in ("b/2", "b/1", "a", "c/d/x"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    root = opened(tmp_path)
    try:
        assert [found.path for found in walk(root)] == ["a", "b/1", "b/2", "c/d/x"]
    finally:
        os.close(root)


def test_a_folder_that_is_left_out_is_not_entered(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").touch()
    (tmp_path / "y").touch()
    asked = []
    root = opened(tmp_path)
    try:
        kept = [found.path for found in walk(root, lambda path, is_folder: asked.append(path) or not is_folder)]
    finally:
        os.close(root)

    assert kept == ["y"]
    assert asked == ["out", "y"]


def test_a_file_that_becomes_a_link_while_it_is_read_is_left_out(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("mine")
    (tmp_path / "secret").write_text("not mine")
    root = opened(tmp_path / "in")
    try:
        for found in walk(root):
            (tmp_path / "in" / "file").unlink()
            (tmp_path / "in" / "file").symlink_to(tmp_path / "secret")
            descriptor = found.open()
    finally:
        os.close(root)

    assert descriptor is None


def test_a_folder_that_becomes_a_link_while_it_is_read_is_left_out(tmp_path):
    for name in ("in/a/file", "in/b/c/file", "secret/c/file"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    root = opened(tmp_path / "in")
    seen = []
    try:
        for found in walk(root):
            seen.append(found.path)
            if found.path == "a/file":
                (tmp_path / "in" / "b").rename(tmp_path / "moved")
                (tmp_path / "in" / "b").symlink_to(tmp_path / "secret")
    finally:
        os.close(root)

    assert seen == ["a/file"]


def test_a_file_that_vanishes_is_left_out(tmp_path):
    (tmp_path / "file").touch()
    root = opened(tmp_path)
    try:
        for found in walk(root):
            (tmp_path / "file").unlink()
            descriptor = found.open()
    finally:
        os.close(root)

    assert descriptor is None


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1])
def test_a_folder_may_be_deep_but_not_endlessly(tmp_path, depth):
    here = opened(tmp_path)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    root = opened(tmp_path)
    try:
        with nullcontext() if depth == DEEPEST else pytest.raises(DefinitionError, match="more than 256 deep"):
            assert [found.path.count("/") for found in walk(root)] == [depth]
    finally:
        os.close(root)
