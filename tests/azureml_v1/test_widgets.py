"""A run in a program that is no notebook is shown as text."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.widgets import RunDetails
from hyperstep.azureml_v1.workspace import Workspace


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    return Experiment(Workspace("s", "g", "local"), "exp").start_logging()


def test_a_run_is_shown_with_its_children_and_last_metrics(run, capsys):
    run.log("loss", 0.5)
    run.log("loss", 0.25)
    child = run.child_run()
    child.log("note", "x" * 100)
    child.complete()
    RunDetails(run).show()

    first, second, link = capsys.readouterr().out.splitlines()
    assert first == f"{run.id}  Running  loss=0.25"
    assert second == f"{child.id}  Completed  note={'x' * 37}..."
    assert link.endswith(run.get_portal_url())


def test_the_data_of_the_view(run):
    run.log("loss", 1)
    child = run.child_run()

    assert RunDetails(run).get_widget_data() == {
        "run_id": run.id,
        "status": "Running",
        "run_metrics": {"loss": 1},
        "child_runs": [{"run_id": child.id, "status": "Running", "metrics": {}}],
    }


def test_what_a_notebook_gets_is_escaped(run):
    run.log("note", "<b>")

    assert "note=&lt;b&gt;" in RunDetails(run)._html()
