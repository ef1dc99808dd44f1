"""Pipelines: what is pulled in, checked, and put into the plan."""

from __future__ import annotations

import re

import pytest

from hyperstep.azureml_v1 import build
from hyperstep.azureml_v1.compute import AmlCompute, ComputeTarget
from hyperstep.azureml_v1.data_reference import DataPath, DataPathComputeBinding
from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.output_dataset_config import OutputFileDatasetConfig
from hyperstep.azureml_v1.pipeline import Pipeline
from hyperstep.azureml_v1.pipeline_data import PipelineData
from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter
from hyperstep.azureml_v1.runconfig import RunConfiguration
from hyperstep.azureml_v1.steps import PythonScriptStep, StepSequence
from hyperstep.azureml_v1.workspace import Workspace


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A workspace with the compute `cpu-cluster`, and a folder of scripts as working folder."""
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    scripts = tmp_path / "src"
    scripts.mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (scripts / name).write_text("")
    monkeypatch.chdir(scripts)
    workspace = Workspace.create("ws-test", exist_ok=True)
    ComputeTarget.create(workspace, "cpu-cluster", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2"))
    return workspace


def step(script="a.py", **given):
    return PythonScriptStep(script, **{"compute_target": "cpu-cluster", **given})


def chain(first=None, last=None):
    """Two steps with data between them: in this form in the first one's outputs, in that in the second one's inputs."""
    data = PipelineData("d")
    maker = step("a.py", name="a", outputs=[first(data) if first else data])
    return maker, step("b.py", name="b", inputs=[last(data) if last else data])


def test_steps_reached_through_data_are_pulled_in(workspace):
    _, reader = chain()
    last = step("c.py", name="c")
    last.run_after(reader)

    assert [one.name for one in Pipeline(workspace, steps=[last])._steps] == ["c", "b", "a"]


def test_a_step_given_twice_is_one_and_names_may_repeat(workspace):
    one, other = step(name="x"), step(name="x")
    pipeline = Pipeline(workspace, steps=[one, one, other])

    assert pipeline._steps == [one, other]
    assert [node.name for node in pipeline.graph.nodes] == ["x", "x"]


def test_no_steps_and_a_single_step_make_a_pipeline(workspace):
    assert Pipeline(workspace, steps=[])._steps == []
    assert len(Pipeline(workspace, steps=step())._steps) == 1


def test_what_isnt_a_step_is_refused_by_its_type(workspace):
    with pytest.raises(NotImplementedError, match=r"^Can not add object of type str to Pipeline\.$"):
        Pipeline(workspace, steps=["x"])


def test_unknown_keywords_are_refused(workspace):
    with pytest.raises(ValueError, match=r"^parameter foo is not recognized for Pipeline $"):
        Pipeline(workspace, steps=[], foo=1)


def test_a_script_that_isnt_there_is_named_with_its_path(workspace, tmp_path):
    with pytest.raises(ValueError) as caught:
        Pipeline(workspace, steps=[step("missing.py", name="x")])

    assert str(caught.value) == (
        f"Step [x]: script not found at: {tmp_path / 'src' / 'missing.py'}. Make sure to specify an appropriate "
        f"source_directory on the Step or default_source_directory on the Pipeline."
    )


def test_scripts_are_looked_for_in_the_pipelines_own_folder(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline = Pipeline(workspace, steps=[step()], default_source_directory="src")

    assert pipeline._plan()["nodes"][0]["source"] == str(tmp_path / "src")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nope", "Target nope does not exist in the workspace."),
        ("local", "Please specify a remote compute_target. (Local execution is not supported for pipelines.)"),
    ],
)
def test_a_step_runs_on_a_compute_of_the_workspace(workspace, target, message):
    with pytest.raises(ValueError) as caught:
        Pipeline(workspace, steps=[step(compute_target=target)])

    assert str(caught.value) == message


def test_data_that_no_step_makes(workspace):
    with pytest.raises(ValueError) as plain:
        Pipeline(workspace, steps=[step(name="c", inputs=[PipelineData("d")])])
    with pytest.raises(ValueError) as as_dataset:
        Pipeline(workspace, steps=[step(name="c", inputs=[PipelineData("d").as_dataset()])])

    assert str(plain.value) == "Input d on step c is not connected to any previous step"
    assert str(as_dataset.value) == 'The intermediate data "d" does not have any producer step.'


def test_data_that_two_steps_make(workspace):
    data = PipelineData("d")
    both = [step("a.py", name="a", outputs=[data]), step("b.py", name="b", outputs=[data])]
    with pytest.raises(ValueError) as caught:
        Pipeline(workspace, steps=both)

    assert str(caught.value) == (
        "Step output d can not be used as an output for step a, as it is already an output of step b."
    )


def test_data_read_as_a_data_set_must_be_listed_as_one_by_its_maker(workspace):
    with pytest.raises(ValueError) as caught:
        Pipeline(workspace, steps=list(chain(last=PipelineData.as_dataset)))

    assert str(caught.value) == (
        'Input "d" is expected to be consumed as a dataset but the output "d" is not promoted to a dataset. '
        "Please make sure you've passed the object returned by as_dataset to the outputs parameter of the step."
    )
    assert Pipeline(workspace, steps=list(chain(PipelineData.as_dataset, PipelineData.as_dataset)))


def test_an_output_read_as_an_input_needs_nothing_else(workspace):
    made = OutputFileDatasetConfig("made")
    maker = step("a.py", arguments=[made])
    reader = step("b.py", arguments=["--in", made.as_input("again")])
    plan = Pipeline(workspace, steps=[reader])._plan()

    assert plan["nodes"][1]["arguments"] == ["--in", {"output_of": [0, "made"]}]
    assert plan["nodes"][1]["variables"]["HYPERSTEP_V1_INPUT_again"] == {"output_of": [0, "made"]}
    assert maker in Pipeline(workspace, steps=[reader])._steps


def test_a_name_of_the_pipelines_outputs_stands_once(workspace):
    steps = [step(outputs=[PipelineData(name, pipeline_output_name="o")]) for name in ("d", "e")]
    with pytest.raises(ValueError, match=r"^Duplicate pipeline output with name o$"):
        Pipeline(workspace, steps=steps)


@pytest.mark.parametrize("loop", ["data", "after", "itself"])
def test_a_cycle_is_returned_and_not_raised(workspace, loop):
    one, other = step("a.py", name="b"), step("b.py", name="b")
    if loop == "data":
        there, back = PipelineData("there"), PipelineData("back")
        one = step("a.py", name="b", inputs=[back], outputs=[there])
        other = step("b.py", name="b", inputs=[there], outputs=[back])
    elif loop == "after":
        one.run_after(other)
        other.run_after(one)
    else:
        one.run_after(one)
    [problem] = Pipeline(workspace, steps=[one, other]).validate()

    assert re.fullmatch(r"Cycle detected including node b\([0-9a-f]{8}\)", problem)


def test_a_sequence_runs_its_steps_in_a_row_and_lists_within_it_at_once(workspace):
    first, left, right, last = (step(name=name) for name in ("first", "left", "right", "last"))
    plan = Pipeline(workspace, steps=StepSequence([first, [left, right], last]))._plan()

    assert [(node["name"], node["after"]) for node in plan["nodes"]] == [
        ("first", []),
        ("left", [0]),
        ("right", [0]),
        ("last", [1, 2]),
    ]


def test_the_plan_has_each_step_after_those_that_it_reads(workspace):
    maker, reader = chain()
    plan = Pipeline(workspace, steps=[reader, maker])._plan()

    assert [node["name"] for node in plan["nodes"]] == ["a", "b"]


def test_two_defaults_of_one_parameter_are_refused(workspace):
    def taking(*defaults):
        return step(arguments=[PipelineParameter("p", default) for default in defaults])

    with pytest.raises(Exception) as in_two_steps:
        Pipeline(workspace, steps=[taking(1), taking(2)])
    with pytest.raises(Exception) as in_one_step:
        Pipeline(workspace, steps=[taking(1, 2)])

    assert str(in_two_steps.value) == (
        "Graph already has pipeline parameter with same name p but different default values 1, 2"
    )
    assert str(in_one_step.value) == "Pipeline parameters with same name p but different values 1, 2 used"


@pytest.mark.parametrize(
    ("default", "value", "sent"),
    [(0.2, 0.3, {"p": "0.3"}), (True, 1, {"p": "1"}), (True, False, {"p": "False"}), (0.2, None, {})],
)
def test_values_are_sent_as_text(workspace, default, value, sent):
    steps = [step(arguments=[PipelineParameter("p", default)])]
    plan = build.plan(steps, workspace)

    assert build.with_values(plan, build.strict_values(steps, {"p": value}))["values"] == sent


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"p": 1}, "Expected type of the pipeline parameter p is float, but the value 1 provided is of type int"),
        ({"p": "0.3"}, "Expected type of the pipeline parameter p is float, but the value 0.3 provided is of type str"),
        ({"p": [1]}, "Invalid parameter type <class 'list'>"),
        ({"q": 1}, "Pipeline parameter with name q does not exist"),
    ],
)
def test_a_value_of_another_type_is_refused(given, message):
    with pytest.raises(Exception) as caught:
        build.strict_values([step(arguments=[PipelineParameter("p", 0.2)])], given)

    assert str(caught.value) == message


def test_a_published_plan_takes_any_value_and_no_unknown_name(workspace):
    plan = build.plan([step(arguments=[PipelineParameter("p", 0.2)])], workspace)

    assert build.with_values(plan, build.loose_values(plan, {"p": 1}))["values"] == {"p": "1"}
    with pytest.raises(Exception, match=r"^Pipeline parameter with name q does not exist$"):
        build.loose_values(plan, {"q": 1})


def test_data_that_a_parameter_chooses_is_put_in_place_when_the_plan_is_submitted(workspace, tmp_path):
    store = workspace.get_default_datastore()
    chosen = (PipelineParameter("raw", DataPath(store, "a.csv")), DataPathComputeBinding())
    steps = [step(arguments=["--raw", chosen], inputs=[chosen])]
    plan = build.plan(steps, workspace)

    def argument(values):
        return build.with_values(plan, build.strict_values(steps, values))["nodes"][0]["arguments"][1]

    assert argument({}) == {"dataset": DataPath(store, "a.csv")._path()}
    assert argument({"raw": DataPath(store, "b.csv")}) == {"dataset": DataPath(store, "b.csv")._path()}


def test_the_environment_of_a_run_configuration_is_in_the_plan(workspace):
    environment = Environment("old-numpy")
    environment.environment_variables["COLOUR"] = "blue"
    configuration = RunConfiguration()
    configuration.environment = environment
    configuration.target = "cpu-cluster"
    [node] = Pipeline(workspace, steps=[PythonScriptStep("a.py", runconfig=configuration)])._plan()["nodes"]

    assert node["environment"]["name"] == "old-numpy"
    assert node["environment"]["variables"]["COLOUR"] == "blue"
    assert node["target"] == "cpu-cluster"
