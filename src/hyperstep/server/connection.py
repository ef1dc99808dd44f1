"""Connection: uvicorn's HTTP/1.1, with an end to clients that say or take nothing.

A request's head has to be there in time, however slowly it trickles; and a
client that reads nothing of what is sent to it for a while is cut off.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES = 16 << 10
HEAD_LASTS = 10.0  # seconds from a connection's first sign of a request to the end of its head
STALLED_LASTS = 20.0  # seconds that a client may take nothing of what waits for it


class Connection(H11Protocol):
    """One client's connection."""

    _late: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Give a new client its time for the first request."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Start or stop the time for a head."""
        super().data_received(data)
        if not self._between_requests():
            self._forget_head()
        elif self._late is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the times."""
        self._forget_head()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a client that takes nothing its last time."""
        super().pause_writing()
        self._stalled = self.loop.call_later(STALLED_LASTS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on, since the client took something."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def _between_requests(self) -> bool:
        """True while a request is awaited or arrives that nobody answers yet or any more."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _await_head(self) -> None:
        self._late = self.loop.call_later(HEAD_LASTS, self._end_if_late)

    def _forget_head(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _end_if_late(self) -> None:
        self._late = None
        if self._between_requests():
            self.transport.close()
