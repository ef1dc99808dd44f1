"""Launch: all that a new job needs to know, worked out before the fork.

What a forked process writes to, it copies, page by page: each object that it
touches for the first time costs it microseconds. So whatever can be made
ready here is.
"""

from __future__ import annotations

import os
import sys
import types
import warnings
from typing import Dict, List, Optional, Tuple

from hyperstep.supervisor.linux import mark_of
from hyperstep.supervisor.orders import Message
from hyperstep.supervisor.search_path import SearchPath


class Launch:
    """One job, about to start. code: its script, compiled, or None if only the job can say what is wrong with it."""

    __slots__ = ("arguments", "code", "command", "folder", "mark", "path", "script", "variables", "work")

    def __init__(self, order: Message, search_path: SearchPath, code: Optional[types.CodeType]) -> None:
        self.folder: str = order["folder"]
        self.work = os.path.join(self.folder, "work")
        self.script = os.path.join(self.work, order["script"])
        self.arguments: List[str] = [self.script, *order["arguments"]]
        self.command: str = order.get("command", "")
        self.variables: Dict[str, str] = order["variables"]
        self.path = search_path.of(self.work, order["script"])
        self.mark = mark_of(self.folder)
        self.code = code


class Scripts:
    """Compiled scripts, each once, for trials that run the same one."""

    def __init__(self) -> None:
        self._codes: Dict[Tuple[str, str], Optional[types.CodeType]] = {}

    def code(self, order: Message) -> Optional[types.CodeType]:
        """The script's code as if compiled from its own path, or None if it doesn't compile in silence."""
        if not order["script"]:
            return None
        key = (order["source"], order["script"])
        path = os.path.join(order["folder"], "work", order["script"])
        if key not in self._codes:
            self._codes[key] = _compiled(path)
        code = self._codes[key]
        return None if code is None else _moved(code, path)


def _compiled(path: str) -> Optional[types.CodeType]:
    try:
        with open(path, "rb") as source, warnings.catch_warnings():
            warnings.simplefilter("error")
            return compile(source.read(), path, "exec", dont_inherit=True)
    except Exception:
        return None


def _moved(code: types.CodeType, path: str) -> types.CodeType:
    constants = tuple(_moved(one, path) if isinstance(one, types.CodeType) else one for one in code.co_consts)
    return code.replace(co_filename=path, co_consts=constants)


def reseed() -> None:
    """Give the global generators new seeds, which the next fork takes along; `random` does it by itself."""
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.seed()
