"""Find: from an id, as people type it, to its page."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hyperstep.engine.ids import owner_of
from hyperstep.errors import NotFound
from hyperstep.server.pages.render import address
from hyperstep.server.reading import Reading
from hyperstep.store import queries


def find(request: Request) -> Response:
    """Go to the run, step, trial, job or model that an id names."""
    reading: Reading = request.app.state.reading
    text = request.query_params.get("id", "").strip().strip("/")
    trial = request.query_params.get("trial", "")
    identity = f"{text}/{trial}" if trial else text
    db = reading.db
    if re.match(r"[0-9]", identity):
        row = queries.describe(db, identity)
        return RedirectResponse(address("runs", owner_of(row.id) if re.search(r"\.\d+$", row.id) else row.id), 303)
    try:
        name, _, version = identity.partition(":")
        queries.model(db, name, version or None)
    except NotFound:
        return RedirectResponse(f"/runs?{urlencode({'text': text})}", 303)
    return RedirectResponse(address("models", identity), 303)


ROUTES = (Route("/find", find, methods=["GET"]),)
