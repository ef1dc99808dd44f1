"""What a driver and a supervisor say to each other: one JSON object a line, both ways.

Orders: start, stop, list, preload, bye. Each has a key `order`.
Reports: ready, imports, warm, started, ended, jobs. Each has a key `report`.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

Message = Dict[str, Any]

PROTOCOL = 1
LONGEST_LINE = 16 * 2**20  # bytes

# How a job can end, as the engine calls it.
EXITED = "exited"
SIGNALLED = "signalled"
TIMED_OUT = "timed out"
STOPPED = "stopped"
INTERRUPTED = "interrupted"
REFUSED = "refused"

# How a job's process begins.
AUTO = "auto"
FORK = "fork"
SPAWN = "spawn"


def line(message: Message) -> bytes:
    """A message as a line."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


class Lines:
    """Puts messages together from what arrives in pieces."""

    def __init__(self) -> None:
        self._pieces = b""

    def feed(self, data: bytes) -> List[Message]:
        """The messages that `data` completes.

        Raises ValueError for anything that isn't a message; the connection is of no use then.
        """
        *whole, rest = (self._pieces + data).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise ValueError("a line of more than %d bytes" % LONGEST_LINE)
        self._pieces = rest
        messages = [json.loads(text) for text in whole]
        if not all(isinstance(message, dict) for message in messages):
            raise ValueError("a line that isn't an object")
        return messages
