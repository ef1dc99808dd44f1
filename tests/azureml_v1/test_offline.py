"""A script that was started by hand: it prints what it would log, and has no more than Azure's offline run."""

from __future__ import annotations

import re

import pytest

from hyperstep.azureml_v1.exceptions import RunEnvironmentException
from hyperstep.azureml_v1.offline import _OfflineRun
from hyperstep.azureml_v1.run import Run


@pytest.fixture
def run(monkeypatch):
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    return Run.get_context()


def test_outside_of_any_job_the_class_and_the_id_tell(run):
    assert type(run) == _OfflineRun  # noqa: E721 (as scripts ask)
    assert not isinstance(run, Run)
    assert re.fullmatch(r"OfflineRun_[0-9a-f-]{36}", run.id)


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        (lambda run: run.log("a", 1), "Attempted to log scalar metric a:\n1\n"),
        (lambda run: run.log_list("l", [1, 2]), "Attempted to log list metric l:\n[1, 2]\n"),
        (lambda run: run.log_row("r", x=1), "Attempted to log row metric r:\n{'x': 1}\n"),
        (lambda run: run.log_table("t", {"x": [1]}), "Attempted to log table metric t:\n{'x': [1]}\n"),
        (lambda run: run.tag("k", "v"), "Attempted to add tag k with value v\n"),
        (lambda run: run.upload_file("n", "p"), "Attempted to track file n at p\n"),
        (lambda run: run.complete(), ""),
    ],
)
def test_what_is_logged_is_printed(run, capsys, call, printed):
    call(run)

    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    "name",
    [
        "experiment",
        "get_metrics",
        "register_model",
        "parent",
        "tags",
        "get_details",
        "input_datasets",
        "get_status",
        "name",
        "properties",
        "get_tags",
        "download_file",
        "get_file_names",
        "get_secret",
        "wait_for_completion",
        "get_portal_url",
        "create_children",
    ],
)
def test_what_scripts_look_for_to_tell_that_they_are_offline_is_missing(run, name):
    assert not hasattr(run, name)


def test_the_older_name_of_get_context_gives_the_same(run):
    assert type(Run.get_submitted_run()) is type(run)


def test_log_takes_no_step(run):
    with pytest.raises(TypeError):
        run.log("a", 1, step=2)


def test_a_script_may_insist_on_a_job(monkeypatch):
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)

    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)
