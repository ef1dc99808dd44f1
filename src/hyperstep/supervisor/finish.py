"""The end of a forked job, as an interpreter ends, at a twentieth of the price.

An interpreter that finalizes takes all its modules apart, which copies every
page that a fork shares (100 ms with scikit-learn). What anybody can see of it
is done here: threads are joined, exit functions run, the script's own objects
go and close their files, streams are flushed; then the process ends.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
import threading
import types
import weakref
from itertools import islice

from hyperstep.supervisor.child import INTERRUPTED
from hyperstep.supervisor.linux import flush_c_streams


def finish(code: int, shared: int) -> None:
    """End this process; shared: how many modules were imported before the fork."""
    threading._shutdown()  # type: ignore[attr-defined]
    try:
        atexit._run_exitfuncs()
    except BaseException:  # noqa: S110 - Python 3.8 and 3.9 print it and then raise it, too
        pass
    if threading.active_count() == 1:  # daemon threads would see their modules emptied under them
        _let_go(shared)
    failed = not _flush()
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(120 if failed and code == 0 else code)


def _let_go(shared: int) -> None:
    """Empty the script's own modules, `__main__` first and then the newest, so that what they hold is finalized.

    Only these are touched: to look at each of a thousand shared modules copies a thousand pages.
    """
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            setattr(sys, name, None)
    names = [*islice(reversed(sys.modules), max(0, len(sys.modules) - shared)), "__main__"]
    modules = []
    for name in reversed(names):
        if isinstance(sys.modules.get(name), types.ModuleType):
            modules.append(weakref.ref(sys.modules.pop(name)))
    gc.collect()  # takes most of them, their content in the order in which it was made
    for reference in modules:
        module = reference()
        if module is not None:
            held = module.__dict__
            for name in sorted(held, key=lambda name: not name.startswith("_") or name.startswith("__")):
                if name != "__builtins__":
                    held[name] = None
    gc.collect()


def _flush() -> bool:
    """Write out what files still hold that nobody closed; False if standard output can't be written."""
    for thing in gc.get_objects():
        if type(thing) in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom) and not thing.closed:
            try:
                thing.flush()
            except (OSError, ValueError):
                pass
    flush_c_streams()
    try:
        for stream in (sys.stderr, sys.stdout):
            if stream is not None and not stream.closed:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True
