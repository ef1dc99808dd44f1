"""What a HyperDriveConfig is written as becomes a search of hyperstep's that means the same."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1 import expressions, policies, samplings
from hyperstep.azureml_v1.answers import search
from hyperstep.errors import DefinitionError, SpaceError
from hyperstep.pipeline.tune import Limits
from hyperstep.search import distributions
from hyperstep.search.goal import Goal
from hyperstep.search.metric import Metric
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler


def dimension(expression):
    return search.space({"parameter_space": {"a": expression}}).dimensions["a"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (expressions.choice("adam", 0.5, True, None), distributions.choice("adam", 0.5, True, None)),
        (expressions.choice((1, 2), {"b": 3}), distributions.choice("[1, 2]", '{"b": 3}')),
        (expressions.randint(True), distributions.randint(1)),
        (expressions.randint(10), distributions.randint(10)),
        (expressions.uniform(0.05, 1.0), distributions.uniform(0.05, 1.0)),
        (expressions.quniform(1, 100, 5), distributions.quniform(1, 100, 5)),
        (expressions.loguniform(-6, -1), distributions.loguniform(-6, -1)),
        (expressions.loguniform(-1, -1), distributions.loguniform(-1, -1)),
        (expressions.qloguniform(0, 5, 2), distributions.qloguniform(0, 5, 2)),
        (expressions.normal(10, 3), distributions.normal(10, 3)),
        (expressions.qnormal(10, 3, 1), distributions.qnormal(10, 3, 1)),
        (expressions.lognormal(0, 1), distributions.lognormal(0, 1)),
        (expressions.qlognormal(0, 1, 2), distributions.qlognormal(0, 1, 2)),
    ],
)
def test_an_expression_becomes_the_distribution_of_its_name(expression, expected):
    assert dimension(expression) == expected


@given(st.floats(-3, 2), st.floats(0.1, 3), st.floats(0, 1, exclude_max=True))
def test_bounds_of_logarithms_are_exponents(low, width, u):
    value = dimension(expressions.loguniform(low, low + width)).at(u)

    assert 2.718 ** (low - 0.01) <= value <= 2.72 ** (low + width + 0.01)


@pytest.mark.parametrize("space", [{"a": 3}, {"a": "nonsense"}, {"a": ["unheard", [1]]}, {}, None])
def test_what_is_no_space_is_refused(space):
    with pytest.raises(SpaceError):
        search.space(samplings.RandomParameterSampling(space).to_json())


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (samplings.RandomParameterSampling({}), RandomSampler(seed=0)),
        (samplings.RandomParameterSampling({}, properties={"seed": 7}), RandomSampler(seed=7)),
        (samplings.RandomParameterSampling({}, properties={"seed": 7, "rule": "sobol"}), SobolSampler(seed=7)),
        (samplings.GridParameterSampling({}), GridSampler()),
        (samplings.BayesianParameterSampling({}), BayesianSampler(seed=0)),
    ],
)
def test_a_sampling_becomes_a_sampler(sampling, expected):
    assert search.sampler(sampling.to_json()) == expected


def test_a_search_that_goes_on_from_others_draws_other_values_unless_it_has_a_seed():
    drawn = samplings.RandomParameterSampling({})
    seeded = samplings.RandomParameterSampling({}, properties={"seed": 7})
    samplers = [search.sampler(drawn.to_json(), resumed) for resumed in ("", "1/a", "1/a, 2/a")]

    assert len(set(samplers)) == 3
    assert search.sampler(drawn.to_json(), "1/a") == samplers[1]
    assert search.sampler(seeded.to_json(), "1/a") == RandomSampler(seed=7)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (policies.NoTerminationPolicy(), NoPolicy()),
        (policies.BanditPolicy(2, 0.1, delay_evaluation=5), BanditPolicy(2, slack_factor=0.1, delay_evaluation=5)),
        (policies.BanditPolicy(slack_amount=0.2), BanditPolicy(slack_amount=0.2)),
        (policies.BanditPolicy(slack_factor=0), BanditPolicy(slack_amount=0)),
        (policies.MedianStoppingPolicy(1, 5), MedianStoppingPolicy(1, 5)),
        (policies.MedianStoppingPolicy(True), MedianStoppingPolicy(1)),
        (policies.TruncationSelectionPolicy(20, 2), TruncationSelectionPolicy(20, evaluation_interval=2)),
    ],
)
def test_a_policy_becomes_the_policy_of_its_name(policy, expected):
    assert search.policy(policy.to_json()) == expected


def test_an_interval_that_never_comes_is_refused_here():
    with pytest.raises(DefinitionError):
        search.policy(policies.MedianStoppingPolicy(0).to_json())


def limits(total, concurrent, minutes=10080):
    given = {"max_total_jobs": total, "max_concurrent_jobs": concurrent, "max_duration_minutes": minutes}
    return search.limits(given)


def test_limits_are_kept_and_minutes_become_seconds():
    assert limits(20, 4, minutes=30) == Limits(trials=20, concurrent=4, duration=1800)


def test_a_week_is_no_limit():
    assert limits(20, 4).duration is None


@given(st.integers(1, 1000))
def test_all_at_once_means_as_many_as_there_are_processors(total):
    assert limits(total, total).concurrent == min(total, len(os.sched_getaffinity(0)))


def noted(sampling, total, concurrent):
    written = {"generator_config": sampling.to_json(), "max_total_jobs": total, "max_concurrent_jobs": concurrent}
    return list(search.notes("tune", written))


def test_fewer_at_once_than_in_azure_are_announced():
    sampling = samplings.RandomParameterSampling({"a": expressions.uniform(0, 1)})
    many = len(os.sched_getaffinity(0)) + 1
    (note,) = noted(sampling, many, many)

    assert note.startswith(f"tune: all {many} runs at once are too many for this machine, so {many - 1} run at once")
    assert noted(sampling, many, many - 1) == []
    assert noted(sampling, many - 1, many - 1) == []


def test_a_grid_that_ends_early_is_announced():
    grid = samplings.GridParameterSampling({"a": expressions.choice(1, 2, 3), "b": expressions.choice(1, 2)})
    (note,) = noted(grid, 5, 1)

    assert "the grid has 6 combinations, and max_total_runs=5 ends the search" in note
    assert noted(grid, 6, 1) == []


def test_a_metric_keeps_name_and_goal():
    assert search.metric({"name": "mse", "goal": "minimize"}) == Metric("mse", Goal.MINIMIZE)
