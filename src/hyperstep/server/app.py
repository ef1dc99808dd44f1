"""The application: every route of the server on one page, behind the guard.

/            pages, for people
/api/        the same as JSON, for programs
/login       how a browser gets in
/health      whether it is up, for those who watch it
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from hyperstep.errors import HyperstepError, NotFound, WorkspaceBusy
from hyperstep.server.access import Access
from hyperstep.server.acting import Acting
from hyperstep.server.guard import Guard, Refusal
from hyperstep.server.live import Feed, Stream
from hyperstep.server.login import log_in, show_login
from hyperstep.server.pages import (
    actions,
    compare,
    data,
    export,
    find,
    models,
    pipelines,
    run,
    runs,
    static,
    step,
    system,
    theme,
    trial,
)
from hyperstep.server.pages.render import trouble
from hyperstep.server.reading import Reading
from hyperstep.server.rest.table import ENDPOINTS

MOST_BESIDE = 2
"""Processes of the server's own that may submit at once for pipelines of the SDK v1."""

SHOWN = (runs, run, step, trial, export, actions, models, pipelines, data, compare, system, find, theme, static)
PAGES: Sequence[BaseRoute] = tuple(route for module in SHOWN for route in module.ROUTES)


def create_app(folder: Path, *, access: Access) -> Starlette:
    """The server of a workspace.

    folder: the one that holds `.hyperstep`. access: who may ask, and where.
    `app.state.reading` is what routes read the workspace through, `app.state.acting` what they change it through; both
    are closed by `close` once nobody asks any more.
    """
    app = Starlette(
        routes=[*API, *PAGES, *OPEN],
        exception_handlers={
            Refusal: _refused,
            HyperstepError: _explained,
            HTTPException: _unanswered,
            Exception: _at_fault,
        },
    )
    app.state.reading = Reading(folder)
    app.state.access = access
    app.state.acting = Acting(folder)
    app.state.beside = asyncio.Semaphore(MOST_BESIDE)
    app.state.feed = Feed(app.state.reading)
    app.middleware_stack = Guard(app.build_middleware_stack(), access)
    return app


def close(app: Starlette) -> None:
    """Let go of the workspace, in the thread that the application ran in."""
    app.state.acting.close()
    app.state.reading.close()


async def health(_request: Request) -> Response:
    """Say that the server answers."""
    return JSONResponse({"status": "ok"})


API: Sequence[BaseRoute] = (
    Route("/api/events", Stream(), methods=["GET"]),
    *(endpoint.route() for endpoint in ENDPOINTS),
)

OPEN: Sequence[BaseRoute] = (
    Route("/health", health, methods=["GET"]),
    Route("/login", show_login, methods=["GET"]),
    Route("/login", log_in, methods=["POST"]),
)


def _said(request: Request, status: int, error: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """The same words for people and programs."""
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        return trouble(request, status, message, headers)
    return JSONResponse({"error": error, "message": message}, status_code=status, headers=headers)


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal), "it is registered for this class"
    headers = {name.decode(): value.decode() for name, value in refusal.headers}
    return _said(request, refusal.status, "Refused", refusal.words, headers)


async def _explained(request: Request, error: Exception) -> Response:
    """What a user can put right: the message says how."""
    status = 404 if isinstance(error, NotFound) else 409 if isinstance(error, WorkspaceBusy) else 422
    return _said(request, status, type(error).__name__, str(error))


async def _unanswered(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "it is registered for this class"
    words = "There is nothing at this address." if error.status_code == 404 else error.detail
    return _said(
        request,
        error.status_code,
        "NotFound" if error.status_code == 404 else "Refused",
        words,
        dict(error.headers or {}),
    )


async def _at_fault(request: Request, error: Exception) -> Response:
    """A fault of our own; the whole story is in what `hyperstep up` prints."""
    return _said(
        request, 500, type(error).__name__, "This is a fault of hyperstep's. What `hyperstep up` printed tells more."
    )
