from pathlib import Path

import pytest

from hyperstep.document import encode
from hyperstep.errors import DefinitionError, SpaceError
from hyperstep.pipeline.data import BestFile, Dataset, JobName, Joined, Output, TrialTable
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.search.distributions import Choice, Uniform
from hyperstep.search.metric import maximize
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace


def tune(**changed):
    return TuneStep(**{"step": Step("train.py"), "space": {"a": Uniform(0, 1)}, "metric": maximize("r2"), **changed})


def test_a_step_is_named_after_its_script():
    assert Step("steps/01_prep.data.py").name == "01_prep.data"


def test_a_tuning_step_is_named_after_the_step_that_it_wraps():
    assert tune(step=Step("train.py", name="fit")).name == "fit"


def test_a_register_step_is_named_after_its_model():
    assert RegisterStep("ridge", BestFile("tune", "outputs/m")).name == "register ridge"


def test_lists_mappings_and_text_are_taken_and_kept_as_values():
    step = Step("./a//train.py", arguments=["--x", 1], after=["prep"], source="src", variables={"A": "1"})

    assert step == Step("a/train.py", arguments=("--x", 1), after=("prep",), source=Source("src"), variables={"A": "1"})
    assert tune().space == SearchSpace({"a": Uniform(0, 1)})
    assert Source(Path("src"), ignore=["*.csv"]) == Source("src", ignore=("*.csv",))


def test_a_value_does_not_change_when_what_it_was_made_from_does():
    variables, arguments = {"A": "1"}, ["--x"]
    step = Step("train.py", arguments=arguments, variables=variables, environment=Environment(variables=variables))
    written = encode(step)
    variables["B"] = "2"
    arguments.append("--y")

    assert encode(step) == written


def test_outputs_are_listed_once_in_the_order_of_the_arguments():
    assert Step("a.py", arguments=[Output("b"), "--x", Output("a"), Output("b")]).outputs == ("b", "a")


def test_outputs_stand_in_variables_and_in_joined_parts_too():
    step = Step("a.py", arguments=[Joined(["--d=", Output("b")])], variables={"A": Output("a"), "B": Output("b")})

    assert step.outputs == ("b", "a")
    assert step.output("a").name == "a"


def test_a_step_of_a_command_needs_no_script():
    step = Step(command="sh prepare.sh $1", name="prepare", arguments=[Output("data")])

    assert (step.script, step.outputs) == ("", ("data",))


def test_an_output_that_a_step_does_not_declare_names_those_it_does():
    step = Step("prep.py", arguments=[Output("data_X"), Output("data_y")])

    with pytest.raises(
        DefinitionError,
        match=r"'prep' has no output 'data_x'; it declares 'data_X' and 'data_y'\. Did you mean 'data_X'",
    ):
        step.output("data_x")
    with pytest.raises(DefinitionError, match="'tune' has no output 'model'; it declares 'data_X' and 'data_y'"):
        tune(step=step, name="tune").output("model")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Step(""), r"script is empty"),
        (lambda: Step("../train.py"), r"script is '\.\./train\.py', but must be a path below its source folder"),
        (lambda: Step("/train.py"), r"relative"),
        (lambda: Step(3), r"script is 3 \(a int\), but must be text"),
        (lambda: Step("a.py", name="a\nb"), r"'a\\nb', but must be one line"),
        (lambda: Step("a.py", name=" a"), r"no blank at either end"),
        (lambda: Step("a.py", arguments="--x 1"), r"arguments are '--x 1' \(a str\), but must be a list"),
        (lambda: Step("a.py", arguments=["--x", None]), r"'a': argument 2 is None \(a NoneType\).*Dataset\(path\)"),
        (lambda: Step("a.py", arguments=[Step("prep.py")]), r"Write prep\.output\('name'\)"),
        (lambda: Step("a.py", arguments=["a\0b"]), r"NUL"),
        (lambda: Step("a.py", arguments=["\ud800"]), r"isn't Unicode text: character 0 "),
        (
            lambda: Step("a.py", source=3),
            r"source is 3 \(a int\), but must be of class Source\. Write Source\('folder'\)",
        ),
        (lambda: Step("a.py", environment=Environment), r"environment is the class Environment"),
        (lambda: Step("a.py", variables={"A=B": "1"}), r"can't hold '='"),
        (lambda: Step("a.py", variables={"A": None}), r"variables\['A'\] is None \(a NoneType\), but must be text"),
        (lambda: Step("a.py", variables=["A"]), r"variables is \['A'\] .*, but must be a mapping"),
        (lambda: Step("a.py", command="ls"), r"has the script 'a.py' and the command 'ls'. Keep one"),
        (lambda: Step(command="ls"), r"the command 'ls' has no name"),
        (lambda: Step("a.py", arguments=[Joined(["--x=", None])]), r"argument 1, part 2, is None"),
        (lambda: Step("a.py", arguments=[Joined([Joined(["a"])])]), r"argument 1, part 1, is Joined"),
        (lambda: Joined([]), r"parts of a Joined are \[\]"),
        (lambda: JobName("{job}"), r"is '\{job\}', but only \{run\}, \{step\}, \{position\}"),
        (lambda: JobName("{run!r}"), r"can be filled in"),
        (lambda: JobName("{run"), r"is '\{run', which can't be filled in"),
        (lambda: TrialTable("tune", "{run}"), r"is the same for every trial"),
        (lambda: tune(options=False), r"no trial would learn its values"),
        (lambda: tune(variables="A="), r"variables is 'A=', but a variable's name can't hold '='"),
        (lambda: Step("a.py", after="prep"), r"is the text 'prep', but must be a list\. Write \['prep'\]"),
        (lambda: Step("a.py", timeout=0), r"timeout is 0 \(a int\), but must be more than 0 seconds"),
        (lambda: Step("a.py", timeout=float("nan")), r"more than 0 seconds"),
        (lambda: Step("a.py", timeout=True), r"more than 0 seconds"),
        (lambda: Step("a.py", reuse=1), r"reuse is 1 \(a int\), but must be True or False"),
        (lambda: Output("a/b"), r"no '/'"),
        (lambda: Output(".."), r"'\.\.'"),
        (lambda: Output("outputs"), r"kept anyway"),
        (lambda: BestFile("tune", "model.pkl"), r"only those below 'outputs/' are kept"),
        (lambda: BestFile("tune", "outputs/../../etc"), r"without '\.\.'"),
        (lambda: BestFile("tune", "outputs/"), r"below"),
        (lambda: Dataset(3), r"path of a Dataset is 3"),
        (lambda: Parameter("a=b", 1), r"can't hold '='"),
        (lambda: Parameter("a", None), r"default of Parameter 'a' is None"),
        (lambda: Environment(python=3), r"python is 3"),
        (lambda: Environment(start="fork"), r"start is 'fork' \(a str\), but must be of class Start"),
        (lambda: Environment(preload=["import numpy"]), r"'import numpy', but must name modules"),
        (lambda: RegisterStep("-m", BestFile("t", "outputs/m")), r"model is '-m', but must be letters"),
        (lambda: RegisterStep("m", "outputs/m"), r"artifact is 'outputs/m' \(a str\), but must be what a step makes"),
        (lambda: RegisterStep("m", BestFile("t", "outputs/m"), aliases=["3"]), r"not a number"),
        (lambda: Limits(trials=0), r"Limits\.trials is 0 \(a int\), but must be a whole number, 1 or more"),
        (lambda: Limits(concurrent=2.0), r"Limits\.concurrent is 2\.0"),
        (lambda: Limits(first_failures=-1), r"0 or more"),
        (lambda: Limits(trial_duration=-1), r"Limits\.trial_duration is -1"),
        (lambda: tune(step="train.py"), r"step of a TuneStep is 'train\.py' \(a str\)"),
        (lambda: tune(metric="r2"), r"Write maximize\('r2'\)"),
        (lambda: tune(sampler=RandomSampler), r"sampler is the class RandomSampler"),
        (lambda: tune(policy="bandit"), r"policy is 'bandit'"),
        (lambda: tune(limits=4), r"limits is 4"),
        (lambda: tune(space={"a": Uniform(0, 1), "--a": Uniform(0, 1)}), r"'a' and '--a' are the same option"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_value(make, message):
    with pytest.raises(DefinitionError, match=message):
        make()


@pytest.mark.parametrize(
    ("sampler", "space", "message"),
    [
        (GridSampler(), {"b": Choice((1, 2)), "a": Uniform(0, 1)}, r"^Step 'train': .*GridSampler.* 'a' is uniform"),
        (SobolSampler(), {f"a{i}": Uniform(0, 1) for i in range(65)}, r"^Step 'train': .*Sobol.* 65 axes"),
    ],
)
def test_a_sampler_that_can_not_go_through_the_space_is_refused_when_it_is_defined(sampler, space, message):
    with pytest.raises(SpaceError, match=message):
        tune(space=space, sampler=sampler)


def test_a_long_value_is_cut_in_a_message():
    with pytest.raises(DefinitionError) as raised:
        Step("a.py", after=[Step("prep.py", arguments=["x" * 500])])

    assert len(str(raised.value)) < 250


def test_a_sampled_name_may_be_among_the_arguments_already():
    assert tune(step=Step("train.py", arguments=["--a", 0.5])).step.arguments == ("--a", 0.5)


def test_the_path_of_a_best_file_is_kept_in_its_plain_form():
    assert BestFile("tune", "./outputs//model.pkl").path == "outputs/model.pkl"


def test_start_is_a_word():
    assert Environment(start=Start("spawn")).start is Start.SPAWN
