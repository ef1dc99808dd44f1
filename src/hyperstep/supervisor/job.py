"""A job that runs: its process, its log, its limits, and how it is made to end."""

from __future__ import annotations

import os
import signal
import time
from typing import Container, Optional, Tuple

from hyperstep.supervisor import tree
from hyperstep.supervisor.log import Log
from hyperstep.supervisor.orders import EXITED, SIGNALLED, STOPPED, TIMED_OUT, Message

_PIECE = 2**16
_PIECES = 16
_AGAIN = 0.01  # seconds between two looks at what doesn't want to go
_LONGEST = 10.0  # seconds after which a process that even SIGKILL doesn't end (it waits for a disk) is left behind


class Job:
    """One job under this supervisor; times are monotonic seconds."""

    def __init__(self, order: Message, log: Log, mark: int, pid: int, output: int, start: str, reason: str) -> None:
        self.id: str = order["job"]
        self.folder: str = order["folder"]
        self.pid = pid
        self.output = output
        self.start = start
        self.reason = reason
        self.printing = True
        self.status: Optional[int] = None
        self._log = log
        self._mark = mark
        self._began = time.monotonic()
        self._ended = 0.0
        self._grace: float = order["grace"]
        self._limit = self._began + order["timeout"] if order["timeout"] is not None else None
        self._wish = ""  # the ending that somebody asked for
        self._look_at: Optional[float] = None

    def deadline(self) -> Optional[float]:
        """When `tick` has something to do, or None."""
        return self._limit if self._look_at is None else self._look_at

    def stop(self, ending: str, grace: float) -> None:
        """Ask the job and all it started to end; what is left after `grace` seconds is killed."""
        if self.status is not None or os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return  # it ended by itself
        self._wish = self._wish or ending
        self._send(signal.SIGTERM)
        self._send(signal.SIGCONT)
        kill_at = time.monotonic() + grace
        self._look_at = kill_at if self._look_at is None else min(kill_at, self._look_at)

    def tick(self, now: float) -> None:
        """Do what is due: stop at the limit, kill what was asked to end and didn't."""
        if self._look_at is not None and now >= self._look_at:
            self._send(signal.SIGKILL)
            self._look_at = now + _AGAIN
        elif self._look_at is None and self._limit is not None and now >= self._limit:
            self.stop(TIMED_OUT, self._grace)

    def _send(self, number: int) -> None:
        found = tree.members(self._mark, self.pid)
        if self.status is None and self.pid not in found:
            found.append(self.pid)  # so young that it has no mark yet
        tree.send(found, number)

    def drain(self) -> bool:
        """Take over what the job has printed, at most 1 MiB; False if nothing more is there for now."""
        for _ in range(_PIECES):
            try:
                data = os.read(self.output, _PIECE)
            except BlockingIOError:
                return False
            if not data:
                self.printing = False
                return False
            self._log.write(data)
        return True

    def ended(self, status: int) -> None:
        """Note how the job's first process ended."""
        self.status = status
        self._ended = time.monotonic()

    def gone(self, running: Container[int]) -> bool:
        """After its end: True if nothing that it started is left; what is left is killed and looked for again."""
        left = tree.left_behind(self._mark, self.pid, running)
        now = time.monotonic()
        if not left or now > self._ended + _LONGEST:
            return True
        tree.send(left, signal.SIGKILL)
        self._look_at = now + _AGAIN
        return False

    def let_go(self) -> None:
        """Close the descriptors, in a process that isn't the supervisor."""
        os.close(self.output)
        self._log.let_go()

    def close(self) -> Message:
        """Close the log; returns the report of the job's end."""
        while self.drain():
            pass
        os.close(self.output)
        self._log.close()
        ending, code = self._ending()
        return {
            "report": "ended",
            "job": self.id,
            "ending": ending,
            "code": code,
            "detail": "",
            "seconds": round(self._ended - self._began, 6),
            "start": self.start,
            "reason": self.reason,
        }

    def _ending(self) -> Tuple[str, int]:
        assert self.status is not None  # closed after its end
        code = os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else -os.WTERMSIG(self.status)
        finished = code == 0 and self._wish == STOPPED  # it was as good as done when it was asked to stop
        if self._wish and not finished:
            return self._wish, 0
        return (EXITED, code) if code >= 0 else (SIGNALLED, -code)
