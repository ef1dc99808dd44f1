"""Actions: what the buttons do. Each is recorded as an event, and leads back to where it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hyperstep import actions
from hyperstep.engine.ids import step_id, trial_id
from hyperstep.errors import SubmissionError
from hyperstep.server.acting import Acting
from hyperstep.server.pages.form import submitted
from hyperstep.server.pages.render import address
from hyperstep.server.reading import Reading

BY = "the web interface"
_MOST_TRIALS = 100_000

Act = Callable[[Request, str, dict[str, str]], Awaitable[str]]


async def cancel(request: Request, run: str, _form: dict[str, str]) -> str:
    """Ask for the end of a run."""
    await _acting(request).do(lambda workspace: workspace.cancel(run, by=BY))
    return address("runs", run)


async def delete(request: Request, run: str, _form: dict[str, str]) -> str:
    """Take a run that has ended out of the lists."""
    await _acting(request).do(partial(actions.delete, run=run, by=BY))
    return "/runs"


async def stop_search(request: Request, step: str, _form: dict[str, str]) -> str:
    """Ask a search to propose nothing more."""
    await _acting(request).do(partial(actions.stop_search, step=step, by=BY))
    return address("runs", step)


async def stop_trial(request: Request, trial: str, _form: dict[str, str]) -> str:
    """Ask for the end of one trial."""
    await _acting(request).do(partial(actions.stop_trial, trial=trial, by=BY))
    return address("runs", trial)


async def register(request: Request, trial: str, form: dict[str, str]) -> str:
    """Register what a trial made as a model's next version."""
    name, alias, why = (form.get(field, "").strip() for field in ("name", "alias", "why"))
    wish = partial(
        actions.register_trial,
        trial=trial,
        name=name,
        output=form.get("file", ""),
        aliases=[alias] if alias else [],
        tags={"registered by": BY, **({"why": why} if why else {})},
    )
    version = await _acting(request).do(wish)
    return address("models", f"{name}:{version}")


async def extend(request: Request, step: str, form: dict[str, str]) -> str:
    """Record a run that goes on with a search."""
    text = form.get("trials", "")
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_TRIALS:
        raise SubmissionError(f"{text!r} isn't a number of trials from 1 to {_MOST_TRIALS:,}.")
    reading: Reading = request.app.state.reading
    received = await _acting(request).submit(actions.extension(reading.db, step, int(text)))
    return address("runs", received.run)


def _acting(request: Request) -> Acting:
    acting: Acting = request.app.state.acting
    return acting


def _route(path: str, act: Act) -> Route:
    async def answer(request: Request) -> Response:
        form = await submitted(request)
        return RedirectResponse(await act(request, _identity(request), form), status_code=303)

    answer.__name__ = act.__name__
    return Route(path, answer, methods=["POST"])


def _identity(request: Request) -> str:
    """The id of the run, step or trial that an address is about."""
    given = request.path_params
    run = str(given["run"])
    if "trial" in given:
        return trial_id(run, given["step"], given["trial"])
    return step_id(run, given["step"]) if "step" in given else run


ROUTES = (
    _route("/runs/{run:int}/cancel", cancel),
    _route("/runs/{run:int}/delete", delete),
    _route("/runs/{run:int}/{step}/stop", stop_search),
    _route("/runs/{run:int}/{step}/extend", extend),
    _route("/runs/{run:int}/{step}/{trial:int}/stop", stop_trial),
    _route("/runs/{run:int}/{step}/{trial:int}/register", register),
)
