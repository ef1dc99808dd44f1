"""Acting: what the server writes. One thread has the workspace open for it; requests wait in a bounded queue.

Submissions that wait at the same time are committed together, so that many
durable ones cost little more than one. The driver is another process: no
request ever waits for a script.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from hyperstep.engine.events import RunSubmitted
from hyperstep.server.guard import Refusal
from hyperstep.store.asked import Received, Reception
from hyperstep.workspace import Workspace

MOST_WAITING = 1_000
"""Requests that may wait to be written, and runs that may wait to be driven."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Wish:
    """Something to do with the workspace, or a submission to record; and who waits for what comes of it."""

    what: Callable[[Workspace], Any] | RunSubmitted
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


class Acting:
    """Writes what requests ask for, in the order they came. `close` it once nobody asks any more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wishes: queue.Queue[_Wish | None] = queue.Queue(maxsize=MOST_WAITING)
        self._thread: threading.Thread | None = None

    async def do(self, act: Callable[[Workspace], T]) -> T:
        """Call a function with the workspace, in the thread that writes; returns what it returns.

        Raises what it raises, and Refusal if too many wait.
        """
        done: T = await self._wait_for(act)
        return done

    async def submit(self, event: RunSubmitted) -> Received:
        """Record a submission durably. Raises Refusal if its key named another, or too many wait."""
        received: Received = await self._wait_for(event)
        if received.reception is Reception.CONFLICTING:
            raise Refusal(
                409, f"The key {event.request!r} was given to another submission, run {received.run}, within a day."
            )
        if received.reception is Reception.TURNED_AWAY:
            raise Refusal(429, f"{MOST_WAITING} runs wait already.", ((b"retry-after", b"30"),))
        return received

    def close(self) -> None:
        """Write what waits, and close the workspace."""
        if self._thread is not None:
            self._wishes.put(None)
            self._thread.join()
            self._thread = None

    async def _wait_for(self, what: Callable[[Workspace], Any] | RunSubmitted) -> Any:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="acting", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        wish = _Wish(what, loop, loop.create_future())
        try:
            self._wishes.put_nowait(wish)
        except queue.Full:
            raise Refusal(429, "Too many requests wait.", ((b"retry-after", b"1"),)) from None
        return await wish.answer

    def _write(self) -> None:
        try:
            opened = Workspace.open(self._folder)
        except Exception as error:  # each that waits is told, and the next one tries again
            self._thread = None
            for wish in self._take()[0]:
                wish.loop.call_soon_threadsafe(_fail, wish.answer, error)
            return
        ended = False
        with opened as workspace:
            while not ended:
                batch, ended = self._take()
                for together, wishes in groupby(batch, key=lambda wish: isinstance(wish.what, RunSubmitted)):
                    if together:
                        _record(workspace, list(wishes))
                    else:
                        for wish in wishes:
                            _perform(workspace, wish)

    def _take(self) -> tuple[list[_Wish], bool]:
        """All wishes that wait, at least one; and whether the end came behind them."""
        taken: list[_Wish] = []
        wish = self._wishes.get()
        while wish is not None:
            taken.append(wish)
            try:
                wish = self._wishes.get_nowait()
            except queue.Empty:
                return taken, False
        return taken, True


def _record(workspace: Workspace, wishes: list[_Wish]) -> None:
    """Record submissions in one transaction."""
    try:
        received = workspace.store.submit_all([wish.what for wish in wishes], room=MOST_WAITING)  # type: ignore[misc]
    except Exception as error:  # a full disk, say: each that waits is told
        for wish in wishes:
            wish.loop.call_soon_threadsafe(_fail, wish.answer, error)
    else:
        answers = [(wish.answer, one) for wish, one in zip(wishes, received, strict=True)]
        wishes[0].loop.call_soon_threadsafe(_succeed, answers)


def _perform(workspace: Workspace, wish: _Wish) -> None:
    assert callable(wish.what), "submissions are recorded together"
    try:
        done = wish.what(workspace)
    except Exception as error:  # it is the request's, and told as such
        wish.loop.call_soon_threadsafe(_fail, wish.answer, error)
    else:
        wish.loop.call_soon_threadsafe(_succeed, [(wish.answer, done)])


def _succeed(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, value in answers:
        if not future.done():
            future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
