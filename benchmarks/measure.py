"""Measure one command as a whole: `python -m benchmarks.measure COMMAND…` prints one line of JSON.

wall_s: from its start to the exit of its main process.
cpu_s: CPU seconds of its whole process tree, daemons included: this process adopts what the command leaves behind.
peak_mb: resident memory of its largest process.
foreign: CPU seconds that anything else on the machine used meanwhile, per second; near 0 on a quiet machine.
left: processes that were still there a while after the end; they are killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 20.0  # seconds for daemons to end by themselves
TICKS = os.sysconf("SC_CLK_TCK")


def measure(command: list[str]) -> dict[str, object]:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    busy = machine_busy()
    began = time.perf_counter()
    main = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    cpu, peak, left, ended = 0.0, 0, 0, None
    while (child := next_end(wait=ended is None)) is not None:
        pid, status, usage = child
        if pid == 0:
            if time.perf_counter() - ended > PATIENCE:
                left += kill_children()
            time.sleep(0.002)
            continue
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
        if pid == main.pid:
            ended = time.perf_counter()
            busy = machine_busy() - busy
            main.returncode = os.waitstatus_to_exitcode(status)
    wall = ended - began
    foreign = max(0.0, busy - cpu) / wall
    figures = {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak / 1024, "foreign": foreign, "left": left}
    return {**figures, "code": main.returncode}


def next_end(*, wait: bool) -> tuple[int, int, object] | None:
    """The next child that ended, pid 0 if none has yet, or None if there are no children any more."""
    try:
        return os.wait4(-1, 0 if wait else os.WNOHANG)
    except ChildProcessError:
        return None


def machine_busy() -> float:
    """CPU seconds that the machine has spent on anything since it booted."""
    user, nice, system, _idle, _iowait, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def kill_children() -> int:
    children = [
        int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    ]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    return len(children)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:])))
