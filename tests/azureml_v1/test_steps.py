"""Steps: names, data and arguments, checked when the step is made."""

from __future__ import annotations

import re

import pytest

from hyperstep.azureml_v1.data_reference import DataPath, DataPathComputeBinding, DataReference
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig, PrimaryMetricGoal
from hyperstep.azureml_v1.output_dataset_config import OutputFileDatasetConfig
from hyperstep.azureml_v1.pipeline_data import PipelineData
from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter, TrainingOutput, variable_of
from hyperstep.azureml_v1.samplings import RandomParameterSampling
from hyperstep.azureml_v1.script_run import ScriptRunConfig
from hyperstep.azureml_v1.steps import CommandStep, EstimatorStep, HyperDriveStep, PythonScriptStep


class Store:
    """A data store whose files lie in one folder."""

    name = "workspaceblobstore"

    def __init__(self, folder):
        self.folder = folder

    def _local(self, path):
        return str(self.folder / path)


def node(step, *others):
    """A step's part of a plan in which the others come before it."""
    return step._node({other: number for number, other in enumerate([*others, step])}, None)


def test_a_steps_name_is_its_scripts_name_unless_it_is_given_one():
    assert PythonScriptStep("a.py").name == "a.py"
    assert PythonScriptStep("a.py", name="prepare the data").name == "prepare the data"


@pytest.mark.parametrize(
    ("script", "message"), [(None, "script_name is required"), (3, "script_name must be a string")]
)
def test_a_step_without_a_script_isnt_one(script, message):
    with pytest.raises(ValueError) as caught:
        PythonScriptStep(script_name=script)

    assert str(caught.value) == message


def test_inputs_and_outputs_of_other_kinds_are_refused_by_their_type():
    with pytest.raises(ValueError) as wrong_input:
        PythonScriptStep("a.py", inputs=["x"])
    with pytest.raises(ValueError) as wrong_output:
        PythonScriptStep("a.py", outputs=["x"])

    assert str(wrong_input.value) == "Unexpected input type: <class 'str'>"
    assert str(wrong_output.value) == "Unexpected output type: <class 'str'>"


@pytest.mark.parametrize("listed", ["inputs", "outputs"])
def test_one_name_stands_once_among_inputs_and_once_among_outputs(listed):
    data = PipelineData("d")
    with pytest.raises(ValueError) as caught:
        PythonScriptStep("a.py", **{listed: [data, data]})

    assert str(caught.value) == f"[d] is repeated. {listed[:-1].capitalize()} port names must be unique."


def test_data_that_a_script_both_reads_and_makes_is_read_under_another_name():
    data = PipelineData("d")
    step = PythonScriptStep("a.py", inputs=[data], outputs=[data])

    assert [port.name for port in step._ports] == ["INPUT_d"]
    assert list(step._outputs) == ["d"]


def test_data_among_the_arguments_must_be_an_input_or_an_output():
    with pytest.raises(ValueError) as caught:
        PythonScriptStep("a.py", arguments=["--d", PipelineData("d")])

    assert str(caught.value) == "Input/Output d appears in arguments list but is not in the input/output lists"


def test_a_list_among_the_arguments_is_a_type_error():
    with pytest.raises(TypeError, match=r"^unhashable type: 'list'$"):
        PythonScriptStep("a.py", arguments=[["x"]])


def test_plain_arguments_become_text():
    step = PythonScriptStep("a.py", arguments=["--a", None, 1, 0.2, True])

    assert node(step)["arguments"] == ["--a", "None", "1", "0.2", "True"]


def test_a_producer_gets_a_path_to_make_and_a_consumer_the_path_of_what_was_made():
    data = PipelineData("d")
    maker = PythonScriptStep("a.py", arguments=["--out", data], outputs=[data])
    reader = PythonScriptStep("b.py", arguments=["--in", data], inputs=[data])

    assert node(maker)["arguments"] == ["--out", {"output": "d"}]
    assert node(reader, maker)["arguments"] == ["--in", {"output_of": [0, "d"]}]
    assert node(maker)["variables"] == {"AZUREML_DATAREFERENCE_d": {"output": "d"}}
    assert node(reader, maker)["variables"] == {"AZUREML_DATAREFERENCE_d": {"output_of": [0, "d"]}}
    assert node(reader, maker)["after"] == [0]


def test_data_as_a_data_set_is_also_among_the_input_data_sets():
    data = PipelineData("d").as_dataset()
    maker = PythonScriptStep("a.py", outputs=[data])
    reader = PythonScriptStep("b.py", inputs=[data.as_named_input("table").parse_delimited_files(separator=";")])

    made = node(reader, maker)

    assert made["variables"]["HYPERSTEP_V1_INPUT_table"] == {"output_of": [0, "d"]}
    assert made["inputs"]["table"]["kind"] == "tabular"
    assert made["inputs"]["table"]["options"]["separator"] == ";"


def test_the_environment_variable_of_data_stands_for_its_path_within_the_arguments_too():
    data = PipelineData("d")
    step = PythonScriptStep("a.py", arguments=[str(data), f"--d={data}", "$HOME"], outputs=[data])

    assert node(step)["arguments"] == [{"output": "d"}, {"join": ["--d=", {"output": "d"}]}, "$HOME"]


def test_an_output_among_the_arguments_needs_no_list_of_outputs():
    made = OutputFileDatasetConfig("made")
    maker = PythonScriptStep("a.py", arguments=["--out", made.as_upload()])

    assert node(maker)["arguments"] == ["--out", {"output": "made"}]
    assert node(maker)["outputs"] == {"made": "made"}


@pytest.mark.parametrize("name", ["a b", "a-b", "1x"])
def test_an_outputs_name_is_a_word_that_begins_with_a_letter(name):
    with pytest.raises(UserErrorException) as caught:
        OutputFileDatasetConfig(name)

    assert caught.value.message == (
        f'Invalid output name "{name}". The name can only be alphanumeric characters and underscore, '
        "and must not begin with a number."
    )


def test_an_output_without_a_name_gets_one():
    name = OutputFileDatasetConfig().name

    assert re.fullmatch("output_[0-9a-f]{8}", name)
    assert re.fullmatch("input_[0-9a-f]{8}", OutputFileDatasetConfig().as_input().name)


@pytest.mark.parametrize("name", ["a-b", "a b", "a.b"])
def test_pipeline_data_is_named_by_a_word(name):
    with pytest.raises(ValueError) as caught:
        PipelineData(name)

    assert str(caught.value) == (
        f"PipelineData name: [{name}] is not a valid, as it may contain only letters, digits, and underscores."
    )


@pytest.mark.parametrize("name", ["", None])
def test_pipeline_data_needs_a_name(name):
    with pytest.raises(ValueError, match=r"^PipelineData name cannot be empty$"):
        PipelineData(name)


def test_pipeline_data_may_begin_with_a_digit():
    assert PipelineData("1a").name == "1a"


def test_pipeline_data_is_mounted_or_uploaded():
    with pytest.raises(ValueError) as caught:
        PipelineData("a", output_mode="download")

    assert str(caught.value) == "Invalid output mode [download]"


def test_parameters_reach_a_script_as_arguments_and_as_variables():
    size = PipelineParameter("test-size", 0.2)
    step = PythonScriptStep("a.py", arguments=["--size", size], params={"size": size, "plain": 3})

    assert node(step)["arguments"] == ["--size", {"parameter": "test-size"}]
    assert node(step)["variables"] == {
        "AML_PARAMETER_test_size": {"parameter": "test-size"},
        "AML_PARAMETER_size": {"parameter": "test-size"},
        "AML_PARAMETER_plain": "3",
    }


@pytest.mark.parametrize(("value", "kind"), [(None, "NoneType"), ([1], "list"), ({}, "dict")])
def test_a_parameter_is_text_or_a_number(value, kind):
    with pytest.raises(ValueError) as caught:
        PipelineParameter("p", value)

    assert str(caught.value) == f"Default value is of unsupported type: {kind}"


def test_a_parameter_says_its_name_and_its_default():
    assert str(PipelineParameter("p", 0.2)) == "PipelineParameter_Name:p_Default:0.2"


@pytest.mark.parametrize("name", ["my-param", "my param", "my~param", "my_param"])
def test_a_parameters_variable_has_underscores_for_what_no_variable_can_have(name):
    assert variable_of(name) == "AML_PARAMETER_my_param"


def test_data_in_a_store_is_read_where_it_lies(tmp_path):
    reference = DataReference(Store(tmp_path), "raw", "diabetes.csv")
    step = PythonScriptStep("a.py", arguments=["--raw", reference], inputs=[reference])

    assert node(step)["arguments"] == ["--raw", {"dataset": str(tmp_path / "diabetes.csv")}]


def test_a_parameter_may_choose_the_data(tmp_path):
    chosen = (PipelineParameter("raw", DataPath(Store(tmp_path), "a.csv")), DataPathComputeBinding(mode="mount"))
    step = PythonScriptStep("a.py", arguments=["--raw", chosen], inputs=[chosen])

    assert node(step)["arguments"] == ["--raw", {"data_parameter": "raw"}]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "Foo"}, "('Unknown training output type has been provided:', 'Foo')"),
        (
            {"type": "Metrics", "metric": "x"},
            "Iteration and metric shouldn't be provided for output type: Metrics",
        ),
        (
            {"type": "Model", "iteration": 1, "metric": "x"},
            "Both iteration and metric cannot be provided for output type: Model",
        ),
    ],
)
def test_training_outputs_that_cant_be(given, message):
    with pytest.raises(ValueError) as caught:
        TrainingOutput(**given)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "given", [("Model",), ("Metrics",), ("model",), ("Metrics", 0), ("Model", None, None, "outputs/mymodel")]
)
def test_training_outputs_that_can_be(given):
    assert TrainingOutput(*given).type == given[0]


def test_a_command_is_one_line_in_which_data_are_the_shells_own_arguments():
    data = PipelineData("d")
    step = CommandStep(["python", "a.py", "--out", data, "--env", "$AZUREML_DATAREFERENCE_d"], outputs=[data])

    assert node(step)["command"] == 'python a.py --out "${1}" --env $AZUREML_DATAREFERENCE_d'
    assert node(step)["arguments"] == [{"output": "d"}]
    assert step.name == "CommandStep_python"


def test_a_command_step_needs_a_command():
    with pytest.raises(ValueError, match=r"^command is required either from command directly or runconfig\.$"):
        CommandStep()


def test_an_estimator_step_needs_its_estimator_and_its_compute():
    with pytest.raises(ValueError, match=r"^Estimator, compute_target parameters are required$"):
        EstimatorStep()


def test_run_after_makes_an_edge_without_data():
    first, second = PythonScriptStep("a.py"), PythonScriptStep("b.py")
    second.run_after(first)

    assert node(second, first)["after"] == [0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": None, "hyperdrive_config": None}, "name is required"),
        ({"name": 1, "hyperdrive_config": None}, "name must be a string"),
        ({"name": "tune", "hyperdrive_config": None}, "hyperdrive_config is required"),
        ({"name": "tune", "hyperdrive_config": {}}, "Unexpected hyperdrive_config type: <class 'dict'>"),
    ],
)
def test_a_search_step_needs_a_name_and_a_search(given, message):
    with pytest.raises(ValueError) as caught:
        HyperDriveStep(**given)

    assert str(caught.value) == message


def searching(arguments=None, **given):
    script = ScriptRunConfig("src", "not-there.py", arguments=arguments, compute_target="cpu-cluster")
    config = HyperDriveConfig(RandomParameterSampling({}), "m", PrimaryMetricGoal.MAXIMIZE, 4, run_config=script)
    return HyperDriveStep("tune", config, **given)


OUTPUT = OutputFileDatasetConfig()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"arguments": ["--a", 1], "estimator_entry_script_arguments": ["--b", 2]},
            "Only one of estimator_entry_script_arguments and ScriptRunConfig.arguments should be set.",
        ),
        (
            {"estimator_entry_script_arguments": "--b 2"},
            "estimator_entry_script_arguments expects arguments as a list.",
        ),
        ({"metrics_output": "x"}, "Unexpected metrics_output type: <class 'str'>"),
        ({"metrics_output": OUTPUT}, f"Unexpected metrics_output type: {type(OUTPUT)}"),
        (
            {"inputs": [PipelineData("d")], "outputs": [PipelineData("d")]},
            "[d] is repeated. Input and output port names must be unique.",
        ),
    ],
)
def test_what_a_search_step_cant_be_given(given, message):
    with pytest.raises(ValueError) as caught:
        searching(**given)

    assert str(caught.value) == message


def test_the_table_of_metrics_joins_the_outputs_that_were_given():
    model, metrics = PipelineData("model"), PipelineData("metrics", training_output=TrainingOutput("Model"))
    outputs = [model]
    step = searching(["--a", 1], outputs=outputs, metrics_output=metrics)

    assert outputs == [model, metrics]
    assert metrics._training_output.type == "Metrics"
    assert step._outputs == {"model": model, "metrics": metrics}
