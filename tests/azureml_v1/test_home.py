"""Where the local workspace lies."""

from pathlib import Path

import pytest

from hyperstep.azureml_v1 import home


@pytest.fixture
def below(tmp_path, monkeypatch):
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    folder = tmp_path / "project" / "notebooks"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("made", ["hyperstep.db", "azureml_v1"])
def test_it_is_the_nearest_folder_upwards_in_which_something_ran_or_v1_code_made_it(below, made):
    (below.parent / ".hyperstep" / made).mkdir(parents=True)

    assert Path(home.folder()) == below.parent


def test_a_folder_of_that_name_alone_is_none(below):
    (below.parent / ".hyperstep").mkdir()

    assert Path(home.folder()) == below


def test_the_environment_names_another(below, monkeypatch, tmp_path):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path / "there"))

    assert Path(home.folder()) == tmp_path / "there"


def test_in_a_job_it_is_the_workspace_that_runs_the_job(below, monkeypatch, tmp_path):
    monkeypatch.setenv("HYPERSTEP_JOB", "3/tune/1.0")
    monkeypatch.setenv("HYPERSTEP_WIRE", f"{tmp_path}/.hyperstep/runs/3/tune/1.0/wire.jsonl")

    assert Path(home.folder()) == tmp_path


def test_a_folder_of_the_layer_is_closed_to_others_and_ignored_by_git(below):
    kept = Path(home.own("shelf"))

    assert kept == below / ".hyperstep" / "azureml_v1" / "shelf"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert (below / ".hyperstep" / ".gitignore").read_text() == "*\n"
