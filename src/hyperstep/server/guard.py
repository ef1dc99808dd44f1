"""Guard: the outermost layer. What isn't allowed is refused here, before any route, file or stream sees it.

In this order: who is asked (the Host header, exactly), how (a few methods),
from which page (writes come from our own pages, or from programs that no page
sent), who asks (token or session), and how much (the body's size and time).
It is a rule for all routes, so that none can be forgotten.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hyperstep.server.access import Access

MOST_BODY = 1 << 20  # bytes
BODY_LASTS = 15.0  # seconds that a body may take to arrive
READS = ("GET", "HEAD")
METHODS = (*READS, "POST")
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
OPEN = ("/health", "/login")
"""What is answered without a token."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",  # with no-referrer, browsers would send `Origin: null` with our own forms
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}

_PATH = re.compile(r"[^\x00-\x1f\x7f\\]*")


class Refusal(Exception):
    """A request that isn't let through: the status, and words for whoever sent it."""

    def __init__(self, status: int, words: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks. session: a browser's, or empty for a program with a token and for a stranger."""

    known: bool
    session: str = ""


class Guard:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = _headers(scope)
        answer = _Answer(send)
        try:
            self._check(scope, headers)
            body = _Body(receive, _length(headers))
            await self._app(scope, body, answer)
        except Refusal as refusal:
            if not answer.begun:
                await _refuse(scope, headers, refusal, answer)

    def _check(self, scope: Scope, headers: dict[bytes, list[str]]) -> None:
        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._access.where.hosts:
            known = ", ".join(sorted(self._access.where.hosts))
            raise Refusal(403, f"This server is {known}, and was asked as {', '.join(hosts) or 'nothing'!r}.")
        method = scope["method"]
        if method not in METHODS:
            raise Refusal(405, f"{method!r} isn't done here; {', '.join(METHODS)} are.", ((b"allow", _ALLOW),))
        if not _PATH.fullmatch(scope["path"]) or any(part in (".", "..") for part in scope["path"].split("/")):
            raise Refusal(404, "There is nothing at this address.")
        visitor = self._visitor(scope, headers)
        if method not in READS:
            self._check_write(headers, visitor)
        state = scope.setdefault("state", {})
        state["visitor"] = visitor
        state["form_token"] = self._access.form_token(visitor.session) if visitor.session else ""
        if not visitor.known and scope["path"] not in OPEN:
            raise Refusal(401, "This needs the server's token: open the address that `hyperstep up` printed.", _BEARER)

    def _visitor(self, scope: Scope, headers: dict[bytes, list[str]]) -> Visitor:
        given = headers.get(b"authorization", [])
        if given:
            scheme, _, token = given[0].partition(" ")
            if len(given) == 1 and scheme.lower() == "bearer" and self._access.is_token(token.strip()):
                return Visitor(known=True)
            raise wrong_token(self._access, scope)
        session = cookie(headers.get(b"cookie", []), cookie_name(scope))
        if session and self._access.is_session(session):
            return Visitor(known=True, session=session)
        return Visitor(known=False)

    def _check_write(self, headers: dict[bytes, list[str]], visitor: Visitor) -> None:
        origin, site = headers.get(b"origin", []), headers.get(b"sec-fetch-site", [])
        by_program = visitor.known and not visitor.session
        if not origin and not site:
            allowed = by_program
        else:
            own = all(one in self._access.where.origins for one in origin)
            allowed = own and all(one in ("same-origin", "none") for one in site)
        if not allowed:
            raise Refusal(403, "A page of another origin may not change anything here; programs send the token.")
        kinds = headers.get(b"content-type", [])
        kind = kinds[0].partition(";")[0].strip().lower() if len(kinds) == 1 else ""
        has_body = _length(headers) != 0
        if (has_body or kinds) and kind not in (JSON, FORM):
            raise Refusal(415, f"A body is {JSON}, or one of our own forms; this is {kind or 'something else'!r}.")


class _Answer:
    """Adds what every answer says to what an answer says itself."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            said = {name.lower() for name, _ in message["headers"]}
            added = [(name, value) for name, value in HEADERS.items() if name not in said]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)


class _Body:
    """A request's body, at most so large, and there in time."""

    def __init__(self, receive: Receive, length: int | None) -> None:
        if length is not None and length > MOST_BODY:
            raise _too_large()
        self._receive = receive
        self._left = MOST_BODY
        self._whole = length == 0
        self._deadline = asyncio.get_running_loop().time() + BODY_LASTS

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()  # what comes now is the end of the connection, whenever it comes
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(408, f"The body took longer than {BODY_LASTS:g} s.", _CLOSE) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large()
        self._whole = not message.get("more_body", False)
        return message


def cookie_name(scope: Scope) -> str:
    """The session's cookie: one for each port, since browsers keep cookies by host alone."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return f"hyperstep-{hosts[0].decode('latin-1').rpartition(':')[2]}" if hosts and b":" in hosts[0] else "hyperstep"


def cookie(headers: Iterable[str], name: str) -> str:
    """The value of a cookie, or empty."""
    try:
        jar = SimpleCookie("; ".join(headers))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


_ALLOW = ", ".join(METHODS).encode()
_CLOSE = ((b"connection", b"close"),)
_BEARER = ((b"www-authenticate", b"Bearer"),)


def wrong_token(access: Access, scope: Scope) -> Refusal:
    """What is said to a wrong token; a right one is never held up by others from its address."""
    address = scope["client"][0] if scope.get("client") else ""
    if access.tries_too_often(address):
        return Refusal(429, "Too many wrong tokens came from this address. Wait a second.", ((b"retry-after", b"1"),))
    return Refusal(401, "This isn't the server's token.", _BEARER)


def _headers(scope: Scope) -> dict[bytes, list[str]]:
    found: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.lower(), []).append(value.decode("latin-1"))
    return found


def _length(headers: dict[bytes, list[str]]) -> int | None:
    """The length that is declared for the body, 0 if there is none; None if it isn't known before."""
    if b"transfer-encoding" in headers:
        return None
    said = headers.get(b"content-length", ["0"])
    if len(said) != 1 or not re.fullmatch(r"[0-9]{1,18}", said[0]):
        raise Refusal(400, f"The Content-Length {', '.join(said)!r} isn't a number of bytes.")
    return int(said[0])


def _too_large() -> Refusal:
    return Refusal(413, f"A body has at most {MOST_BODY} bytes.", _CLOSE)


async def _refuse(scope: Scope, headers: dict[bytes, list[str]], refusal: Refusal, send: Send) -> None:
    wants_page = "text/html" in ",".join(headers.get(b"accept", [])) and not scope["path"].startswith("/api/")
    if refusal.status == 401 and wants_page and scope["method"] in READS and b"authorization" not in headers:
        there = quote(scope["path"], safe="/")
        start = {
            "type": "http.response.start",
            "status": 303,
            "headers": [(b"location", f"/login?to={quote(there, safe='/')}".encode()), (b"content-length", b"0")],
        }
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    body = json.dumps({"error": "Refused", "message": refusal.words}).encode()
    said = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *refusal.headers]
    if scope["method"] not in READS and _CLOSE[0] not in said:
        said += _CLOSE  # its body isn't awaited
    await send({"type": "http.response.start", "status": refusal.status, "headers": said})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
