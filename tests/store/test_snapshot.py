"""A source folder as an artifact."""

from __future__ import annotations

import os

import pytest

from hyperstep.errors import DefinitionError
from hyperstep.pipeline.source import Source
from hyperstep.store.snapshot import snapshot


@pytest.fixture
def project(tmp_path):
    for name in ("src/train.py", "src/lib/model.py", "src/data/raw/big.csv", "src/train.log"):
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "project"


def paths(artifacts, artifact) -> list[str]:
    return [member.path for member in artifacts.members(artifact)]


def test_a_source_folder_is_stored_without_what_is_ignored(artifacts, project):
    (project / "src" / ".gitignore").write_text("data/\n")
    artifact = snapshot(Source("src", ignore=("*.log",)), artifacts, base=project)

    assert paths(artifacts, artifact) == [".gitignore", "lib/model.py", "train.py"]


def test_the_same_code_has_the_same_digest_and_changed_code_another(artifacts, project):
    first = snapshot(Source("src"), artifacts, base=project)
    os.utime(project / "src" / "train.py", (1, 1))
    second = snapshot(Source("src"), artifacts, base=project)
    (project / "src" / "train.py").write_text("changed")

    assert first == second
    assert snapshot(Source("src"), artifacts, base=project) != first


def test_a_folder_may_be_absolute_or_a_link(artifacts, project):
    (project / "link").symlink_to("src")
    expected = snapshot(Source("src"), artifacts, base=project)

    assert snapshot(Source(str(project / "src")), artifacts, base=project / "nowhere") == expected
    assert snapshot(Source("link"), artifacts, base=project) == expected


@pytest.mark.parametrize(("folder", "says"), [("nothing", "does not exist"), ("src/train.py", "is no folder")])
def test_a_source_that_is_no_folder_is_refused_with_its_place(artifacts, project, folder, says):
    with pytest.raises(DefinitionError, match=says) as caught:
        snapshot(Source(folder), artifacts, base=project)

    assert str(project / folder) in str(caught.value)


@pytest.mark.parametrize(("limit", "says"), [({"most_files": 3}, "4 files"), ({"most_bytes": 60}, "0.0 GB")])
def test_too_much_is_refused_with_the_biggest_folders_and_the_way_out(artifacts, project, limit, says):
    (project / "src" / "data" / "raw" / "big.csv").write_text("x" * 50)
    with pytest.raises(DefinitionError, match=says) as caught:
        snapshot(Source("src"), artifacts, base=project, **limit)

    assert "data/raw/ (" in str(caught.value)
    assert str(project / "src" / ".amlignore") in str(caught.value)
    (project / "src" / ".amlignore").write_text("data\n*.log\n")
    assert "train.py" in paths(artifacts, snapshot(Source("src"), artifacts, base=project, **limit))
