import pytest

from hyperstep.errors import DefinitionError, GraphError
from hyperstep.pipeline.data import BestFile, Output, OutputOf, TrialTable
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.distributions import Uniform
from hyperstep.search.metric import maximize

PREP = Step("prep.py", arguments=["--out", Output("data_X"), Output("data_y")])
TUNE = TuneStep(Step("train.py"), space={"a": Uniform(0, 1)}, metric=maximize("r2"), name="tune")


def use(reference):
    return Step("use.py", arguments=[reference])


def test_parameters_are_listed_with_their_defaults_in_the_order_of_first_use():
    first = Step("a.py", arguments=[Parameter("z", 0.2), Parameter("a", "x")])
    second = TuneStep(
        Step("b.py", arguments=[Parameter("n", 3), Parameter("z", 0.2)]), space=TUNE.space, metric=TUNE.metric
    )

    assert list(Pipeline("p", [first, second]).parameters.items()) == [("z", 0.2), ("a", "x"), ("n", 3)]


@pytest.mark.parametrize("other", [0.3, 1, True, "0.2"])
def test_a_parameter_of_two_defaults_is_refused(other):
    steps = [Step("a.py", arguments=[Parameter("p", 1.0)]), Step("b.py", arguments=[Parameter("p", other)])]

    with pytest.raises(DefinitionError, match=r"Parameter 'p' has the default 1\.0 and, in step 'b'"):
        Pipeline("p", steps)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            [PREP, use(OutputOf("perp", "data_X"))],
            r"output 'data_X' of 'perp', but the pipeline has no step.*Did you mean 'prep'",
        ),
        ([PREP, use(OutputOf("prep", "data_x"))], r"'prep' declares 'data_X' and 'data_y'\. Did you mean 'data_X'"),
        ([PREP, use(BestFile("prep", "outputs/m"))], r"'prep' isn't a tuning step"),
        ([PREP, use(TrialTable("prep"))], r"'prep' isn't a tuning step"),
        (
            [TUNE, RegisterStep("m", BestFile("tun", "outputs/m"))],
            r"'register m' takes 'outputs/m'.*it has 'tune' and 'register m'",
        ),
        ([TUNE, use(OutputOf("train", "model"))], r"wrapped by the tuning step 'tune'"),
        ([TUNE, use(OutputOf("tune", "model"))], r"'tune' declares none"),
        ([Step("a.py", after=["b"])], r"is to run after 'b', but the pipeline has no step"),
        ([Step("a.py", after=["a"])], r"wait for each other: a -> a,"),
        ([use(OutputOf("b", "x")), Step("b.py", arguments=[Output("x")], after=["use"])], r"use -> b -> use"),
    ],
)
def test_an_edge_that_leads_nowhere_or_back_is_refused(steps, message):
    with pytest.raises(GraphError, match=message):
        Pipeline("p", steps)


@pytest.mark.parametrize(
    ("name", "steps", "message"),
    [
        ("", [PREP], r"name is empty"),
        ("p", [], r"has no steps"),
        ("p", PREP, r"takes a list"),
        ("p", [PREP, "train.py"], r"step 2 is 'train\.py' \(a str\)"),
        ("p", [PREP, Step("other.py", name="prep")], r"two steps named 'prep'"),
    ],
)
def test_a_pipeline_that_is_no_list_of_named_steps_is_refused(name, steps, message):
    with pytest.raises(DefinitionError, match=message):
        Pipeline(name, steps)


def test_a_pipeline_is_a_value():
    assert Pipeline("p", [PREP, TUNE]) == Pipeline("p", (PREP, TUNE))
