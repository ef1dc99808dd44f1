"""Live: GET /api/events, what happens as it happens, as server-sent events from the log.

An event's id is its number in the log, so a client that comes back says where
it was, and nothing is lost or told twice. One look at the log serves all who
listen; each listener only knows how far it is, so one that reads slowly costs
no memory, and is cut off once it takes nothing for a while (`connection`).
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from hyperstep.server.ask import number_given
from hyperstep.server.guard import Refusal
from hyperstep.server.reading import Reading, last_number

LOOK = 0.1  # seconds between looks at the log
BEAT = 15.0  # seconds of silence after which a sign of life is sent
MOST_LISTENERS = 500
MOST_BY_ONE = 10  # streams of one session, or with the token
RETRY = 1_000  # milliseconds after which a browser comes back

_KEPT = 10_000  # events that are kept in memory for those who listen
_PAGE = 1_000  # events read at a time

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]


class Told:
    """An event as it is sent."""

    __slots__ = ("number", "run", "text")

    def __init__(self, number: int, run: str, text: bytes) -> None:
        self.number = number
        self.run = run
        self.text = text


class Feed:
    """The end of the log, for all who listen; used on the event loop alone. It looks while somebody listens."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._kept: list[Told] = []
        self._last = 0
        self._version = -1
        self._listeners: set[Listener] = set()
        self._count: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def join(self, listener: Listener) -> None:
        """Count a listener in. Raises Refusal if there are too many."""
        if self._closed or len(self._listeners) >= MOST_LISTENERS:
            raise Refusal(503, f"{MOST_LISTENERS} listen already.", ((b"retry-after", b"10"),))
        if self._count[listener.who] >= MOST_BY_ONE:
            raise Refusal(429, f"{MOST_BY_ONE} streams are open for you already.", ((b"retry-after", b"10"),))
        self._listeners.add(listener)
        self._count[listener.who] += 1
        if self._looking is None:
            self._last = last_number(self._reading.db)
            self._kept = []
            self._looking = asyncio.get_running_loop().create_task(self._look())

    def leave(self, listener: Listener) -> None:
        """Count a listener out."""
        self._listeners.discard(listener)
        self._count[listener.who] -= 1
        if not self._count[listener.who]:
            del self._count[listener.who]
        if not self._listeners and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def close(self) -> None:
        """Send everybody away, since the server ends."""
        self._closed = True
        for listener in self._listeners:
            listener.gone = True
            listener.wake()

    def after(self, number: int, run: str | None) -> tuple[list[Told], int]:
        """What is told of the events above a number, a page at most; and the number that this goes up to."""
        first = self._last - len(self._kept) + 1
        if number + 1 >= first:
            kept = self._kept[max(0, number + 1 - first) :]
            return [told for told in kept if run is None or told.run == run], max(number, self._last)
        page = _page(self._reading, number, run)
        through = page[-1].number if page else number
        return page, through if len(page) == _PAGE else max(through, first - 1)

    async def _look(self) -> None:
        while True:
            with suppress(sqlite3.OperationalError):  # another process has locked the file for a moment
                await self._take_new()
            await asyncio.sleep(LOOK)

    async def _take_new(self) -> None:
        (version,) = self._reading.db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            while page := _page(self._reading, self._last, None):
                self._kept += page
                self._last = page[-1].number
                del self._kept[: -_KEPT if len(self._kept) > 2 * _KEPT else 0]
                for listener in self._listeners:
                    listener.wake()
                await asyncio.sleep(0)
            self._version = version


class Listener:
    """Somebody who listens: who it is, and what wakes it."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.gone = False
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Let it look what there is."""
        self._woken.set()

    async def slept(self) -> bool:
        """Wait until it is woken; False if it was left in peace for so long that it shows a sign of life."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT):
                await self._woken.wait()
        woken = self._woken.is_set()
        self._woken.clear()
        return woken

    async def watch(self, receive: Receive) -> None:
        """Notice that the client has gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.wake()


class Stream:
    """An ASGI application: what happens after the event that a client names, in one run or in all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        after, run = _asked(scope)
        feed: Feed = scope["app"].state.feed
        listener = Listener(scope["state"]["visitor"].session or "token")
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b""})
            return
        feed.join(listener)
        at = last_number(scope["app"].state.reading.db) if after is None else after
        watching = asyncio.get_running_loop().create_task(listener.watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _send(send, f"retry: {RETRY}\nid: {at}\nevent: beat\ndata: {{}}\n\n".encode())
            while not listener.gone:
                told, through = feed.after(at, run)
                if told:
                    await _send(send, b"".join(one.text for one in told))
                behind, at = through > at, through
                if not behind and not await listener.slept():
                    await _send(send, f"id: {at}\nevent: beat\ndata: {{}}\n\n".encode())
            await send({"type": "http.response.body", "body": b""})
        finally:
            watching.cancel()
            feed.leave(listener)


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _asked(scope: Scope) -> tuple[int | None, str | None]:
    resumed = [value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"]
    query = QueryParams(scope["query_string"])
    after = resumed[0] if resumed else query.get("after")
    run = query.get("run")
    return (
        None if after is None else number_given("after", after),
        None if run is None else str(number_given("run", run)),
    )


def _page(reading: Reading, after: int, run: str | None) -> list[Told]:
    where = "number > ?1" if run is None else "number > ?1 AND run = ?2"
    rows = reading.db.execute(
        f"SELECT number, run, at, kind, body FROM event WHERE {where} ORDER BY number LIMIT {_PAGE}",  # noqa: S608 - ours
        [after] if run is None else [after, run],
    )
    return [Told(number, of, _text(number, of, at, kind, body)) for number, of, at, kind, body in rows]


def _text(number: int, run: str, at: float, kind: str, body: str) -> bytes:
    shown = body if kind == "MetricsLogged" else json.dumps(shown_of(json.loads(body)), separators=(",", ":"))
    data = f'{{"number":{number},"run":{json.dumps(run)},"at":{at!r},"kind":"{kind}","event":{shown}}}'
    return f"id: {number}\ndata: {data}\n\n".encode()


def shown_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a listener is told of an event: numbers and texts, and names in place of what is large or may be secret."""
    shown: dict[str, Any] = {}
    for name, value in body.items():
        match name, value:
            case "$", _:
                pass
            case (("values" | "notes"), _):
                shown[name] = value
            case "pipeline", {"name": title}:
                shown[name] = title
            case "job", {"id": identity}:
                shown[name] = identity
            case "outcome", dict():
                shown[name] = shown_of(value)
            case _, {"$": "Result" | "TrialStatus" | "Ending" | "float", "value": text}:
                shown[name] = text
            case _, None | str() | int() | float():
                shown[name] = value
            case _:
                pass
    return shown
