"""Step: why it ran or was reused, its command line, what it took and made, and its log."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.changes import readiness, submission
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.ids import step_id
from hyperstep.pipeline.graph import script_of
from hyperstep.reasons import reasons
from hyperstep.server.pages import tuning
from hyperstep.server.pages.definition import command_line, definition_of, takes
from hyperstep.server.pages.logs import log_end
from hyperstep.server.pages.render import page
from hyperstep.server.reading import Reading
from hyperstep.standing import standing, standing_in
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import JobRow, StepRow


def show(request: Request) -> Response:
    """The page of a step; a tuning step has a page of its own kind."""
    reading: Reading = request.app.state.reading
    run_id, slug = str(request.path_params["run"]), request.path_params["step"]
    with reading.moment() as moment:
        run = standing(queries.run(moment.db, run_id), reading.home)
        step = standing_in(run, queries.step(moment.db, step_id(run_id, slug)))
        if step.kind == "tune":
            return tuning.show(request, moment, run, step)
        submitted = submission(moment.db, run.id)
        definition = definition_of(submitted, step.name)
        jobs = _jobs(moment.db, step)
        job = jobs[-1] if jobs else None
        return page(
            request,
            "step.html",
            title=f"{step.id}",
            active="Runs",
            number=moment.number,
            live_run=run.id if run.ended_at is None else "",
            run=run,
            step=step,
            why=reasons(moment.db, reading.artifacts, step.id),
            command_line=command_line(submitted, definition),
            takes=takes(definition),
            made=queries.artifacts(moment.db, job.id) if job else (),
            parts=readiness(moment.db, step).parts if step.ready_at is not None and step.kind == "step" else {},
            script=script_of(definition),
            jobs=jobs,
            job=job,
            log=log_end(reading.home, job.id) if job else None,
            metrics=queries.last_metrics(moment.db, job.id) if job else {},
            tags=queries.tags(moment.db, job.id) if job else {},
            tree=_is_tree,
        )


def _jobs(db: Db, step: StepRow) -> tuple[JobRow, ...]:
    return queries.jobs(db, step.reused or step.id)


def _is_tree(artifact: Artifact) -> bool:
    return artifact.kind == "tree"


ROUTES = (Route("/runs/{run:int}/{step}", show, methods=["GET"]),)
