"""Events as text and back."""

from __future__ import annotations

import json
import typing
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType

import pytest
from hypothesis import given, settings
from stories import events, kinds

from hyperstep.engine.events import Event, MetricsLogged, Point
from hyperstep.errors import UnknownKind
from hyperstep.pipeline.step import Step
from hyperstep.store import encoding
from hyperstep.store.encoding import event_from_text, event_to_text


def test_the_events_of_these_tests_are_of_every_kind():
    assert set(kinds("1")) == set(typing.get_args(Event))


@settings(deadline=None, max_examples=400)
@given(events())
def test_every_event_comes_back_as_it_was(event):
    text = event_to_text(event)

    assert repr(event_from_text(type(event).__name__, text)) == repr(event)  # repr: NaN isn't equal to itself


@given(events())
@settings(deadline=None)
def test_the_text_of_an_event_is_json_in_ascii_on_one_line(event):
    text = event_to_text(event)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} isn't JSON"))

    assert text.isascii()
    assert "\n" not in text


def named_in(hint: object, seen: set[type]) -> set[type]:
    """All dataclasses and enums that a value of this type may hold."""
    if isinstance(hint, type) and not typing.get_origin(hint):
        if (is_dataclass(hint) or issubclass(hint, Enum)) and hint not in seen:
            seen.add(hint)
            for field in fields(hint) if is_dataclass(hint) else ():
                named_in(typing.get_type_hints(hint)[field.name], seen)
        return seen
    if isinstance(hint, UnionType) or typing.get_origin(hint):
        for part in typing.get_args(hint):
            named_in(part, seen)
    return seen


def test_every_class_that_an_event_can_hold_can_be_read_back():
    known = set(encoding._codec(plugins=False)._kinds.values())

    assert named_in(Event, set()) <= known


def test_a_class_that_this_version_does_not_know_is_named():
    with pytest.raises(UnknownKind, match="'DriverDreamt'"):
        event_from_text("DriverDreamt", '{"$": "DriverDreamt"}')


def test_a_field_that_an_older_version_did_not_write_takes_its_default():
    assert event_from_text("DriverStarted", '{"$": "DriverStarted", "pid": 3}').host == ""


def test_a_submission_and_a_job_that_were_written_before_steps_had_commands_can_be_read():
    step = '{"$": "Step", "script": "a.py", "name": "a"}'
    pipeline = f'{{"$": "Pipeline", "name": "p", "steps": [{step}]}}'
    submitted = event_from_text("RunSubmitted", f'{{"$": "RunSubmitted", "pipeline": {pipeline}}}')
    source = '{"$": "Artifact", "digest": "00", "size": 1, "kind": "tree"}'
    job = f'{{"$": "Job", "id": "1/a.0", "script": "a.py", "source": {source}, "variables": {{"A": "1"}}}}'
    requested = event_from_text("JobRequested", f'{{"$": "JobRequested", "job": {job}}}')

    assert (submitted.labels, submitted.keep_going) == ({}, True)
    assert submitted.pipeline.steps == (Step("a.py"),)
    assert (requested.job.command, requested.job.told, requested.job.variables) == ("", {}, {"A": "1"})


def test_a_point_costs_at_most_60_bytes_of_text():
    event = MetricsLogged(job="1/tune/3.0", points=(Point("val/loss", 1 / 3, 500, 1750000000.123456),) * 100, through=1)

    assert len(event_to_text(event)) / 100 <= 60
