"""Check: which names of `azureml` a program uses, and what becomes of each here; nothing is run.

A program is read as it is written: what an import binds is followed through
other names, attributes and plain assignments. A notebook is read cell by cell,
less what IPython alone understands; a file that a cell writes is read as well.
"""

from __future__ import annotations

import ast
import json
import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from hyperstep.azureml_v1 import lookup, names, unsupported
from hyperstep.azureml_v1.v1_object import UnknownAttribute, V1Type

RUNS = "runs here"
RECORDED = "recorded only"
REFUSED = "refused"

OBJECT = "()"
"""Follows a class in the path of what its objects are asked for: azureml.core.Workspace().name."""

_ROOT = "azureml"
_MAGIC = re.compile(r"^(\s*)(?:[%!?]|\w[\w.]*\?{1,2}\s*$).*$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^(\s*\w+\s*=\s*)[%!].*$", re.MULTILINE)
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%memit")
_SKIPPED = (".git", ".hyperstep", ".venv", "venv", "node_modules", "__pycache__", "site-packages", ".ipynb_checkpoints")


class Use(NamedTuple):
    """A name at a place."""

    name: str
    place: str
    line: int
    imported: bool  # only bound here, by an import


class Found(NamedTuple):
    """What becomes of a name, and where it stands."""

    name: str
    verdict: str
    detail: str
    places: List[str]
    used: bool  # false if it is imported and nothing is done with it


class Report(NamedTuple):
    """All names of a project, by name; and the files that couldn't be read, each with why."""

    found: List[Found]
    unread: List[Tuple[str, str]]

    @property
    def refused(self) -> List[Found]:
        return [one for one in self.found if one.verdict == REFUSED and one.used]


def check(path: str) -> Report:
    """Read a file, or all programs and notebooks below a folder."""
    uses: List[Use] = []
    unread: List[Tuple[str, str]] = []
    for file in _files(path):
        shown = os.path.relpath(file, path) if os.path.isdir(path) else file
        try:
            with open(file, "rb") as opened:
                content = opened.read()
            pieces = list(_cells(content, shown)) if file.endswith(".ipynb") else [Piece(content, shown, 0)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            unread.append((shown, str(error) or type(error).__name__))
            continue
        reader = Reader()
        for piece in pieces:
            try:
                tree = ast.parse(piece.text)
            except (SyntaxError, ValueError) as error:
                unread.append((piece.place, str(error)))
                continue
            uses += (Reader() if piece.apart else reader).read(tree, piece.place)
    return Report(_judged(uses), unread)


class Piece(NamedTuple):
    """Python text and where it stands."""

    text: Any
    place: str
    number: int
    apart: bool = False  # a file that a cell writes, which shares no names with the notebook


class Reader(ast.NodeVisitor):
    """Follows the names of one file or notebook."""

    def __init__(self) -> None:
        self._bound: Dict[str, str] = {}  # a name of the program's -> what of azureml it stands for
        self._place = ""
        self._uses: List[Use] = []

    def read(self, tree: ast.AST, place: str) -> List[Use]:
        """The uses in a piece of text, by line; what earlier pieces bound is known."""
        self._place, self._uses = place, []
        self.visit(tree)
        return sorted(self._uses, key=lambda use: use.line)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if _azures(alias.name):
                self._bound[alias.asname or _ROOT] = alias.name if alias.asname else _ROOT
                self._note(alias.name, node, imported=True)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not node.module or not _azures(node.module):
            return
        for alias in node.names:
            if alias.name == "*":
                self._note(node.module, node, imported=True)
                self._bound.update((name, "%s.%s" % (node.module, name)) for name in lookup.of(node.module))
                continue
            path = "%s.%s" % (node.module, alias.name)
            self._bound[alias.asname or alias.name] = path
            self._note(path, node, imported=True)

    def visit_Assign(self, node: ast.Assign) -> None:
        path = self._path(node.value)
        for target in node.targets:
            if path and isinstance(target, ast.Name):
                self._bound[target.id] = path
            elif isinstance(target, ast.Name) and OBJECT in self._bound.get(target.id, ""):
                del self._bound[target.id]  # it is something else now
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._path(node)
        if path:
            self._note(path, node)
        if not path or OBJECT in path:  # what makes the object is looked at as well
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self._bound and isinstance(node.ctx, ast.Load):
            self._note(self._bound[node.id], node)

    def _path(self, node: ast.AST) -> str:
        if isinstance(node, ast.Name):
            return self._bound.get(node.id, "")
        if isinstance(node, ast.Attribute):
            above = self._path(node.value)
            return "%s.%s" % (above, node.attr) if above and OBJECT + "." not in above else ""
        if isinstance(node, ast.Call):
            return _object(self._path(node.func))
        return ""

    def _note(self, path: str, node: Any, *, imported: bool = False) -> None:
        self._uses.append(Use(path, "%s:%d" % (self._place, node.lineno), node.lineno, imported))


def _judged(uses: List[Use]) -> List[Found]:
    found: Dict[str, Found] = {}
    for use in uses:
        name, verdict, detail = judge(use.name)
        if verdict == RUNS and (OBJECT in use.name or lookup.has_module(name)):
            continue  # an object was noted where it was made, and a module by itself is no use of anything
        one = found.get(name) or Found(name, verdict, detail, [], used=False)
        # An unknown name fails as soon as it is imported.
        used = one.used or not use.imported or (verdict == REFUSED and _unknown(name))
        places = one.places if use.place in one.places else [*one.places, use.place]
        found[name] = one._replace(places=places, used=used)
    return [found[name] for name in sorted(found, key=lambda name: (name.lower(), name))]


def judge(path: str) -> Tuple[str, str, str]:
    """The part of a dotted path that is a name of v1 (and its attribute, if that is refused), the verdict, and why."""
    of_object = OBJECT in path
    parts = path.replace(OBJECT, "").split(".")
    count = len(parts)
    while count > 1 and not lookup.has_module(".".join(parts[:count])):
        count -= 1
    module, rest = ".".join(parts[:count]), parts[count:]
    package = lookup.refused_package(module)
    if not rest:
        return (module, REFUSED, unsupported.sentence(module, package)) if package else (module, RUNS, "")
    name = "%s.%s" % (module, rest[0])
    if rest[0].startswith("__"):
        return module, RUNS, ""
    found = lookup.find(module, rest[0])
    if found is None:
        return name, REFUSED, lookup.unknown(name)
    kind, where = found
    if kind == "refused":
        return name, REFUSED, unsupported.sentence(rest[0], where)
    if rest[1:]:
        try:
            getattr(lookup.load(module, rest[0]), rest[1])
        except AttributeError as error:
            # What a class lacks may be set on its objects, and is to be told where it is asked of the class itself.
            known = isinstance(error, unsupported.RefusedAttribute)
            if known or (isinstance(error, UnknownAttribute) and not of_object):
                return "%s.%s" % (name, rest[1]), REFUSED, str(error)
    recorded = None if of_object else names.RECORDED.get(rest[0])
    return (name, RECORDED, recorded) if recorded else (name, RUNS, "")


def _unknown(name: str) -> bool:
    module, _, last = name.rpartition(".")
    return not lookup.has_module(name) and lookup.has_module(module) and lookup.find(module, last) is None


def _object(path: str) -> str:
    """The path of what a call gives: of a class, or of a method on it, an object of the class; else an empty one."""
    parts = path.split(".")
    for count in (len(parts), len(parts) - 1):
        module, name = ".".join(parts[: count - 1]), parts[count - 1]
        found = lookup.find(module, name) if lookup.has_module(module) else None
        if found is not None and found[0] == "here" and isinstance(lookup.load(module, name), V1Type):
            return "%s.%s%s" % (module, name, OBJECT)
    return ""


def _azures(module: str) -> bool:
    return module == _ROOT or module.startswith(_ROOT + ".")


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(files):
            if name.endswith((".py", ".ipynb")):
                yield os.path.join(folder, name)


def _cells(content: bytes, shown: str) -> Iterator[Piece]:
    """The cells of a notebook that hold Python, IPython's own lines blanked so that lines keep their numbers."""
    cells = json.loads(content.decode("utf-8"))["cells"]
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(source)
        place = "%s, cell %d" % (shown, number)
        magic = text.lstrip().partition("\n")[0]
        if magic.startswith("%%"):
            written = magic.split()
            if written[0] in ("%%writefile", "%%file") and written[-1].endswith(".py"):
                yield Piece("\n" + text.lstrip().partition("\n")[2], place, number, apart=True)
                continue
            if written[0] not in _PYTHON_CELLS:
                continue
        text = _ASSIGNED_MAGIC.sub(r"\1None", text)
        yield Piece(_MAGIC.sub(r"\1pass", text), place, number)
