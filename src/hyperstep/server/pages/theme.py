"""Theme: light, dark, or as the system has it, remembered by the browser in a cookie."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hyperstep.server.login import own_path
from hyperstep.server.pages.form import submitted
from hyperstep.server.pages.render import THEME_COOKIE, THEMES

_LASTS = 365 * 86_400  # seconds


async def choose(request: Request) -> Response:
    """Set the cookie and go back."""
    form = await submitted(request)
    answer = RedirectResponse(own_path(form.get("back", "")), status_code=303)
    chosen = form.get("to", "")
    if chosen in THEMES:
        answer.set_cookie(THEME_COOKIE, chosen, max_age=_LASTS, path="/", samesite="strict", httponly=True)
    else:
        answer.delete_cookie(THEME_COOKIE, path="/")
    return answer


ROUTES = (Route("/theme", choose, methods=["POST"]),)
