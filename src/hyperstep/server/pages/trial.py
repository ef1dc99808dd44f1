"""Trial: its values as a command line, what it logged, its files and its log, and why it ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.changes import submission
from hyperstep.charts.sparkline import sparkline
from hyperstep.engine.ids import trial_id
from hyperstep.reasons import reasons
from hyperstep.server.pages.definition import command_line, definition_of
from hyperstep.server.pages.logs import log_end
from hyperstep.server.pages.render import page
from hyperstep.server.reading import Reading
from hyperstep.standing import standing
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import MetricRow, StepRow, TrialRow

_DRAWN = 300  # points of a small curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """All that a trial logged under one name. curve: as a small drawing."""

    name: str
    count: int
    first: float
    lowest: float | None
    highest: float | None
    last: float
    curve: Markup


def show(request: Request) -> Response:
    """The page of a trial."""
    reading: Reading = request.app.state.reading
    run_id, slug, number = (request.path_params[name] for name in ("run", "step", "trial"))
    with reading.moment() as moment:
        db = moment.db
        trial = queries.trial(db, trial_id(str(run_id), slug, number))
        run = standing(queries.run(db, str(run_id)), reading.home)
        step = queries.step(db, trial.step)
        submitted = submission(db, run.id)
        jobs = queries.jobs(db, trial.id)
        job = queries.job(db, trial.job) if trial.job else None
        better, worse = _neighbours(db, step, trial)
        return page(
            request,
            "trial.html",
            title=f"Trial {trial.id}",
            active="Runs",
            number=moment.number,
            live_run=run.id if run.ended_at is None else "",
            run=run,
            step=step,
            trial=trial,
            why=reasons(db, reading.artifacts, trial.id),
            command_line=command_line(submitted, definition_of(submitted, step.name), trial.values),
            series=series(queries.metrics(db, trial.job)) if trial.job else [],
            tags=queries.tags(db, trial.job) if trial.job else {},
            made=queries.artifacts(db, trial.job) if trial.job else (),
            jobs=jobs,
            job=job,
            log=log_end(reading.home, job.id) if job else None,
            better=better,
            worse=worse,
        )


def series(points: Sequence[MetricRow]) -> list[Series]:
    """The points by name, in the order of their first use."""
    found = []
    for name, group in groupby(points, key=lambda point: point.name):
        values = [point.value for point in group]
        finite = [value for value in values if math.isfinite(value)]
        step = max(1, -(-len(values) // _DRAWN))
        found.append(
            Series(
                name=name,
                count=len(values),
                first=values[0],
                lowest=min(finite, default=None),
                highest=max(finite, default=None),
                last=values[-1],
                curve=Markup(sparkline(values[::step], name=name, width=240, height=44)),  # noqa: S704 - escaped
            )
        )
    return found


def _neighbours(db: Db, step: StepRow, trial: TrialRow) -> tuple[int | None, int | None]:
    """The numbers of the next better and the next worse trial, None if there is none."""
    if trial.best_score is None:
        return None, None
    found: list[int | None] = []
    for sign, order in (("<", "DESC"), (">", "ASC")):
        row = db.execute(
            f"SELECT number FROM trial WHERE step = ?1 AND (best_score, number) {sign} (?2, ?3) "  # noqa: S608 - constants
            f"ORDER BY best_score {order}, number {order} LIMIT 1",
            [step.id, trial.best_score, trial.number],
        ).fetchone()
        found.append(row[0] if row else None)
    return (found[0], found[1]) if step.goal == "minimize" else (found[1], found[0])


ROUTES = (Route("/runs/{run:int}/{step}/{trial:int}", show, methods=["GET"]),)
