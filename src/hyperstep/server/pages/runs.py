"""Runs: the home page, every run of the workspace, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.server.pages.render import page
from hyperstep.server.reading import Reading
from hyperstep.standing import standing, standing_in
from hyperstep.store import trial_pages
from hyperstep.store.queries import Db, pipelines_run, runs, steps
from hyperstep.store.rows import RunRow, StepRow

SHOWN = 50
STATES = ("running", "completed", "failed", "cancelled", "submitted")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMark:
    """A step in the row of its run. progress: of a search `12/40`, or empty."""

    row: StepRow
    progress: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table. best: the metric, and its best value, of each search that has one."""

    run: RunRow
    steps: tuple[StepMark, ...]
    best: tuple[tuple[str, float, str], ...]


def show(request: Request) -> Response:
    """The page; filters and where it goes on are in the address."""
    reading: Reading = request.app.state.reading
    asked = request.query_params
    state, pipeline, text = asked.get("state", ""), asked.get("pipeline", ""), asked.get("text", "")
    before = asked.get("before", "")
    with reading.moment() as moment:
        found = runs(
            moment.db,
            limit=SHOWN + 1,
            before=before if before.isdigit() and len(before) < 19 else None,
            state=state,
            pipeline=pipeline,
            text=text,
        )
        lines = [line(moment.db, standing(row, reading.home)) for row in found[:SHOWN]]
        return page(
            request,
            "runs.html",
            title="Runs",
            active="Runs",
            number=moment.number,
            lines=lines,
            more=found[SHOWN - 1].id if len(found) > SHOWN else "",
            pipelines=pipelines_run(moment.db),
            states=STATES,
            state_wanted=state,
            pipeline=pipeline,
            text=text,
            filtered=bool(state or pipeline or text or before),
        )


def line(db: Db, run: RunRow) -> Line:
    """What a row of the table shows of a run."""
    found = [standing_in(run, step) for step in steps(db, run.id)]
    marks, best = [], []
    for step in found:
        progress = ""
        if step.kind == "tune":
            source = step.reused or step.id
            counted = trial_pages.counts(db, source)
            ended = sum(count for state, count in counted.items() if state != "running")
            progress = f"{ended}/{sum(counted.values())}" if counted else ""
            winner = trial_pages.best(db, step)
            if winner is not None and winner.best_score is not None:
                best.append((step.metric, winner.best_score, winner.id))
        marks.append(StepMark(row=step, progress=progress))
    return Line(run=run, steps=tuple(marks), best=tuple(best))


ROUTES = (
    Route("/", show, methods=["GET"]),
    Route("/runs", show, methods=["GET"]),
)
