"""Launch: run a program as `python FILE` or `python -m MODULE` would, in this process, with `azureml` at hand."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import Any, List, Optional

from hyperstep.azureml_v1 import enable
from hyperstep.errors import SubmissionError


def run_file(path: str, arguments: List[str]) -> int:
    """Run a file, or a folder's `__main__.py`, as the main program; returns its exit code."""
    if os.path.isdir(path):
        file, first = os.path.join(path, "__main__.py"), os.path.abspath(path)
    else:
        file, first = path, os.path.dirname(os.path.realpath(path))
    if not os.path.isfile(file):
        raise SubmissionError("There is no file %r. Give the path of a Python program, or -m and a module." % file)
    enable()
    file = os.path.abspath(file)
    sys.argv[:] = [path, *arguments]
    _put_first(first)
    loader = SourceFileLoader("__main__", file)
    spec = ModuleSpec("__main__", loader, origin=file) if os.path.isdir(path) else None
    return _run(_code(loader, "__main__"), file, spec, loader)


def run_module(name: str, arguments: List[str]) -> int:
    """Run a module, or a package's `__main__`, as the main program; returns its exit code."""
    enable()
    sys.argv[:] = ["-m", *arguments]
    _put_first(os.getcwd())
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise  # the package is there, and imports something that isn't
        spec = None
    if spec is None or spec.origin is None or not hasattr(spec.loader, "get_code"):
        raise SubmissionError(
            "There is no module %r on the path, looked for from %r. Name it as `python -m` would, from the folder that "
            "its package lies in." % (name, os.getcwd())
        )
    sys.argv[0] = spec.origin
    return _run(_code(spec.loader, name), spec.origin, spec, spec.loader)


def _put_first(folder: str) -> None:
    """Python puts the program's folder first; now it is hyperstep's own, and this program's has to be."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder


def _code(loader: Any, name: str) -> CodeType:
    try:
        code: CodeType = loader.get_code(name)
    except SyntaxError as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        raise SystemExit(1) from None
    return code


def _run(code: CodeType, file: str, spec: Optional[ModuleSpec], loader: Any) -> int:
    main = ModuleType("__main__")
    main.__dict__.update(
        __file__=file,
        __loader__=loader,
        __package__=spec.parent if spec else None,
        __spec__=spec,
        __builtins__=__builtins__,
    )
    sys.modules["__main__"] = main
    try:
        exec(code, main.__dict__)  # noqa: S102 - the user's own program
    except Exception as error:
        # As in Python itself the program's own lines come first in what is printed.
        trace = error.__traceback__
        shown = error.with_traceback(trace.tb_next if trace else None)
        sys.excepthook(type(shown), shown, shown.__traceback__)
        return 1
    return 0
