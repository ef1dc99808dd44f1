"""Published pipelines and endpoints: versions, the default, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hyperstep.azureml_v1.compute import AmlCompute, ComputeTarget
from hyperstep.azureml_v1.data_reference import DataPath, DataPathComputeBinding
from hyperstep.azureml_v1.datastore import Datastore
from hyperstep.azureml_v1.endpoint import PipelineEndpoint
from hyperstep.azureml_v1.exceptions import ErrorResponseException
from hyperstep.azureml_v1.pipeline import Pipeline
from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter
from hyperstep.azureml_v1.published import PublishedPipeline
from hyperstep.azureml_v1.steps import PythonScriptStep
from hyperstep.azureml_v1.workspace import Workspace


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("")
    workspace = Workspace.create("ws-test", exist_ok=True)
    ComputeTarget.create(workspace, "cpu-cluster", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2"))
    return workspace


@pytest.fixture
def pipeline(workspace, tmp_path):
    size = PipelineParameter("size", 0.2)
    step = PythonScriptStep(
        "a.py", name="only", arguments=[size], compute_target="cpu-cluster", source_directory=str(tmp_path / "src")
    )
    return Pipeline(workspace, steps=[step])


def test_a_published_pipeline_is_found_by_its_id(workspace, pipeline):
    made = pipeline.publish("train", "trains")
    kept = PublishedPipeline.get(workspace, made.id)

    assert (kept.name, kept.description, kept.version, kept.status) == ("train", "trains", None, "Active")
    assert kept.get_step_names() == ["only"]
    assert kept.endpoint.startswith("http://127.0.0.1:")
    assert made.id in repr(kept)


def test_a_published_pipeline_may_let_its_data_be_chosen(workspace, tmp_path):
    (tmp_path / "src" / "a.py").write_text("import sys; print(open(sys.argv[1]).read())")
    store = Datastore.get_default(workspace)
    for name in ("one", "two"):
        (Path(store._local("")) / name).write_text(f"text of {name}")
    raw = (PipelineParameter("raw", DataPath(store, "one")), DataPathComputeBinding(mode="mount"))
    step = PythonScriptStep("a.py", arguments=[raw], inputs=[raw], source_directory=str(tmp_path / "src"))
    published = Pipeline(workspace, steps=[step]).publish("reads")
    said = []
    for chosen in ({}, {"raw": DataPath(store, "two")}):
        run = published.submit(workspace, "reading", pipeline_parameters=chosen)
        run.wait_for_completion(show_output=False)
        said.append(run.get_steps()[0].get_job_log())

    assert said == ["text of one\n", "text of two\n"]


def test_a_disabled_pipeline_isnt_listed_nor_submitted(workspace, pipeline):
    first, second = pipeline.publish("first"), pipeline.publish("second")
    first.disable()

    assert [one.name for one in PublishedPipeline.list(workspace)] == ["second"]
    assert [one.name for one in PublishedPipeline.list(workspace, active_only=False)] == ["second", "first"]
    with pytest.raises(ValueError, match=f"{first.id} is Disabled"):
        first.submit(workspace, "exp")
    first.enable()
    assert len(PublishedPipeline.list(workspace)) == 2
    assert second.status == "Active"


def test_a_published_pipeline_that_isnt_there(workspace):
    with pytest.raises(ErrorResponseException, match="No published pipeline has the id 'nothing'"):
        PublishedPipeline.get(workspace, "nothing")


def test_versions_are_counted_from_0_and_add_default_moves_the_default(workspace, pipeline):
    first, second, third = (pipeline.publish(name) for name in ("p1", "p2", "p3"))
    endpoint = PipelineEndpoint.publish(workspace, "train", "trains", pipeline=first)
    steps = [(endpoint.list_versions(), endpoint.default_version)]
    endpoint.add_default(second)
    steps.append((endpoint.list_versions(), endpoint.default_version))
    endpoint.add(third)
    steps.append((endpoint.list_versions(), endpoint.default_version))

    assert steps == [(["0"], "0"), (["0", "1"], "1"), (["0", "1", "2"], "1")]
    kept = PipelineEndpoint.get(workspace, name="train")
    assert [one.name for one in kept.list_pipelines()] == ["p1", "p2", "p3"]
    assert kept.get_pipeline().name == "p2"
    assert kept.get_pipeline("0").name == "p1"


def test_an_endpoint_publishes_a_pipeline_that_isnt_yet(workspace, pipeline):
    endpoint = PipelineEndpoint.publish(workspace, "train", "trains", pipeline=pipeline)

    assert [one.id for one in PublishedPipeline.list(workspace)] == [endpoint.get_pipeline().id]


def test_the_default_can_be_set(workspace, pipeline):
    first, second = pipeline.publish("p1"), pipeline.publish("p2")
    endpoint = PipelineEndpoint.publish(workspace, "train", None, first)
    endpoint.add(second)
    endpoint.set_default(second)
    assert endpoint.get_default_version() == "1"
    endpoint.set_default_version("0")

    assert PipelineEndpoint.get(workspace, name="train").default_version == "0"
    with pytest.raises(ValueError, match="has no version 7; it has 0, 1"):
        endpoint.set_default_version("7")


def test_a_name_is_taken_once(workspace, pipeline):
    PipelineEndpoint.publish(workspace, "train", None, pipeline)
    with pytest.raises(ValueError) as caught:
        PipelineEndpoint.publish(workspace, "train", None, pipeline)

    assert str(caught.value) == "PipelineEndpoint already exists with the given name. Please choose a unique value."


def test_a_published_pipeline_is_added_once(workspace, pipeline):
    published = pipeline.publish("p1")
    endpoint = PipelineEndpoint.publish(workspace, "train", None, published)
    with pytest.raises(ValueError) as caught:
        endpoint.add_default(published)

    assert str(caught.value) == (
        f"Cannot add pipeline , pipeline id {published.id} exists in PipelineEndpoint {{{endpoint.id}}}"
    )
    assert endpoint.list_versions() == ["0"]


def test_an_endpoint_is_got_by_its_name_or_by_its_id(workspace, pipeline):
    made = PipelineEndpoint.publish(workspace, "train", None, pipeline)

    assert PipelineEndpoint.get(workspace, name="train").id == made.id
    assert PipelineEndpoint.get(workspace, id=made.id).name == "train"
    with pytest.raises(Exception, match=r"^Please, enter either id or name to get PipelineEndpoint$"):
        PipelineEndpoint.get(workspace)
    with pytest.raises(ErrorResponseException, match="No pipeline endpoint has the name 'missing'"):
        PipelineEndpoint.get(workspace, name="missing")


def test_an_archived_endpoint_gives_its_name_free_and_takes_no_submissions(workspace, pipeline):
    endpoint = PipelineEndpoint.publish(workspace, "train", None, pipeline)
    endpoint.archive()

    assert PipelineEndpoint.list(workspace) == []
    with pytest.raises(ErrorResponseException):
        PipelineEndpoint.get(workspace, name="train")
    with pytest.raises(ValueError, match="takes no submissions"):
        endpoint.submit("exp")
    endpoint.reactivate("train")
    assert [one.name for one in PipelineEndpoint.list(workspace)] == ["train"]


def test_a_parameter_that_a_published_pipeline_doesnt_have(workspace, pipeline):
    with pytest.raises(Exception, match=r"^Pipeline parameter with name q does not exist$"):
        pipeline.publish("p").submit(workspace, "exp", {"q": 1})
