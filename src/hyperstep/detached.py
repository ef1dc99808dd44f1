"""Detached: a run that goes on in a process of its own, which no terminal's end touches.

Runs of one workspace follow each other: the process waits until no other one
drives.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path


def detach(folder: Path, run: str, *, durability: str = "full") -> Path:
    """Drive a run that is recorded, in a new session; returns the file that its process prints to.

    folder: the one that holds `.hyperstep`. durability: `full` or `normal`, as in Workspace.open.
    """
    log = folder / ".hyperstep" / "drivers" / f"{run}.log"
    log.parent.mkdir(0o700, exist_ok=True)
    log.touch(0o600)
    command = [sys.executable, "-m", "hyperstep", "resume", run, "--wait", "--workspace", str(folder)]
    command += ["--durability", durability]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that none becomes a zombie in a long program
    return log
