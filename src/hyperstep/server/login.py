"""Login: how a browser gets its session, by the code in the address that was opened, or by the token itself."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hyperstep.server.access import SESSION_LASTS, Access
from hyperstep.server.guard import cookie_name, wrong_token

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>hyperstep</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>
<body><main><h1>hyperstep</h1>{body}</main></body></html>
"""
_FORM = """<p>{words}</p>
<form method="post" action="/login">
<input type="hidden" name="to" value="{to}">
<p><label>Token <input type="password" name="token" autocomplete="off" required autofocus></label>
<button>Open</button></p>
</form>
<p>The token stands in the file <code>.hyperstep/server/token</code> of the workspace, or in the file that
<code>hyperstep up --token-file</code> was given. <code>hyperstep up</code> prints an address that needs none.</p>
"""


async def show_login(request: Request) -> Response:
    """Trade the code in the address for a session, or ask for the token."""
    to = own_path(request.query_params.get("to", ""))
    code = request.query_params.get("code", "")
    access: Access = request.app.state.access
    session = access.session_for(code) if code else None
    if session is not None:
        return _let_in(request, access, session, to)
    words = "This address was used already, or is too old." if code else "This server asks for its token."
    return _ask(words, to, status=403 if code else 200)


async def log_in(request: Request) -> Response:
    """Trade the token for a session."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8)
    to = own_path(form.get("to", [""])[0])
    access: Access = request.app.state.access
    if not access.is_token(form.get("token", [""])[0].strip()):
        refusal = wrong_token(access, request.scope)
        return _ask(refusal.words, to, status=403 if refusal.status == 401 else refusal.status)
    return _let_in(request, access, access.session(), to)


def own_path(there: str) -> str:
    """An address of this server, whatever was asked for."""
    return there if re.fullmatch(r"/(?!/|login)[\w./?&=%:~-]*", there, re.ASCII) else "/"


def _ask(words: str, to: str, *, status: int) -> Response:
    body = _FORM.format(words=html.escape(words), to=html.escape(to))
    return HTMLResponse(_PAGE.format(head="", body=body), status_code=status)


def _let_in(request: Request, access: Access, session: str, to: str) -> Response:
    # A page that goes on by itself, rather than a redirection: a strict cookie isn't sent with one that another site
    # began, such as a link in a mail.
    there = html.escape(to)
    head = f'<meta http-equiv="refresh" content="0; url={there}">'
    answer = HTMLResponse(_PAGE.format(head=head, body=f'<p><a href="{there}">Go on</a></p>'))
    answer.set_cookie(
        cookie_name(request.scope),
        session,
        max_age=int(SESSION_LASTS),
        path="/",
        httponly=True,
        samesite="strict",
        secure=access.where.secure,
    )
    return answer
