"""Imports what the scripts will import, once for all of them.

Only what is installed: modules of the standard library and of site-packages.
A user's own modules are imported by the job, so that they are as they stand
at that moment, and no line of theirs runs here. Importing is safe before a
fork, computing isn't, so nothing else is done with the modules, but for what
one of them looks up on disk once a process.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import site
import sys
import traceback
from contextlib import suppress
from typing import Callable, List, Sequence, Tuple

from hyperstep.supervisor.linux import flush_c_streams, use_huge_pages

_LONGEST = 120  # seconds that one import may take; jobs wait for it
_LOOKED_UP = (("narwhals.plugins", "_discover_entrypoints"),)
"""Cached functions without arguments that only read: this one reads the metadata of all installed packages at the
first `fit` of a process (scikit-learn 1.9), a tenth of a small job's time."""


def preload(wanted: Sequence[Tuple[str, Sequence[str]]], begins: Callable[[str], None]) -> None:
    """Import modules; each with the names that scripts take from it, which may be modules too.

    begins: is told each module before it is imported, which this process may not survive.
    What can't be imported is skipped: the script that wants it will say so itself.
    """
    gc.disable()
    places = _places()
    signal.signal(signal.SIGALRM, _give_up)
    for name, members in wanted:
        if _installed(name.partition(".")[0], places):
            begins(name)
            try:
                signal.alarm(_LONGEST)
                __import__(name, fromlist=list(members))
            except BaseException:  # even SystemExit: what a module does when it is imported isn't ours to choose
                sys.stderr.write("Not imported: %s\n" % name)
                traceback.print_exc()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _look_up()
    gc.collect()
    gc.freeze()  # so that a fork's collector doesn't touch, and thereby copy, what is here
    gc.enable()
    use_huge_pages()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    flush_c_streams()


def _look_up() -> None:
    for module, function in _LOOKED_UP:
        known = getattr(sys.modules.get(module), function, None)
        if known is not None:
            with suppress(Exception):  # the job that needs it meets the same fault, where its script can see it
                known()


def _give_up(_number: int, _frame: object) -> None:
    raise TimeoutError("not imported after %d seconds" % _LONGEST)


def _places() -> Tuple[str, ...]:
    folders = [os.path.dirname(os.__file__), *site.getsitepackages(), site.getusersitepackages()]
    return tuple({os.path.realpath(folder) + os.sep for folder in folders})


def _installed(name: str, places: Tuple[str, ...]) -> bool:
    if name == "hyperstep":
        return True
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    if spec is None:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    found: List[str] = [spec.origin] if spec.origin else list(spec.submodule_search_locations or [])
    return bool(found) and all(os.path.realpath(path).startswith(places) for path in found)
