"""Checks of how scripts start: the interpreters that are named, and forks of a process that has imported libraries."""

from __future__ import annotations

import subprocess

from hyperstep.errors import DefinitionError
from hyperstep.interpreter import check, executable
from hyperstep.upkeep.finding import Finding, fault, ok

_PATIENCE = 60.0  # seconds

_FORK = """
import importlib, os, sys
there = []
for name in ("numpy", "pandas", "sklearn"):
    try:
        importlib.import_module(name)
        there.append(name)
    except ImportError:
        pass
threads = len(os.listdir("/proc/self/task"))
child = os.fork()
if not child:
    if "numpy" in there:
        import numpy
        numpy.ones((300, 300)) @ numpy.ones((300, 300))
    os._exit(7)
print(threads, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), " ".join(there))
"""


def interpreter(name: str, python: str | None) -> Finding:
    """Whether a named environment's interpreter starts. python: its path, None for hyperstep's own."""
    title = f"environment {name}" if name else "interpreter"
    try:
        check(python)
        return ok(title, executable(python))
    except DefinitionError as error:
        do = f"hyperstep env use {name} PYTHON" if name else "Install hyperstep again."
        return fault(title, str(error), why="Steps that run in it can't start.", do=do)


def warm(python: str, *, patience: float = _PATIENCE) -> Finding:
    """Whether a process that has imported the usual libraries can be forked, and its child computes."""
    why = "Trials start by a fork of such a process, which saves them the imports."
    do = "Let scripts start cold: Environment(start=Start.SPAWN)."
    try:
        command = [python, "-W", "ignore", "-c", _FORK]
        said = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
        threads, code, *there = said.stdout.split()
    except subprocess.TimeoutExpired:
        return fault("warm start", f"the child of a fork hung for {patience:.0f} s", why=why, do=do)
    except (ValueError, OSError):
        return fault("warm start", f"a fork couldn't be tried with {python}", why=why, do=do)
    libraries = ", ".join(there) or "no library"
    if code != "7":
        return fault("warm start", f"the child of a fork after importing {libraries} ended with {code}", why=why, do=do)
    more = f", which started {int(threads) - 1} threads," if threads != "1" else ""
    return ok("warm start", f"the child of a fork after importing {libraries}{more} computes")
