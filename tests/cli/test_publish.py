"""`publish`, at the command line."""

import pytest

from hyperstep.cli.main import main
from hyperstep.store import asked
from hyperstep.workspace import Workspace

PIPELINE = """
from hyperstep import Parameter, Pipeline, Step
pipeline = Pipeline("nightly", [Step("train.py", arguments=["--size", Parameter("size", 0.5)])])
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "train.py").write_text("print('first')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    return tmp_path


def publish(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["publish", *arguments])
    return ended.value.code


def test_a_pipeline_is_kept_with_its_scripts_as_they_are(project, capsys):
    code = publish("pipeline.py")
    (project / "train.py").write_text("print('second')")
    publish("pipeline.py", "--description", "after")
    with Workspace.open(project, read_only=True) as workspace:
        kept = [asked.publication(workspace.store.db, "nightly", version) for version in (1, 2)]
        texts = []
        for one in kept:
            with workspace.artifacts.open(one.submission.sources["."], "train.py") as file:
                texts.append(file.read().decode())

    assert code == 0
    assert texts == ["print('first')", "print('second')"]
    assert [one.description for one in kept] == ["", "after"]
    assert kept[0].submission.parameters == {"size": 0.5}
    assert "nightly version 1 is published." in capsys.readouterr().out


def test_a_name_that_no_address_can_hold_is_refused(project, capsys):
    assert publish("pipeline.py", "--name", "a/b") == 2
    assert "'a/b'" in capsys.readouterr().err


def test_the_command_names_the_address_that_runs_it(project, capsys):
    publish("pipeline.py", "--name", "other")

    assert (
        "POST http://127.0.0.1:8265/api/pipelines/other/runs    once hyperstep up is running" in capsys.readouterr().out
    )
