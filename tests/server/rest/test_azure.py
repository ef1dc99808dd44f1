"""What called Azure's published pipelines calls these: the same request, the same answer, the same header."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hyperstep.server.drive import Driving
from hyperstep.store import asked, queries
from hyperstep.workspace import Workspace

pytestmark = pytest.mark.anyio

PUBLISH = """
from azureml.core import Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.authentication import InteractiveLoginAuthentication
from azureml.pipeline.core import Pipeline, PipelineEndpoint, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep
import json
ws = Workspace.create("ws-test", exist_ok=True)
ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2"))
size = PipelineParameter("size", 0.2)
step = PythonScriptStep("a.py", name="only", arguments=["--size", size], compute_target="cpu", source_directory="src")
published = Pipeline(ws, steps=[step]).publish("train", "trains")
endpoint = PipelineEndpoint.publish(ws, "nightly", "every night", published)
header = InteractiveLoginAuthentication().get_authentication_header()
print(json.dumps([published.endpoint, endpoint.endpoint, header]))
"""
SCRIPT = "import sys; from pathlib import Path; Path('outputs/said').write_text(' '.join(sys.argv[1:]))"


def by_v1(folder: Path) -> list:
    """Publish as a program of v1 does; returns the two addresses and the header."""
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text(SCRIPT)
    (folder / "publish.py").write_text(PUBLISH)
    command = [sys.executable, "-m", "hyperstep", "v1", "publish.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def ask(up, address, header, body):
    assert address.startswith(up.url)
    return up.client.post(address.removeprefix(up.url), json=body, headers=header)


def test_a_program_of_v1_is_told_an_address_that_answers(up, folder):
    pipeline, endpoint, header = by_v1(folder)
    body = {
        "ExperimentName": "ridge",
        "RunSource": "SDK",
        "ParameterAssignments": {"size": "0.4"},
        "ContinueRunOnStepFailure": False,
        "tags": {"why": "test"},
    }
    up.client.headers.pop("authorization")
    stranger = up.client.post(pipeline.removeprefix(up.url), json=body)
    by_pipeline = ask(up, pipeline, header, body)
    by_endpoint = ask(up, endpoint, header, {"ExperimentName": "ridge"})
    by_version = ask(up, f"{endpoint}/0", header, {"ExperimentName": "ridge"})
    with Driving(folder):
        deadline = time.monotonic() + 60
        with Workspace.open(folder, read_only=True) as workspace:
            while asked.queued(workspace.store.db):
                assert time.monotonic() < deadline
                time.sleep(0.02)
    with Workspace.open(folder, read_only=True) as workspace:
        db = workspace.store.db
        rows = queries.runs(db)
        (made,) = (row for row in queries.artifacts(db, "1/only.0") if row.name == "outputs")
        with workspace.artifacts.open(made.artifact, "said") as said:
            assert said.read() == b"--size 0.4"

    assert stranger.status_code == 403
    assert [one.status_code for one in (by_pipeline, by_endpoint, by_version)] == [200, 200, 200]
    assert list(by_pipeline.json()) == ["Id"]
    assert [row.state for row in rows] == ["completed"] * 3


def test_what_azure_would_refuse_is_refused_with_words(up, folder):
    pipeline, endpoint, header = by_v1(folder)
    answers = [
        ask(up, pipeline, header, {"ExperimentName": "ridge", "ParameterAssignments": {"sise": "0.4"}}),
        ask(up, pipeline, header, {"ExperimentName": "a b"}),
        ask(up, pipeline, header, {"ParameterAssignments": {}}),
        ask(up, pipeline[:-12] + "0" * 12, header, {"ExperimentName": "ridge"}),
        ask(up, f"{endpoint}/7", header, {"ExperimentName": "ridge"}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 404, 422]
    assert "sise" in answers[0].json()["message"]
    with Workspace.open(folder, read_only=True) as workspace:
        assert queries.runs(workspace.store.db) == ()


async def test_a_pipeline_of_ours_takes_azures_request_by_its_name(client, published, app):
    async with client() as opened:
        made = await opened.post(
            "/azureml_v1/pipelines/small",
            json={"ExperimentName": "ridge", "ParameterAssignments": {"offset": "2.5"}},
        )
        odd = await opened.post(
            "/azureml_v1/pipelines/small",
            json={"ExperimentName": "ridge", "ParameterAssignments": {"offset": "much"}},
        )
        unknown = await opened.post("/azureml_v1/pipelines/smell", json={"ExperimentName": "ridge"})
    row = queries.run(app.state.reading.db, "1")

    assert (made.status_code, made.json()) == (200, {"Id": "1"})
    assert (row.parameters, row.labels) == ({"offset": 2.5}, {"experiment": "ridge"})
    assert (odd.status_code, unknown.status_code) == (422, 404)
