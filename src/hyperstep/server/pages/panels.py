"""Panels: the part of a tuning page that its tabs choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from markupsafe import Markup

from hyperstep.charts.curves import curves
from hyperstep.charts.importance import importance as importance_chart
from hyperstep.charts.pairs import pairs
from hyperstep.charts.slices import slices
from hyperstep.charts.timeline import timeline
from hyperstep.charts.trials import Trials
from hyperstep.errors import HyperstepError
from hyperstep.pipeline.tune import TuneStep
from hyperstep.plots import curves_of
from hyperstep.replays import POLICIES, policy_of, replay, saving, winner
from hyperstep.search.importance import importance
from hyperstep.search.values import option_of
from hyperstep.server.pages.asked import Asked
from hyperstep.store.earlier import ended_trials
from hyperstep.store.queries import Db
from hyperstep.store.rows import StepRow

WIDE = 1240
PANELS = {
    "curves": "Curves",
    "slices": "One parameter",
    "pairs": "Two parameters",
    "importance": "Importance",
    "timeline": "Timeline",
    "what-if": "What if",
    "space": "Space",
}
"""The titles of the panels by the name that addresses use."""

_NOTHING: Mapping[str, Any] = dict.fromkeys(("words", "chart", "axes", "policies", "rule", "space"), "")

_LISTED = 20  # stops of a replay
_MOST = 10_000  # trials whose reports are read for a panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a panel is made from. step and search: that ran the trials. trials: as they are drawn."""

    db: Db
    step: StepRow
    search: TuneStep
    trials: Trials
    asked: Asked


def panel(scene: Scene) -> dict[str, Any]:
    """What the panel that was asked for shows, by the names that the template takes."""
    return {**_NOTHING, **_MAKERS[shown(scene.asked)](scene)}


def shown(asked: Asked) -> str:
    """The name of the panel that was asked for; the first if none was."""
    return asked.panel if asked.panel in PANELS else next(iter(PANELS))


def _curves(scene: Scene) -> dict[str, Any]:
    return _chart(curves(curves_of(scene.db, scene.step.id), width=WIDE, height=360))


def _slices(scene: Scene) -> dict[str, Any]:
    return _chart(slices(scene.trials, width=WIDE))


def _pairs(scene: Scene) -> dict[str, Any]:
    names = [column.name for column in scene.trials.parameters]
    x, y = (name if (name := scene.asked.value(axis)) in names else "" for axis in ("x", "y"))
    return {**_chart(pairs(scene.trials, x, y, width=WIDE, height=420)), "axes": names, "x": x, "y": y}


def _importance(scene: Scene) -> dict[str, Any]:
    ended = ended_trials(scene.db, scene.step) if scene.trials.total <= _MOST else ()
    if scene.trials.total > _MOST:
        return {"words": f"Of more than {_MOST:,} trials it takes a while: hyperstep importance {scene.step.id}"}
    shares = importance(scene.search.space, ended, scene.search.metric.goal)
    return _chart(importance_chart(scene.trials, shares, width=WIDE))


def _timeline(scene: Scene) -> dict[str, Any]:
    return _chart(timeline(scene.trials, width=WIDE))


def _what_if(scene: Scene) -> dict[str, Any]:
    """A form for a policy, and what it would have done."""
    name = scene.asked.value("policy")
    settings = _settings(scene.asked) if name in POLICIES else {}
    shown: dict[str, Any] = {
        "policies": {kind: [field.name for field in fields(made)] for kind, made in POLICIES.items()},
        "policy": name,
        "given": {field: scene.asked.value(field) for field in _FIELDS},
        "fields": _FIELDS,
    }
    if name not in POLICIES:
        return shown
    if scene.trials.total > _MOST:
        return {**shown, "words": f"Of more than {_MOST:,} trials it takes a while: hyperstep what-if {scene.step.id}"}
    try:
        rule = policy_of(name, settings)
    except HyperstepError as error:
        return {**shown, "words": str(error)}
    replayed = replay(scene.db, scene.step, rule)
    return {
        **shown,
        "rule": str(rule),
        "sentences": [saving(replayed), winner(scene.step, replayed)],
        "stops": [(stop, replayed.actual.reports(stop.number)) for stop in replayed.stops[:_LISTED]],
        "more": max(0, len(replayed.stops) - _LISTED),
    }


_FIELDS = (
    "slack_factor",
    "slack_amount",
    "truncation_percentage",
    "eta",
    "first_rung",
    "evaluation_interval",
    "delay_evaluation",
)
_WHOLE = _FIELDS[2:]


def _settings(asked: Asked) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in _FIELDS:
        text = asked.value(name).strip()
        try:
            found |= {name: int(text) if name in _WHOLE else float(text)} if text else {}
        except ValueError:
            found[name] = float("nan")  # which every policy refuses, in words
    return found


def _space(scene: Scene) -> dict[str, Any]:
    """The space as it was declared, with the part that the conditions leave of it."""
    ranges = scene.asked.wanted.values
    return {
        "space": [
            (option_of(axis.name), str(axis.distribution), dict(axis.conditions), ranges.get(axis.name))
            for axis in scene.search.space.axes
        ]
    }


def _chart(drawing: str) -> dict[str, Any]:
    return {"chart": Markup(drawing)}  # noqa: S704 - charts escape what they are given


_MAKERS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "curves": _curves,
    "slices": _slices,
    "pairs": _pairs,
    "importance": _importance,
    "timeline": _timeline,
    "what-if": _what_if,
    "space": _space,
}
