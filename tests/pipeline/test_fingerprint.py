from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.pipeline.data import Dataset, JobName, Joined, Output, OutputOf, TrialTable
from hyperstep.pipeline.environment import Environment
from hyperstep.pipeline.fingerprint import differences, fingerprint
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.search.distributions import Choice, Uniform
from hyperstep.search.metric import maximize, minimize
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler

STEP = Step(
    "prep.py",
    arguments=["--size", Parameter("size", 0.2), "--in", OutputOf("a", "x"), "--out", Output("data")],
    variables={"TOKEN": "secret"},
)
TUNE = TuneStep(STEP, space={"--a": Uniform(0, 1), "--b": Uniform(0, 1)}, metric=maximize("r2"))
GIVEN = {"parameters": {"size": 0.2, "other": 1}, "source": "c0de", "inputs": {"x of a": "d161"}, "installed": "b17"}


def parts_of(step=STEP, **changed):
    return fingerprint(step, **{**GIVEN, **changed})[1]


def test_the_parts_are_for_people():
    assert {key: value for key, value in parts_of().items() if key not in ("environment", "variable TOKEN")} == {
        "script": "prep.py",
        "arguments": "--size <parameter size> --in <input 'x of a'> --out <output data>",
        "parameter size": "0.2",
        "code": "c0de",
        "input x of a": "d161",
        "Python installation": "b17",
    }


def test_the_same_step_has_the_same_fingerprint():
    assert fingerprint(STEP, **GIVEN) == fingerprint(replace(STEP), **GIVEN)


def test_the_default_of_a_parameter_among_the_variables_does_not_count():
    one, other = (replace(STEP, variables={"SIZE": Parameter("size", default)}) for default in (0.2, 0.3))

    assert fingerprint(one, **GIVEN) == fingerprint(other, **GIVEN)


def test_variables_are_not_shown():
    assert "secret" not in str(parts_of())


@pytest.mark.parametrize(
    ("step", "given", "sentences"),
    [
        (STEP, {"parameters": {"size": 0.3}}, ("parameter size was 0.2 and is 0.3",)),
        (STEP, {"source": "other"}, ("the code changed",)),
        (STEP, {"inputs": {"x of a": "other"}}, ("the input x of a changed",)),
        (STEP, {"installed": "other"}, ("the Python installation changed",)),
        (STEP, {"installed": ""}, ("the Python installation is gone",)),
        (replace(STEP, script="other.py"), {}, ("script was prep.py and is other.py",)),
        (replace(STEP, variables={"TOKEN": "other"}), {}, ("the variable TOKEN changed",)),
        (replace(STEP, variables={}), {}, ("the variable TOKEN is gone",)),
        (replace(STEP, environment=Environment(variables={"A": "1"})), {}, ("the environment changed",)),
        (replace(STEP, variables={"TOKEN": JobName("{run}")}), {}, ("the variable TOKEN changed",)),
        (replace(STEP, variables={"TOKEN": JobName("{run}", counts=False)}), {}, ("the variable TOKEN changed",)),
        (replace(STEP, variables={"TOKEN": Dataset("d")}), {}, ("the variable TOKEN changed",)),
        (
            replace(STEP, variables={"TOKEN": Parameter("other", 1)}),
            {},
            ("parameter other is new: 1", "the variable TOKEN changed"),
        ),
        (
            replace(STEP, arguments=[Parameter("size", 0.2), Joined(["--in=", OutputOf("a", "x")])]),
            {},
            (f"arguments was {parts_of()['arguments']} and is <parameter size> --in=<input 'x of a'>",),
        ),
        (
            replace(STEP, script="", command="sh prep.sh", name="prep"),
            {},
            ("command is new: sh prep.sh", "script is gone; it was prep.py"),
        ),
    ],
)
def test_what_a_script_can_see_counts_and_is_said(step, given, sentences):
    digest, parts = fingerprint(step, **{**GIVEN, **given})

    assert digest != fingerprint(STEP, **GIVEN)[0]
    assert differences(parts_of(), parts) == sentences


@pytest.mark.parametrize(
    ("step", "given"),
    [
        (replace(STEP, timeout=5), {}),
        (replace(STEP, name="other"), {}),
        (replace(STEP, after=("first",)), {}),
        (replace(STEP, arguments=["--size", Parameter("size", 0.5), *STEP.arguments[2:]]), {}),
        (STEP, {"parameters": {"size": 0.2, "other": 2}}),
    ],
)
def test_what_a_script_can_not_see_does_not_count(step, given):
    assert fingerprint(step, **{**GIVEN, **given}) == fingerprint(STEP, **GIVEN)


@given(
    st.lists(
        st.text("<>'\" ao", max_size=6)
        | st.builds(Output, st.text("<>' ao", min_size=1, max_size=6).filter(lambda s: s == s.strip()))
    ),
    st.lists(
        st.text("<>'\" ao", max_size=6)
        | st.builds(Output, st.text("<>' ao", min_size=1, max_size=6).filter(lambda s: s == s.strip()))
    ),
)
def test_different_arguments_never_read_the_same(one, other):
    same = parts_of(Step("a.py", arguments=one)) == parts_of(Step("a.py", arguments=other))

    assert same == (one == other)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"space": {"--a": Uniform(0, 0.5), "--b": Uniform(0, 1)}},
            "distribution of --a was Uniform(low=0, high=1) and is Uniform(low=0, high=0.5)",
        ),
        ({"space": {"--b": Uniform(0, 1), "--a": Uniform(0, 1)}}, "search space was --a, --b and is --b, --a"),
        ({"metric": minimize("mse")}, "metric was maximize r2 and is minimize mse"),
    ],
)
def test_the_search_counts(changed, sentence):
    changed_parts = parts_of(replace(TUNE, **changed))

    assert sentence in differences(parts_of(TUNE), changed_parts)


@pytest.mark.parametrize(
    "changed",
    [
        {"sampler": RandomSampler(seed=7)},
        {"policy": BanditPolicy(slack_factor=0.1)},
        {"limits": Limits(trials=3)},
        {"variables": "SWEEP_"},
        {"variables": "SWEEP_", "options": False},
    ],
)
def test_sampler_policy_limits_and_how_values_are_told_count(changed):
    assert fingerprint(replace(TUNE, **changed), **GIVEN)[0] != fingerprint(TUNE, **GIVEN)[0]


@pytest.mark.parametrize(
    ("tune", "counts"),
    [
        (TUNE, False),
        (replace(TUNE, sampler=GridSampler(), space={"--a": Choice((1, 2))}), False),
        (replace(TUNE, policy=BanditPolicy(slack_factor=0.1)), True),
        (replace(TUNE, limits=Limits(duration=60)), True),
    ],
)
def test_how_many_trials_run_at_once_counts_only_if_something_looks_back(tune, counts):
    more = replace(tune, limits=replace(tune.limits, concurrent=tune.limits.concurrent + 1))

    assert (fingerprint(tune, **GIVEN) != fingerprint(more, **GIVEN)) is counts


def test_a_register_step_has_parts_too():
    parts = parts_of(RegisterStep("m", OutputOf("a", "x"), aliases=["best"], tags={"k": "v"}))

    assert parts == {
        "model": "m",
        "aliases": "best",
        "tags": "k=v",
        "input x of a": "d161",
        "Python installation": "b17",
    }


def test_what_trials_are_called_in_a_table_counts():
    plain, named = (Step("a.py", arguments=[table]) for table in (TrialTable("t"), TrialTable("t", "HD_{trial}")))

    assert parts_of(plain, inputs={})["arguments"] == "<input 'trials of t'>"
    assert parts_of(named, inputs={})["arguments"] == "<input 'trials of t as HD_{trial}'>"


def test_a_file_from_outside_is_named_by_its_path():
    assert parts_of(Step("a.py", arguments=[Dataset("d.csv")]), inputs={})["arguments"] == "<input 'file d.csv'>"
