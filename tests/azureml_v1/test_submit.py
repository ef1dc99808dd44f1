"""What is submitted runs by itself; what is published runs as it was then."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from hyperstep.azureml_v1.answers import runs, submit
from hyperstep.engine.artifact import Artifact
from hyperstep.errors import DefinitionError, GraphError, NotFound, SubmissionError
from hyperstep.store import queries
from hyperstep.workspace import Workspace


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "a.py").write_text("import sys; print('first', *sys.argv[1:])")
    (folder / "slow.py").write_text("import time; print('begun', flush=True); time.sleep(300)")
    return folder


def node(source, **changes):
    return {
        "name": "a",
        "type": "PythonScriptStep",
        "source": str(source),
        "script": "a.py",
        "command": None,
        "arguments": [],
        "variables": {},
        "inputs": {},
        "outputs": {},
        "environment": {"name": "", "variables": {}, "python": None, "pip": [], "conda": []},
        "target": "",
        "after": [],
        "reuse": True,
        "timeout": None,
        "hyperdrive": None,
        **changes,
    }


def plan(*nodes, **changes):
    return {
        "experiment": "e",
        "workspace": {"name": "ws", "subscription_id": "s", "resource_group": "rg"},
        "name": "p",
        "kind": "pipeline",
        "description": "",
        "tags": {},
        "properties": {},
        "parameters": {},
        "data_parameters": {},
        "values": {},
        "continue_on_failure": False,
        "fresh": False,
        "outputs": {},
        "nodes": list(nodes),
        **changes,
    }


def until(folder: Path, run: str, done) -> dict:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        row = runs.run(folder, run)
        if done(row):
            return row
        time.sleep(0.02)
    raise AssertionError(f"run {run} is still {row}")


def ended(row) -> bool:
    return row["ended_at"] is not None


def log_of(folder: Path, job: str) -> str:
    return Path(runs.log(folder, job)).read_text()


def test_a_run_goes_on_by_itself_and_keeps_its_plan(tmp_path, source):
    given = plan(node(source, arguments=[{"parameter": "n"}]), parameters={"n": "1"}, values={"n": "2", "other": "3"})
    run = submit.submit(tmp_path, given)["run"]
    row = until(tmp_path, run, ended)

    assert row["state"] == "completed"
    assert row["labels"]["experiment"] == "e"
    assert runs.plan(tmp_path, run) == json.loads(json.dumps(given))
    assert "first 2" in log_of(tmp_path, row["steps"][0]["job"])


def test_runs_of_one_workspace_follow_each_other(tmp_path, source):
    made = [submit.submit(tmp_path, plan(node(source, reuse=False)))["run"] for _ in range(3)]

    assert [until(tmp_path, run, ended)["state"] for run in made] == ["completed"] * 3


def test_what_was_published_runs_although_its_folder_is_gone(tmp_path, source):
    published = submit.publish(tmp_path, plan(node(source)))
    (source / "a.py").write_text("print('second')")
    again = submit.publish(tmp_path, published)
    for file in source.iterdir():
        file.unlink()
    source.rmdir()
    row = until(tmp_path, submit.submit(tmp_path, again)["run"], ended)

    assert again["sources"] == published["sources"]
    assert "first" in log_of(tmp_path, row["steps"][0]["job"])


def test_the_sources_of_a_published_plan_are_in_the_store(tmp_path, source):
    document = submit.publish(tmp_path, plan(node(source)))["sources"][str(source)]
    with Workspace.open(tmp_path, read_only=True) as workspace:
        members = workspace.artifacts.members(Artifact(**document))

    assert [member.path for member in members] == ["a.py", "slow.py"]
    assert asdict(Artifact(**document)) == document


def test_a_failed_step_ends_the_others_unless_they_are_to_go_on(tmp_path, source):
    (source / "fail.py").write_text("raise SystemExit(1)")
    nodes = [node(source, name="fail", script="fail.py"), node(source, name="slow", script="slow.py")]
    stopped = until(tmp_path, submit.submit(tmp_path, plan(*nodes))["run"], ended)
    nodes[1]["script"] = "a.py"
    went_on = until(tmp_path, submit.submit(tmp_path, plan(*nodes, continue_on_failure=True))["run"], ended)

    assert [step["state"] for step in stopped["steps"]] == ["failed", "cancelled"]
    assert [step["state"] for step in went_on["steps"]] == ["failed", "completed"]


def test_a_run_that_is_cancelled_ends(tmp_path, source):
    run = submit.submit(tmp_path, plan(node(source, script="slow.py")))["run"]
    until(tmp_path, run, lambda row: row["steps"][0]["started_at"] is not None)
    submit.cancel(tmp_path, run)

    assert until(tmp_path, run, ended)["state"] == "cancelled"


def test_a_run_that_nobody_drives_is_cancelled_at_once(tmp_path, source):
    with Workspace.open(tmp_path) as workspace:
        pipeline = submit.translate.pipeline(workspace, plan(node(source)))
        run = workspace.submit(pipeline)
    submit.cancel(tmp_path, run)

    with Workspace.open(tmp_path, read_only=True) as workspace:
        assert queries.run(workspace.store.db, run).state == "cancelled"


def test_what_has_ended_or_never_was_cannot_be_cancelled(tmp_path, source):
    run = submit.submit(tmp_path, plan(node(source)))["run"]
    until(tmp_path, run, ended)

    with pytest.raises(SubmissionError, match="ended already"):
        submit.cancel(tmp_path, run)
    with pytest.raises(NotFound):
        submit.cancel(tmp_path, "77")


def test_a_plan_is_checked_without_being_submitted(tmp_path, source):
    assert submit.check(tmp_path, plan(node(source))) == []
    with pytest.raises(GraphError):
        submit.check(tmp_path, plan(node(source, arguments=[{"output_of": [0, "nothing"]}])))
    with Workspace.open(tmp_path, read_only=True) as workspace:
        assert queries.runs(workspace.store.db) == ()


def test_a_script_that_is_not_there_is_refused_when_it_is_submitted(tmp_path, source):
    with pytest.raises(DefinitionError, match=r"nowhere\.py"):
        submit.submit(tmp_path, plan(node(source, script="nowhere.py")))


def test_a_note_on_an_environment_is_printed_once(tmp_path, source, capsys):
    environment = {"name": "noted once", "variables": {}, "python": None, "pip": ["pandas"], "conda": []}
    for _ in range(2):
        until(tmp_path, submit.submit(tmp_path, plan(node(source, environment=environment)))["run"], ended)

    assert capsys.readouterr().out.count("Environment noted once is recorded") == 1
