"""Ears: the one thread that hears supervisors, and the doorbell that scripts ring."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from hyperstep.compute.link import Link
from hyperstep.supervisor.linux import Place
from hyperstep.supervisor.orders import Message

BELL = "bell.sock"
_UNRUNG = 1.0  # seconds after which `rung` is called though nobody rang: the bell's file may be gone
_WINDOW = 0.02  # seconds: how often rings are answered, at most; what was said meanwhile is read at once


class Ears:
    """Calls back, in its own thread, what it hears.

    heard: takes a link and its reports, or None in their place when the supervisor is gone; then it is forgotten.
    rung: some script may have said something. failed: takes what one of the two has raised; nothing is heard after it.
    """

    def __init__(
        self,
        place: Place,
        heard: Callable[[Link, list[Message] | None], None],
        rung: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._heard = heard
        self._rung = rung
        self._failed = failed
        self._bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._bell.setblocking(False)
        self._address = place.address(BELL)
        self._unlink()
        self._bell.bind(self._address)
        self._waker, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._work, name="hyperstep-ears", daemon=True)
        self._thread.start()

    def add(self, link: Link) -> None:
        """Hear a supervisor too."""
        self._selector.register(link.end, selectors.EVENT_READ, link)

    def look(self) -> None:
        """Have `rung` called, as if a script had rung."""
        self._waker.send(b"?")

    def close(self) -> None:
        """Hear nothing any more; returns when no call is under way."""
        self._waker.send(b"!")
        self._thread.join()
        self._unlink()
        for end in (self._selector, self._bell, self._waker, self._woken):
            end.close()

    def _unlink(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._address)  # noqa: PTH108

    def _work(self) -> None:
        try:
            self._listen()
        except Exception as fault:
            self._failed(fault)

    def _listen(self) -> None:
        due: float | None = None
        last = time.monotonic()
        while True:
            next_look = last + _UNRUNG if due is None else due
            ready = self._selector.select(max(0.0, next_look - time.monotonic()))
            for key, _ in ready:
                if key.fileobj is self._woken:
                    if b"!" in self._woken.recv(4096):
                        return
                    due = due or time.monotonic()
                elif key.fileobj is self._bell:
                    self._selector.unregister(self._bell)  # until it is answered; more rings wait unheard
                    due = due or max(time.monotonic(), last + _WINDOW)
                else:
                    self._hear(key.data)
            if time.monotonic() >= (last + _UNRUNG if due is None else due):
                due, last = None, time.monotonic()
                self._silence()
                self._rung()

    def _hear(self, link: Link) -> None:
        reports = link.receive()
        if reports is None:
            self._selector.unregister(link.end)
        if reports != []:
            self._heard(link, reports)

    def _silence(self) -> None:
        """Take all rings; what was said before is read after this."""
        with suppress(BlockingIOError):
            while True:
                self._bell.recv(64)
        if self._bell not in self._selector.get_map():
            self._selector.register(self._bell, selectors.EVENT_READ)
