"""A fresh interpreter in place of a fork: `python script.py`, nothing less."""

from __future__ import annotations

import os
import signal
import sys
from typing import Dict

from hyperstep.supervisor.launch import Launch

_HIGHEST = 2**16
_SHELL = "/bin/sh"


def replace(launch: Launch, environment: Dict[str, str], jobpath: str) -> None:
    """Become the interpreter that runs the script, or the shell that runs the command; never returns.

    environment: variables as this process got them. jobpath: a folder in which the interpreter finds
    hyperstep, or empty if it finds it anyway.
    """
    variables = dict(environment, **launch.variables)
    variables.setdefault("PYTHONUNBUFFERED", "1")  # so that its log can be followed
    if jobpath:
        entries = variables.get("PYTHONPATH")
        variables["PYTHONPATH"] = entries + os.pathsep + jobpath if entries else jobpath
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # this interpreter ignores them, and a program inherits that
    os.closerange(3, _HIGHEST)
    if launch.command:  # the user's own, written for a shell; what is put into it are arguments, never text of it
        own = os.path.dirname(sys.executable)  # so that `python` in a command is the environment's
        variables["PATH"] = own + os.pathsep + variables.get("PATH", os.defpath)
        os.execve(_SHELL, [_SHELL, "-c", launch.command, _SHELL, *launch.arguments[1:]], variables)  # noqa: S606
    os.execve(sys.executable, [sys.executable, *launch.arguments], variables)  # noqa: S606 - no shell is wanted
