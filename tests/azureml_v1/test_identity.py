"""Ids of v1 runs lead back to what they name."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.azureml_v1.identity import RECORDED, RUN, SEARCH, STEP, TRIAL, Identity, parse, written

RUNS = st.integers(0, 10**9).map(str)
NUMBERS = st.integers(0, 10**6)
IDENTITIES = st.one_of(
    st.builds(Identity, st.just(RUN), RUNS),
    st.builds(Identity, st.sampled_from([STEP, SEARCH]), RUNS, NUMBERS),
    st.builds(Identity, st.just(TRIAL), RUNS, NUMBERS, NUMBERS),
)


@given(IDENTITIES)
def test_an_id_names_what_it_was_written_for(identity):
    assert parse(written(identity)) == identity
    assert "/" not in written(identity)


@given(st.text())
def test_an_id_that_is_not_of_the_engine_is_a_recorded_run(text):
    named = parse(text)

    assert named.kind == RECORDED or written(named) == text


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("42", Identity(RUN, "42")),
        ("42_0", Identity(STEP, "42", 0)),
        ("HD_42_1", Identity(SEARCH, "42", 1)),
        ("HD_42_1_13", Identity(TRIAL, "42", 1, 13)),
        ("HD_42", Identity(RECORDED)),
        ("042", Identity(RECORDED)),
        ("42_1_3", Identity(RECORDED)),
        ("42_", Identity(RECORDED)),
        ("", Identity(RECORDED)),
        ("\u0664\u0662", Identity(RECORDED)),
        (str(uuid.UUID(int=42)), Identity(RECORDED)),
    ],
)
def test_what_ids_look_like(text, identity):
    assert parse(text) == identity
