"""Fail-points: every durable step has a number, at which a test can have the process killed or its storage fail.

HYPERSTEP_FAILPOINT=driver:7:kill kills the driver at its 7th step;
supervisor:3+20:enospc has each of the supervisor's steps 3 to 22 find the disk
full. What can happen: kill, enospc, eio, error (a fault of ours). A path after
it, as in driver:7:kill:/tmp/once, is a file that is made then; if it is there,
nothing happens in any later process. HYPERSTEP_FAILPOINTS_SEEN names a file that gets a line for each step.
Without these variables a step costs a call of a function that does nothing.

Standard library only, Python 3.8 and later: supervisors and jobs have steps too.
"""

from __future__ import annotations

import errno
import os

PLAN = "HYPERSTEP_FAILPOINT"
SEEN = "HYPERSTEP_FAILPOINTS_SEEN"

DRIVER, SUPERVISOR, JOB = "driver", "supervisor", "job"

_ERRORS = {"enospc": errno.ENOSPC, "eio": errno.EIO}
_KILLED = 9  # what SIGKILL is; `signal` would take longer to import than all else here


class _Steps:
    """The steps that this process has taken, and what is to happen at which."""

    def __init__(self, plan: str, seen: str) -> None:
        self.process = DRIVER
        self.taken = 0
        self._seen = seen
        self._planned, steps, self._what, self._once = [*plan.split(":", 3), ""][:4] if plan else ("", "0", "", "")
        first, _, more = steps.partition("+")
        self._first = int(first)
        self._last = self._first + int(more or 1) - 1

    def take(self, name: str) -> None:
        """Count a step, and let happen what is planned for it."""
        self.taken += 1
        if self._seen:
            line = "%s %d %s\n" % (self.process, self.taken, name)
            file = os.open(self._seen, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            os.write(file, line.encode())
            os.close(file)
        if self._planned == self.process and self._first <= self.taken <= self._last and self._is_first():
            self._happen(name)

    def _is_first(self) -> bool:
        """False if it has happened in an earlier process."""
        if self._once:
            try:
                os.close(os.open(self._once, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            except FileExistsError:
                return False
            self._once = ""  # here it may happen again, up to the last step
        return True

    def _happen(self, name: str) -> None:
        if self._what == "kill":
            os.kill(os.getpid(), _KILLED)
        if self._what in _ERRORS:
            raise OSError(_ERRORS[self._what], "%s, at the fail-point" % os.strerror(_ERRORS[self._what]), name)
        raise RuntimeError("at the fail-point %s" % name)


def _nothing(_name: str) -> None:
    """What a step does when no test looks."""


_steps = _Steps(os.environ.get(PLAN, ""), os.environ.get(SEEN, ""))

step = _steps.take if PLAN in os.environ or SEEN in os.environ else _nothing
"""Called right before something is made durable, and where it matters right after, with a name for it."""


def become(process: str) -> None:
    """From now on this process is a supervisor or a job, and counts from 1."""
    if _steps.process != process:
        _steps.process, _steps.taken = process, 0
