"""Events as JSON text and back.

Everything is written as `document` writes it, but for the points of
MetricsLogged: there are so many of them that they are lists,
`[name, value, step, at]`, with NaN and infinities as text.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any, get_args

from hyperstep.document import Codec, encode
from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.events import Event, MetricsLogged, Point, Result
from hyperstep.engine.job import Ending, InputPath, Job, JoinedPath, Outcome, OutputPath
from hyperstep.errors import UnknownKind
from hyperstep.pipeline.data import BestFile, Dataset, JobName, Joined, Output, OutputOf, TrialTable
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.plugins import known_kinds

_ENGINE = (Artifact, Member, Point, Result, Ending, InputPath, Job, JoinedPath, Outcome, OutputPath)
_PIPELINE = (
    BestFile, Dataset, JobName, Joined, Output, OutputOf, TrialTable, Environment, Start, Parameter, Pipeline,
    RegisterStep, Source, Step, Limits, TuneStep,
)  # fmt: skip


def event_to_text(event: Event) -> str:
    """An event as one line of ASCII JSON: whatever text it holds, lone surrogates included, comes back the same."""
    if isinstance(event, MetricsLogged):
        points = [[p.name, _number(p.value), p.step, _number(p.at)] for p in event.points]
        return to_text({"job": event.job, "through": event.through, "points": points})
    return to_text(encode(event))


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else repr(value)


def event_from_text(kind: str, text: str) -> Event:
    """The event of this kind that was written as `text`.

    Raises UnknownKind if it, or something in it, isn't known to this version.
    """
    document = json.loads(text)
    if kind == MetricsLogged.__name__:
        points = tuple(Point(name, float(value), step, float(at)) for name, value, step, at in document["points"])
        return MetricsLogged(job=document["job"], points=points, through=document["through"])
    event: Event = _decode(document)
    return event


def to_text(document: Any) -> str:
    """A document as one line of ASCII JSON."""
    return json.dumps(document, separators=(",", ":"))


def value_from_text(text: str) -> Any:
    """The value that `to_text(encode(value))` wrote."""
    return _decode(json.loads(text))


def _decode(document: Any) -> Any:
    try:
        return _codec(plugins=False).decode(document)
    except UnknownKind:
        return _codec(plugins=True).decode(document)  # looked for only now: it takes a while


@cache
def _codec(*, plugins: bool) -> Codec:
    return Codec((*get_args(Event), *_ENGINE, *_PIPELINE, *known_kinds(plugins=plugins)))


def plain(text: str) -> str:
    """The text as it is, or with its lone surrogates escaped, since SQLite takes none."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
