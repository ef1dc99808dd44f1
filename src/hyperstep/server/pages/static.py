"""Static: the few files that pages load, read once, and kept by browsers until they change."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.charts.theme import STYLE

FOLDER = Path(__file__).resolve().parent.parent / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def content(name: str) -> bytes | None:
    """A file's bytes, None for a name that there is none of; the style has the charts' rules in it."""
    names = {path.name: path for path in FOLDER.iterdir() if path.suffix in KINDS}
    if name not in names:
        return None
    own = names[name].read_bytes()
    return own + STYLE.encode() if name == "style.css" else own


def show(request: Request) -> Response:
    """A file; who asks for it as it is now may keep it."""
    name: str = request.path_params["name"]
    found = content(name)
    if found is None:
        raise HTTPException(404)
    kept = "private, max-age=31536000, immutable" if request.query_params.get("v") == version() else "no-cache"
    kind = f"{KINDS[Path(name).suffix]}; charset=utf-8"
    return Response(found, headers={"content-type": kind, "cache-control": kept})


@cache
def version() -> str:
    """Changes with any of the files."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(content(path.name) or b"")
    return digest.hexdigest()[:12]


ROUTES = (Route("/static/{name}", show, methods=["GET"]),)
