"""A forked job's first moments, and a script run as `python script.py` runs it."""

from __future__ import annotations

import builtins
import os
import signal
import sys
import types
from importlib.machinery import SourceFileLoader
from typing import Any, Dict

from hyperstep import failpoints
from hyperstep.supervisor import linux
from hyperstep.supervisor.exits import is_given_up
from hyperstep.supervisor.launch import Launch

_OOM_SCORE = b"500"  # the kernel's first choice when memory runs out, before drivers and supervisors

INTERRUPTED = -int(signal.SIGINT)

DEPTH = 3 if sys.version_info < (3, 12) else 2  # what the frames below a script take of the recursion limit


def begin(launch: Launch, parent: int, output: int) -> None:
    """Make this new process the first of its job: its own session, output and folder."""
    failpoints.become(failpoints.JOB)
    os.setsid()
    linux.die_with(parent)
    linux.set_mark(launch.mark)
    if is_given_up(launch.folder):
        os._exit(1)  # by a driver that looked for the mark before it was there
    try:
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        os.write(score, _OOM_SCORE)
        os.close(score)
    except OSError:
        pass  # it is a preference
    os.dup2(output, 1)
    os.dup2(output, 2)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(launch.work)


def become(launch: Launch) -> Dict[str, Any]:
    """Make this process look like a new interpreter that was given the script; returns what `__main__` holds."""
    for name, value in launch.variables.items():
        os.environ[name] = value
    sys.argv[:] = launch.arguments
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[1:] = launch.arguments
    sys.path[:] = launch.path
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        process.ORIGINAL_DIR = launch.work  # type: ignore[attr-defined]
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile.tempdir = None  # type: ignore[attr-defined]
    main = types.ModuleType("__main__")
    main.__file__ = launch.script
    main.__loader__ = SourceFileLoader("__main__", launch.script)
    namespace = main.__dict__
    namespace.update(__builtins__=builtins, __cached__=None, __annotations__={})
    sys.modules["__main__"] = main
    return namespace


def run(launch: Launch, namespace: Dict[str, Any]) -> int:
    """Run the script whose `__main__` this is; returns the exit code, or INTERRUPTED."""
    code = launch.code
    try:
        if code is None:
            with open(launch.script, "rb") as source:
                code = compile(source.read(), launch.script, "exec", dont_inherit=True)
        exec(code, namespace)  # noqa: S102 - the user's own script, in its own process
    except BaseException as caught:
        fault = caught
    else:
        return 0
    if isinstance(fault, SystemExit):
        return _code(fault.code)
    _show(_stripped(fault))
    return INTERRUPTED if isinstance(fault, KeyboardInterrupt) else 1


def _code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(str(code) + "\n")
    return 1


def _show(fault: BaseException) -> None:
    """Print a traceback as the interpreter does."""
    sys.last_type, sys.last_value, sys.last_traceback = type(fault), fault, fault.__traceback__
    try:
        sys.excepthook(type(fault), fault, fault.__traceback__)
    except BaseException as caught:
        second = caught
    else:
        return
    sys.stderr.write("Error in sys.excepthook:\n")
    sys.__excepthook__(type(second), _stripped(second), second.__traceback__)
    sys.stderr.write("\nOriginal exception was:\n")
    sys.__excepthook__(type(fault), fault, fault.__traceback__)


def _stripped(fault: BaseException) -> BaseException:
    """The exception with a traceback that begins below our own frames."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return fault.with_traceback(trace)
