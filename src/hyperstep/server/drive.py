"""Drive: the process beside the server that drives the runs of its queue, one after the other.

    python -m hyperstep.server.drive FOLDER

It claims the workspace only while there is something to drive, so that
`hyperstep run` can be used meanwhile, and ends with its server, however that
ends: its standard input is a pipe that only the server holds.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from hyperstep.errors import HyperstepError, WorkspaceBusy
from hyperstep.store import asked
from hyperstep.workspace import Workspace

LOOK = 0.1  # seconds between looks at the queue
PAUSE = 2.0  # seconds before a run is tried again that could not be driven
_LONGEST_PAUSE = 60.0  # seconds before a driver is started again that keeps failing

PASSED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|VIRTUAL_ENV|LD_LIBRARY_PATH|LC_\w+|XDG_\w+|PYTHON\w*"
    r"|CONDA_\w+|CUDA\w*|NVIDIA_\w+|ROCR_\w+|HIP_\w+|OMP_\w+|MKL_\w+|OPENBLAS_\w+|NUMBA_\w+|HYPERSTEP_\w+"
)
"""The variables of the server's environment that scripts get which it drives, besides those that `--env` names."""


class Driving:
    """Keeps the process running, until `stop`. Use it in a `with` statement."""

    def __init__(self, folder: Path, variables: Iterable[str] = ()) -> None:
        self._folder = folder
        self._variables = passed(os.environ, variables)
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="driving", daemon=True)

    def __enter__(self) -> Driving:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._let_go()
        self._thread.join()

    def _keep(self) -> None:
        pause = 1.0
        while not self._ending.is_set():
            began = time.monotonic()
            self._start()
            assert self._process is not None, "it was started just now"
            if self._ending.is_set():
                self._let_go()
            self._process.wait()
            self._let_go()
            pause = 1.0 if time.monotonic() - began > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            self._ending.wait(pause)

    def _let_go(self) -> None:
        """Close the pipe, which the process ends on."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def _start(self) -> None:
        log = self._folder / ".hyperstep" / "drivers" / "queue.log"
        log.parent.mkdir(0o700, exist_ok=True)
        log.touch(0o600)
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hyperstep.server.drive", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._variables,
                start_new_session=True,
            )


def passed(variables: Mapping[str, str], named: Iterable[str]) -> dict[str, str]:
    """The variables that scripts get which nobody at a terminal has started."""
    names = set(named)
    return {name: value for name, value in variables.items() if name in names or PASSED.fullmatch(name)}


class Drive:
    """Drives what is queued until it is asked to end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ended = threading.Event()
        self._workspace: Workspace | None = None

    def end(self) -> None:
        """Stop the jobs of the run that is driven, and end. From any thread or signal handler."""
        self._ended.set()
        if self._workspace is not None:
            self._workspace.interrupt()

    def go_on(self) -> None:
        """Drive one run after the other, until `end`."""
        with Workspace.open(self._folder) as looking:
            while not self._ended.is_set():
                waiting = asked.queued(looking.store.db)
                if waiting:
                    self._drive(waiting[0])
                while not self._ended.wait(LOOK) and not looking.store.tail_changed() and not waiting:
                    pass

    def _drive(self, run: str) -> None:
        try:
            with Workspace.open(self._folder) as workspace:
                workspace.claim()
                self._workspace = workspace
                if not self._ended.is_set():
                    workspace.drive(run)
        except WorkspaceBusy:  # `hyperstep run`, say; what waits is driven after it
            pass
        except (HyperstepError, OSError) as error:
            print(f"Run {run}: {error}", flush=True)
            self._ended.wait(PAUSE)
        finally:
            self._workspace = None


def main() -> None:
    """Drive the queue of the folder that is given, as long as somebody holds the other end of standard input."""
    drive = Drive(Path(sys.argv[1]))

    def heard(_number: int, _frame: FrameType | None) -> None:
        drive.end()

    def watch() -> None:
        sys.stdin.buffer.read()
        drive.end()

    signal.signal(signal.SIGTERM, heard)
    signal.signal(signal.SIGINT, heard)
    threading.Thread(target=watch, daemon=True).start()
    drive.go_on()


if __name__ == "__main__":
    main()
