"""What a report says of a run, read from the store at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hyperstep.charts.curves import curves
from hyperstep.charts.dag import dag
from hyperstep.charts.history import history
from hyperstep.charts.importance import importance
from hyperstep.charts.numbers import exact
from hyperstep.charts.pairs import pairs
from hyperstep.charts.parallel import parallel
from hyperstep.charts.sample import said, thinned
from hyperstep.charts.sentences import sentence, tally
from hyperstep.charts.slices import slices
from hyperstep.charts.timeline import timeline
from hyperstep.charts.trials import WORDY, Trials
from hyperstep.engine.events import ModelRegistered
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.plots import curves_of, dag_of, importance_of, trials_of
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import ModelRow, RunRow, StepRow

_IN_SLICES = 60, 240  # the best and a sample: what a small panel has room for


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A chart under a heading. wide: True if it needs the whole width."""

    title: str
    drawing: str
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """A row of the table of trials; values in the order of the columns, with all digits."""

    number: int
    state: str
    score: str
    values: tuple[str, ...]
    reports: int
    seconds: float | None
    reason: str
    best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """A tuning step. taken: id of the earlier step whose trials these are, or empty. part: which trials are listed."""

    step: StepRow
    taken: str
    sentence: str
    tally: str
    panels: tuple[Panel, ...]
    columns: tuple[str, ...]
    lines: tuple[TrialLine, ...]
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run."""

    run: RunRow
    steps: tuple[StepRow, ...]
    parameters: Mapping[str, ParameterValue]
    graph: str
    searches: tuple[SearchView, ...]
    models: tuple[ModelRow, ...]


def run_view(db: Db, run: RunRow, steps: Sequence[StepRow]) -> RunView:
    """All of a run. run, steps: as they stand, which the log alone may not know."""
    recorded = queries.events(db, run.id, [ModelRegistered])
    granted = [one.event for one in recorded if isinstance(one.event, ModelRegistered)]
    return RunView(
        run=run,
        steps=tuple(steps),
        parameters=run.parameters,
        graph=dag(dag_of(db, run.id, states={step.id: step.state for step in steps})),
        searches=tuple(search_view(db, step) for step in steps if step.kind == "tune"),
        models=tuple(queries.model(db, event.name, event.version) for event in granted),
    )


def search_view(db: Db, step: StepRow) -> SearchView:
    """All of a tuning step."""
    trials = trials_of(db, step.id)
    drawn = replace(trials, hints=len(trials.numbers) <= WORDY)  # of more, the table has the digits, once
    few = thinned(drawn, best=_IN_SLICES[0], sampled=_IN_SLICES[1])
    panels = (
        Panel(title="History", drawing=history(drawn)),
        Panel(title="Parallel coordinates", drawing=parallel(drawn)),
        Panel(title="Curves", drawing=curves(curves_of(db, step.id))),
        Panel(title="Importance", drawing=importance(drawn, importance_of(db, step.id))),
        Panel(title="One parameter", drawing=slices(few, width=1240), wide=True),
        *([Panel(title="Two parameters", drawing=pairs(few))] if len(trials.parameters) > 1 else []),
        Panel(title="Timeline", drawing=timeline(drawn)),
    )
    return SearchView(
        step=step,
        taken=trials.id if trials.id != step.id else "",
        sentence=sentence(trials),
        tally=tally(trials),
        panels=panels,
        columns=tuple(column.name for column in trials.parameters),
        lines=_lines(db, trials),
        part=said(trials),
    )


def best_lines(db: Db, step: StepRow, count: int) -> SearchView:
    """A tuning step for a small place: its sentence, its history and the best of its trials."""
    trials = trials_of(db, step.id)
    return SearchView(
        step=step,
        taken="",
        sentence=sentence(trials),
        tally=tally(trials),
        panels=(Panel(title="History", drawing=history(trials)),),
        columns=tuple(column.name for column in trials.parameters),
        lines=_lines(db, trials)[:count],
        part="",
    )


def _lines(db: Db, trials: Trials) -> tuple[TrialLine, ...]:
    """The trials, the best first, then those without a score."""
    rows = {
        number: (reports, seconds, reason)
        for number, reports, seconds, reason in db.execute(
            "SELECT number, reports, seconds, reason FROM trial WHERE step = ?", [trials.id]
        )
    }
    sign = -1.0 if trials.more_is_better else 1.0
    scores = trials.scores
    order = sorted(range(len(scores)), key=lambda i: math.inf if (score := scores[i]) is None else sign * score)
    found = []
    for index in order:
        number, score = trials.numbers[index], scores[index]
        reports, seconds, reason = rows[number]
        found.append(
            TrialLine(
                number=number,
                state=trials.states[index],
                score="" if score is None else exact(score),
                values=tuple(column.text(index) for column in trials.parameters),
                reports=reports,
                seconds=seconds,
                reason=reason,
                best=number == trials.winner,
            )
        )
    return tuple(found)
