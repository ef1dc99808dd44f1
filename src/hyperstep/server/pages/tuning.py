"""Tuning step: the sentence, the charts and the table of a search."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from hyperstep.charts.history import history
from hyperstep.charts.parallel import parallel
from hyperstep.charts.trials import Trials
from hyperstep.pipeline.tune import TuneStep
from hyperstep.plots import searched, trials_of
from hyperstep.search.values import option_of
from hyperstep.server.pages.asked import Asked
from hyperstep.server.pages.axes import arranged, menu
from hyperstep.server.pages.measured import measured
from hyperstep.server.pages.panels import PANELS, Scene, panel, shown
from hyperstep.server.pages.render import address, page
from hyperstep.server.reading import Moment
from hyperstep.store import queries, trial_pages
from hyperstep.store.queries import Db
from hyperstep.store.rows import ModelRow, RunRow, StepRow, TrialRow
from hyperstep.store.trial_pages import SCORE, Order
from hyperstep.wording import duration

SHOWN = 50
_MEDIAN_OF = 100  # trials, the last ones, whose time says how long the next will take


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table. metrics: the last value of each metric that it logged. models: registered from it."""

    trial: TrialRow
    metrics: dict[str, float]
    models: tuple[str, ...]


def show(request: Request, moment: Moment, run: RunRow, step: StepRow) -> Response:
    """The page of a tuning step; of a reused one with the trials of the one that it was taken from."""
    db = moment.db
    source, search = searched(db, step.id)
    asked = Asked(address("runs", step.id), request.query_params, search.space.names)
    drawn = measured(db, trials_of(db, source.id), asked)
    counts = trial_pages.counts(db, source.id)
    best = trial_pages.best(db, source)
    rows, following = _table(db, source, asked)
    return page(
        request,
        "tuning.html",
        title=f"{step.name} of run {run.id}",
        active="Runs",
        number=moment.number,
        live_run=run.id if run.ended_at is None else "",
        run=run,
        step=step,
        source=source,
        search=search,
        asked=asked,
        names=search.space.names,
        option_names=json.dumps({option_of(name): name for name in search.space.names}),
        axes=menu(drawn, asked),
        counts=counts,
        total=sum(counts.values()),
        ended=sum(counts.values()) - counts.get("running", 0),
        best=best,
        left=time_left(db, source, search, counts) if step.state == "running" else "",
        models=models_of(db, source),
        history=Markup(history(drawn, by=cast('Literal["number", "time"]', asked.by), width=640)),  # noqa: S704 - escaped
        parallel=Markup(parallel(arranged(drawn, asked), width=640)),  # noqa: S704 - escaped
        panel=panel(Scene(db=db, step=source, search=search, trials=drawn, asked=asked)),
        panels=list(PANELS.items()),
        panel_shown=shown(asked),
        metrics=queries.metric_names(db, source.id),
        columns=columns_json(drawn),
        rows=rows,
        matching=trial_pages.matching(db, source.id, asked.wanted) if asked.filtered else sum(counts.values()),
        following=asked.next(following) if following else "",
        chips=asked.chips(source.metric),
        table=[name for name in search.space.names if name not in asked.hidden],
        others=[name for name in dict.fromkeys(name for row in rows for name in row.metrics) if name != source.metric],
    )


def _table(db: Db, step: StepRow, asked: Asked) -> tuple[list[Row], trial_pages.Key | None]:
    order = asked.order
    if not order.by:
        order = Order(by=SCORE, descending=step.goal == "maximize")
    found, following = trial_pages.trial_page(db, step.id, asked.wanted, order, limit=SHOWN, after=asked.after)
    registered: dict[str, list[str]] = {}
    for name, version, trial in db.execute(
        "SELECT model.name, version, trial FROM model JOIN wish USING (request) WHERE trial >= ? AND trial < ?",
        [f"{step.id}/", f"{step.id}0"],
    ):
        registered.setdefault(trial, []).append(f"{name}:{version}")
    rows = [
        Row(
            trial=trial,
            metrics=queries.last_metrics(db, trial.job) if trial.job else {},
            models=tuple(registered.get(trial.id, ())),
        )
        for trial in found
    ]
    return rows, following


def models_of(db: Db, step: StepRow) -> list[ModelRow]:
    """The model versions that come from a step or one of its trials, newest first, at most five."""
    found = db.execute(
        "SELECT model.name, version FROM model JOIN wish USING (request) "
        "WHERE step = ? OR (trial >= ? AND trial < ?) ORDER BY created_at DESC LIMIT 5",
        [step.id, f"{step.id}/", f"{step.id}0"],
    ).fetchall()
    return [queries.model(db, name, version) for name, version in found]


def time_left(db: Db, step: StepRow, search: TuneStep, counts: dict[str, int]) -> str:
    """About how long a search still takes, from the median time of a trial and how many run at once; or nothing."""
    rows = db.execute(
        "SELECT seconds FROM trial WHERE step = ? AND seconds IS NOT NULL ORDER BY number DESC LIMIT ?",
        [step.id, _MEDIAN_OF],
    ).fetchall()
    missing = search.limits.trials - sum(counts.values()) + counts.get("running", 0)
    if not rows or missing <= 0:
        return ""
    median = statistics.median(seconds for (seconds,) in rows)
    return duration(median * math.ceil(missing / search.limits.concurrent))


def columns_json(trials: Trials) -> Markup:
    """What the drawn trials are, in columns, for the script that links the charts; safe within a `script` element."""
    data: dict[str, Any] = {
        "metric": trials.metric,
        "numbers": list(trials.numbers),
        "scores": [_plain(score) for score in trials.scores],
        "states": _dictionary(trials.states),
        "columns": {
            column.name: {
                "kind": column.kind,
                "places": [_plain(place) for place in column.places],
                "categories": list(column.categories),
            }
            for column in trials.parameters
        },
    }
    text = json.dumps(data, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped


def _plain(value: float | None) -> float | None:
    """JSON has no NaN; seven digits tell any two marks apart."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.7g}")


def _dictionary(words: Sequence[str]) -> dict[str, Any]:
    known = list(dict.fromkeys(words))
    index = {word: position for position, word in enumerate(known)}
    return {"words": known, "places": [index[word] for word in words]}
