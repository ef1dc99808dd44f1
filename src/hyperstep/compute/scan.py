"""What a script imports, and what it does that a warm start would get wrong; read from its text.

Followed are the statements that run when the script is started: its top level
and that of the modules beside it that it imports, not the bodies of functions
and not what stands under `if __name__ == "__main__"`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from hyperstep.pipeline.environment import Environment
from hyperstep.supervisor.hazards import UNSAFE

_PARSING = Lock()  # CPython 3.11.7 was seen to raise SystemError in two threads that parse at once

Module = tuple[str, tuple[str, ...]]
Modules = tuple[Module, ...]
"""Installed modules in the order they are imported, each with the names taken from it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found. hazard: why the script must start cold, in words, or empty."""

    modules: Modules
    hazard: str


def scan(folder: Path, script: str) -> Scan:
    """Read a script; folder: of its sources; script: its path below. A script that can't be read imports nothing."""
    path = folder / script
    reader = _Reader(folder, path.parent)
    reader.follow(path, script)
    return Scan(tuple((name, tuple(names)) for name, names in reader.modules.items()), reader.hazard)


def merge(scans: Sequence[Scan]) -> Modules:
    """The modules of several scripts, each once."""
    merged: dict[str, dict[str, None]] = {}
    for one in scans:
        for name, names in one.modules:
            merged.setdefault(name, {}).update(dict.fromkeys(names))
    return tuple((name, tuple(names)) for name, names in merged.items())


class _Reader:
    """Follows the statements of a script and of the modules beside it."""

    def __init__(self, source: Path, beside: Path) -> None:
        self.modules: dict[str, dict[str, None]] = {}
        self.hazard = ""
        self._source = source
        self._beside = beside
        self._seen: set[Path] = set()
        self._set_variable = ""
        self._changed_path = False

    def follow(self, path: Path, name: str) -> None:
        """Read one file; name: as the hazard calls it."""
        if path in self._seen:
            return
        self._seen.add(path)
        try:
            with _PARSING:
                tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return  # the job will say it
        for statement in _run_at_start(tree.body):
            match statement:
                case ast.Import(names=names):
                    for alias in names:
                        self._imports(alias.name, (), name)
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    self._imports(module, tuple(alias.name for alias in names if alias.name != "*"), name)
                case _:
                    self._note(statement, name)

    def _imports(self, module: str, names: tuple[str, ...], by: str) -> None:
        top = module.partition(".")[0]
        local = self._local(module, names)
        if local or self._is_local(top):
            for path in local:
                self.follow(path, path.relative_to(self._beside).as_posix())
        elif top != "__future__":
            if top in UNSAFE:
                self.hazard = self.hazard or f"{by} imports {top}, {UNSAFE[top]}"
            if self._set_variable and top not in sys.stdlib_module_names:
                self.hazard = self.hazard or f"{self._set_variable} before {top} is imported"
            self.modules.setdefault(module, {}).update(dict.fromkeys(names))

    def _local(self, module: str, names: tuple[str, ...]) -> list[Path]:
        """Files beside the script that importing a module runs."""
        place, files = self._beside, []
        for part in module.split("."):
            place = place / part
            files += [place / "__init__.py", place.with_suffix(".py")]
        files += [place / f"{name}.py" for name in names]
        return [file for file in files if file.is_file()]

    def _is_local(self, top: str) -> bool:
        """True if a module may come from the sources: then it isn't imported ahead."""
        places = [self._beside]
        if self._changed_path:
            places += [self._source, *(entry for entry in self._source.iterdir() if entry.is_dir())]
        return any((place / f"{top}.py").is_file() or (place / top / "__init__.py").is_file() for place in places)

    def _note(self, statement: ast.AST, by: str) -> None:
        for node in ast.walk(statement):
            match node:
                case ast.Subscript(value=target, slice=index, ctx=ast.Store()) if _is(target, "environ"):
                    self._sets(index, by)
                case ast.Call(func=ast.Attribute(value=target, attr="setdefault" | "update" as method), args=args):
                    if _is(target, "environ"):
                        self._sets(args[0] if args and method == "setdefault" else None, by)
                case ast.Call(func=target, args=args) if _is(target, "putenv"):
                    self._sets(args[0] if args else None, by)
                case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
                    self._changed_path = True

    def _sets(self, name: ast.expr | None, by: str) -> None:
        what = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else "a variable"
        self._set_variable = self._set_variable or f"{by} sets {what}"


def _is(node: ast.expr, name: str) -> bool:
    """True for `name` and `anything.name`."""
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def _run_at_start(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """The simple statements and expressions that run when a file does, in order."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                continue
            case ast.If(test=test) if _never_ahead(test):
                yield from _run_at_start(statement.orelse)
            case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try() | ast.ClassDef():
                for _, part in ast.iter_fields(statement):
                    yield from _run_in(part)
            case _:
                yield statement


def _run_in(part: Any) -> Iterator[ast.AST]:
    match part:
        case ast.expr():
            yield part
        case [ast.stmt(), *_]:
            yield from _run_at_start(part)
        case [ast.ExceptHandler(), *_]:
            for handler in part:
                yield from _run_at_start(handler.body)


def _never_ahead(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__")) | ast.Compare(comparators=[ast.Name(id="__name__")]):
            return True
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case _:
            return False


def modules_of(environment: Environment, scans: Sequence[Scan]) -> Modules:
    """What the warm process of an environment imports for these scripts."""
    if environment.preload is not None:
        return tuple((name, ()) for name in environment.preload)
    return merge([one for one in scans if not one.hazard])
