"""Actions: what the buttons do. Each is recorded as an event, and leads back to where it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import ArtifactStored, RunDeleted, SearchStopRequested, TrialStopRequested
from hyperstep.engine.ids import step_id, trial_id
from hyperstep.engine.outputs import outputs_of
from hyperstep.errors import NotFound, SubmissionError
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.server.pages.form import submitted
from hyperstep.server.pages.render import address
from hyperstep.server.reading import Reading
from hyperstep.store import queries
from hyperstep.workspace import Workspace

BY = "the web interface"
_MOST_TRIALS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a button asks for. identity: of the run, step or trial that it is about. form: the fields besides."""

    identity: str
    form: dict[str, str]


def cancel(workspace: Workspace, wish: Wish) -> str:
    """Ask for the end of a run."""
    workspace.cancel(wish.identity, by=BY)
    return address("runs", wish.identity)


def delete(workspace: Workspace, wish: Wish) -> str:
    """Take a run that has ended out of the lists."""
    run = queries.run(workspace.store.db, wish.identity)
    if run.ended_at is None:
        raise SubmissionError(f"Run {run.id} hasn't ended. Cancel it first.")
    workspace.store.append(run.id, [RunDeleted(by=BY)])
    return "/runs"


def stop_search(workspace: Workspace, wish: Wish) -> str:
    """Ask a search to propose nothing more."""
    step = queries.step(workspace.store.db, wish.identity)
    if step.kind != "tune" or step.ended_at is not None:
        raise SubmissionError(f"{step.id} isn't a search that goes on. It is {step.state}.")
    workspace.store.append(step.run, [SearchStopRequested(step=step.id, by=BY)])
    return address("runs", step.id)


def stop_trial(workspace: Workspace, wish: Wish) -> str:
    """Ask for the end of one trial."""
    trial = queries.trial(workspace.store.db, wish.identity)
    if trial.state != "running":
        raise SubmissionError(f"Trial {trial.id} has ended already: it is {trial.state}.")
    run = queries.step(workspace.store.db, trial.step).run
    workspace.store.append(run, [TrialStopRequested(step=trial.step, number=trial.number, by=BY)])
    return address("runs", trial.id)


def register(workspace: Workspace, wish: Wish) -> str:
    """Register what a trial made as a model's next version."""
    trial = queries.trial(workspace.store.db, wish.identity)
    name, alias, why = (wish.form.get(field, "").strip() for field in ("name", "alias", "why"))
    artifact = _made(workspace, trial.job, wish.form.get("file", ""))
    tags = {"registered by": BY, **({"why": why} if why else {})}
    version = workspace.register(name, artifact, aliases=[alias] if alias else [], tags=tags, trial=trial.id)
    return address("models", f"{name}:{version}")


def extend(workspace: Workspace, wish: Wish) -> str:
    """Record a run that goes on with a search."""
    text = wish.form.get("trials", "")
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_TRIALS:
        raise SubmissionError(f"{text!r} isn't a number of trials from 1 to {_MOST_TRIALS}.")
    return address("runs", workspace.extend(wish.identity, int(text)))


def _made(workspace: Workspace, job: str, name: str) -> Artifact:
    stored = queries.artifacts(workspace.store.db, job)
    made = dict(
        outputs_of(
            ArtifactStored(job=row.job, name=row.name, artifact=row.artifact, members=row.members) for row in stored
        )
    )
    made |= {row.name: row.artifact for row in stored}
    if name not in made:
        raise NotFound(f"It made nothing called {name!r}; it made {listed(made)}.{did_you_mean(name, made)}")
    return made[name]


def _route(path: str, act: Callable[[Workspace, Wish], str]) -> Route:
    async def answer(request: Request) -> Response:
        form = await submitted(request)
        reading: Reading = request.app.state.reading
        given = request.path_params
        run = str(given["run"])
        identity = run
        if "trial" in given:
            identity = trial_id(run, given["step"], given["trial"])
        elif "step" in given:
            identity = step_id(run, given["step"])

        def do() -> str:
            with Workspace.open(reading.folder, create=False) as workspace:
                return act(workspace, Wish(identity=identity, form=form))

        return RedirectResponse(await run_in_threadpool(do), status_code=303)

    answer.__name__ = act.__name__
    return Route(path, answer, methods=["POST"])


ROUTES = (
    _route("/runs/{run:int}/cancel", cancel),
    _route("/runs/{run:int}/delete", delete),
    _route("/runs/{run:int}/{step}/stop", stop_search),
    _route("/runs/{run:int}/{step}/extend", extend),
    _route("/runs/{run:int}/{step}/{trial:int}/stop", stop_trial),
    _route("/runs/{run:int}/{step}/{trial:int}/register", register),
)
