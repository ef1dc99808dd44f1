"""All processes of one job: found by its mark and its session, wherever they went."""

from __future__ import annotations

import os
import signal
import time
from typing import Container, Iterator, List

from hyperstep.supervisor.linux import has_mark

_UNKNOWN = -1  # no process leads a session of this number


def members(mark: int, leader: int) -> List[int]:
    """Every process of the job whose first process is (or was) `leader`; looks through all of /proc."""
    own = os.getpid()
    return [pid for pid in _all() if pid != own and _belongs(pid, mark, leader)]


def left_behind(mark: int, leader: int, running: Container[int]) -> List[int]:
    """What the job left to this process, its subreaper, when its leader ended.

    running: leaders of the jobs that run; they are this process's children too. Looks at children only, so it
    costs microseconds; when it finds none, there is none, for orphans come to the subreaper before their parent
    can be waited for.
    """
    return [pid for pid in _children() if pid not in running and _belongs(pid, mark, leader)]


def send(pids: List[int], number: int) -> None:
    """Send a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def end(mark: int) -> None:
    """Kill what is left of a job whose supervisor is gone, and wait until it is, for 2 seconds at most."""
    until = time.monotonic() + 2.0
    pause = 0.001
    while time.monotonic() < until:
        found = [pid for pid in members(mark, _UNKNOWN) if _stat(pid)[0] not in (b"Z", b"X")]
        if not found:
            return
        send(found, signal.SIGKILL)
        time.sleep(pause)
        pause *= 2


def _belongs(pid: int, mark: int, leader: int) -> bool:
    try:
        if os.getsid(pid) == leader:
            return True
    except OSError:
        return False
    return has_mark(pid, mark)


def _all() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _children() -> List[int]:
    own = os.getpid()
    try:
        with open("/proc/self/task/%d/children" % own, "rb") as names:
            return [int(name) for name in names.read().split()]
    except FileNotFoundError:  # a kernel built without it
        return [pid for pid in _all() if _stat(pid)[1] == b"%d" % own]


def _stat(pid: int) -> List[bytes]:
    """A process's state, parent and what follows; of one that is gone, that it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            return stat.read().rpartition(b")")[2].split()
    except OSError:
        return [b"X", b"0"]
