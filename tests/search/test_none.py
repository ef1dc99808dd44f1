"""Without a policy every trial runs to its end."""

from __future__ import annotations

from hypothesis import given

from hyperstep.search.policies.none import NoPolicy
from hyperstep.testing.policies import PolicyContract
from hyperstep.testing.strategies import histories


class TestContract(PolicyContract):
    policy = NoPolicy()


@given(histories())
def test_nothing_is_ever_stopped(history):
    assert not any(NoPolicy().reason_to_stop(trial, history) for trial in history.running.values())
