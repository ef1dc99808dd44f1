"""Why a job must not be forked from this process, though it may look harmless.

Each was met in tests against a fresh interpreter: a module beside the script
whose place an installed one of the same name has already taken; threads that
a fork doesn't take along; a CUDA context, which no fork survives.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.machinery import all_suffixes
from typing import Dict, FrozenSet, Iterator, List, Tuple

from hyperstep.supervisor.linux import fork
from hyperstep.supervisor.search_path import SearchPath

# Installed modules that do more at import than a fork survives, and what they do.
UNSAFE = {
    "cudf": "which starts CUDA",
    "cuml": "which starts CUDA",
    "jax": "which warns of every fork of a process that has imported it",
    "tensorflow": "which starts threads of its own",
}

# Threads of libraries that see to themselves in a fork: of memory allocators, and polars' one for spilled data.
_HARMLESS = ("jemalloc_bg_thd", "polars-ooc-clea")

_LOSES_THREAD = "an import started the thread %r, which a fork would lose"


class Hazards:
    """Knows what this process has imported; fresh: what every new interpreter has, which nothing can shadow."""

    def __init__(self, fresh: FrozenSet[str], search_path: SearchPath) -> None:
        self._fresh = fresh
        self._search_path = search_path
        self._shadows: Dict[Tuple[str, str], str] = {}
        self.look()

    def look(self) -> None:
        """Look again, after more was imported."""
        self._imported = {name.partition(".")[0] for name in sys.modules} - self._fresh - {"hyperstep"}
        self._general = _unsafe() or _thread() or _cuda() or _pool()
        self._shadows.clear()

    def reason(self, work: str, script: str, source: str) -> str:
        """Why a script can't be run in a fork, in words, or nothing.

        work: the job's working folder, a copy of the tree with digest `source`. script: path below it.
        """
        key = (source, os.path.dirname(script))
        if key not in self._shadows:
            self._shadows[key] = self._shadow(self._search_path.folders(work, script))
        return self._general or self._shadows[key]

    def _shadow(self, folders: List[str]) -> str:
        for folder in folders:
            for name in sorted(self._imported.intersection(_modules(folder))):
                return "%r in the source folder shadows a module that is already imported" % name
        return ""


def _modules(folder: str) -> Iterator[str]:
    """Names that `import` finds in a folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        name, dot, _ = entry.name.partition(".")
        if dot and entry.name.endswith(tuple(all_suffixes())):
            yield name
        elif not dot and os.path.exists(os.path.join(entry.path, "__init__.py")):
            yield name


def _unsafe() -> str:
    found = [name for name in UNSAFE if name in sys.modules]
    return "an import led to %s, %s" % (found[0], UNSAFE[found[0]]) if found else ""


def _thread() -> str:
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    return _LOSES_THREAD % names[0] if names else ""


def _cuda() -> str:
    torch = sys.modules.get("torch")
    started = torch is not None and torch.cuda.is_initialized()
    return "an import started CUDA, which a fork would break" if started else ""


def _pool() -> str:
    """Threads that are left when a fork has been made: one with a pool that a fork can't use hangs in its first loop.

    OpenBLAS, for one, ends its threads before a fork and starts them when they are needed.
    """
    if len(_native_threads()) == 0:
        return ""
    pid = fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    names = [name for name in _native_threads() if name not in _HARMLESS]
    return _LOSES_THREAD % names[0] if names else ""


def _native_threads() -> List[str]:
    """Names of this process's threads but for the main one."""
    names = []
    for task in os.listdir("/proc/self/task"):
        if int(task) != os.getpid():
            try:
                with open("/proc/self/task/%s/comm" % task) as comm:
                    names.append(comm.read().strip())
            except OSError:
                pass  # it has just ended
    return names
