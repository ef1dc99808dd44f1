import os

import pytest

from hyperstep.supervisor.search_path import SearchPath


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(tmp_path)


def test_a_script_finds_what_lies_beside_it_first(here, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    path = SearchPath(["/lib/python"])

    assert path.of("/job/work", "steps/train.py") == ["/job/work/steps", "/lib/python"]
    assert path.folders("/job/work", "steps/train.py") == ["/job/work/steps"]


def test_relative_entries_are_seen_from_the_jobs_folder(here, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["src", "/opt/own", ""]))
    path = SearchPath([f"{here}/src", "/opt/own", here, "/lib/python"])

    assert path.of("/job/work", "a.py") == ["/job/work", "/job/work/src", "/opt/own", "/job/work", "/lib/python"]
    assert path.folders("/job/work", "a.py") == ["/job/work", "/job/work/src", "/job/work"]
    assert path.fixed == ["/opt/own", "/lib/python"]
