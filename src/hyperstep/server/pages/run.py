"""Run: one run, its graph, its steps and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.changes import submission
from hyperstep.charts.dag import dag
from hyperstep.engine.events import ModelRegistered, RunSubmitted
from hyperstep.failure import failing_job, log_end
from hyperstep.pipeline.tune import TuneStep
from hyperstep.plots import dag_of
from hyperstep.server.pages.definition import definition_of
from hyperstep.server.pages.render import address, page
from hyperstep.server.reading import Reading
from hyperstep.standing import standing, standing_in
from hyperstep.store import queries, trial_pages
from hyperstep.store.queries import Db
from hyperstep.store.rows import RunRow, StepRow, TrialRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How far a tuning step is. counts: trials by state; most: how many it may try; best: its best trial so far."""

    counts: dict[str, int]
    most: int
    best: TrialRow | None

    @property
    def ended(self) -> int:
        return self.total - self.counts.get("running", 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A row of the table of steps."""

    row: StepRow
    search: Search | None

    @property
    def seconds(self) -> float | None:
        row = self.row
        return None if row.ready_at is None or row.ended_at is None else row.ended_at - row.ready_at


def show(request: Request) -> Response:
    """The page of a run."""
    reading: Reading = request.app.state.reading
    identity = str(request.path_params["run"])
    with reading.moment() as moment:
        run = standing(queries.run(moment.db, identity), reading.home)
        submitted = submission(moment.db, run.id)
        lines = [step_line(moment.db, submitted, standing_in(run, step)) for step in queries.steps(moment.db, run.id)]
        job = next((failing_job(moment.db, line.row) for line in lines if line.row.state == "failed"), "")
        return page(
            request,
            "run.html",
            title=f"Run {run.id} of {run.pipeline}",
            active="Runs",
            number=moment.number,
            live_run=run.id if run.ended_at is None else "",
            run=run,
            submitted=submitted,
            lines=lines,
            graph=Markup(_graph(moment.db, lines, run)),  # noqa: S704 - escaped
            models=_models(moment.db, run.id),
            failing=job,
            failing_log=log_end(reading.home, job) if job else "",
            neighbours=_neighbours(moment.db, run),
        )


def step_line(db: Db, submitted: RunSubmitted, row: StepRow) -> StepLine:
    """A step with how far its search is, if it is one."""
    if row.kind != "tune":
        return StepLine(row=row, search=None)
    definition = definition_of(submitted, row.name)
    assert isinstance(definition, TuneStep), "its row says that it tunes"
    counts = trial_pages.counts(db, row.reused or row.id)
    return StepLine(
        row=row, search=Search(counts=counts, most=definition.limits.trials, best=trial_pages.best(db, row))
    )


def _graph(db: Db, lines: Sequence[StepLine], run: RunRow) -> str:
    graph = dag_of(db, run.id, states={line.row.id: line.row.state for line in lines})
    return dag(graph, links={line.row.id: address("runs", line.row.id) for line in lines})


def _models(db: Db, run: str) -> list[tuple[str, int]]:
    found = (one.event for one in queries.events(db, run, [ModelRegistered]))
    return [(event.name, event.version) for event in found if isinstance(event, ModelRegistered)]


def _neighbours(db: Db, run: RunRow) -> list[RunRow]:
    """The run before of the same pipeline, to compare with."""
    return list(queries.runs(db, limit=1, before=run.id, pipeline=run.pipeline))


ROUTES = (Route("/runs/{run:int}", show, methods=["GET"]),)
