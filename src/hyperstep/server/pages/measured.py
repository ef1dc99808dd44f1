"""Measured: the trials of a search by another metric, or by its first or last value instead of its best."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace

from hyperstep.charts.trials import Trials
from hyperstep.search.goal import Goal
from hyperstep.server.pages.asked import Asked
from hyperstep.store.queries import Db

_POINT = {
    "first": "AND metric.number = 0 ",
    "last": "AND metric.number = series.points - 1 ",
}


def measured(db: Db, trials: Trials, asked: Asked) -> Trials:
    """The trials with the scores that were asked for; the marks of the search's own winner stay away then."""
    name = asked.metric or trials.metric
    if name == trials.metric and asked.take == "best":
        return trials
    goal = Goal.MINIMIZE if asked.value("goal") == "minimize" else Goal.MAXIMIZE if asked.value("goal") else trials.goal
    numbers = json.dumps(list(trials.numbers))
    if asked.take == "best":
        what, where = ("max(metric.value)" if goal is Goal.MAXIMIZE else "min(metric.value)"), ""
    else:
        what, where = "metric.value", _POINT[asked.take]
    rows = db.execute(
        f"SELECT trial.number, {what} FROM trial JOIN series ON series.job = trial.job AND series.name = ? "  # noqa: S608
        f"JOIN metric ON metric.series = series.id WHERE trial.step = ? "
        f"AND trial.number IN (SELECT value FROM json_each(?)) {where}GROUP BY trial.number",
        [name, trials.id, numbers],
    )
    found = {number: value for number, value in rows if value is not None and math.isfinite(value)}
    return replace(
        trials,
        metric=name if asked.take == "best" else f"{asked.take} {name}",
        goal=goal,
        scores=[found.get(number) for number in trials.numbers],
        winner=None,
        counts=dict(Counter(trials.states)) if len(trials.numbers) == trials.total else trials.counts,
        climb=(),
    )
