"""A supervisor's end of a connection to a driver; it never waits for the driver."""

from __future__ import annotations

import socket
from typing import List

from hyperstep.supervisor.orders import Lines, Message, line

_PIECE = 2**16


class Connection:
    """Orders come in, reports go out or wait here until the driver reads."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._socket.setblocking(False)
        self._lines = Lines()
        self._unsent = b""
        self.open = True

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._socket.fileno()

    def close(self) -> None:
        """Let go of the driver."""
        self.open = False
        self._socket.close()

    @property
    def waits(self) -> bool:
        """True if the driver has to read before more can be sent."""
        return bool(self._unsent)

    def receive(self) -> List[Message]:
        """All orders that have arrived."""
        orders: List[Message] = []
        try:
            while True:
                data = self._socket.recv(_PIECE)
                orders += self._lines.feed(data)
                if len(data) < _PIECE:
                    self.open = bool(data)
                    return orders
        except BlockingIOError:
            pass
        except (OSError, ValueError):
            self.open = False
        return orders

    def send(self, message: Message) -> None:
        """Send a report, as soon as the driver reads."""
        self._unsent += line(message)
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the driver reads."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""
            self.open = False
