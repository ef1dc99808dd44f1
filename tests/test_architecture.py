"""The shape of the code: layers, sizes, names, and what may be imported where."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "hyperstep"

DEFINITIONS = {"errors", "document", "plugins", "search", "pipeline"}
RUNNING = {"engine", "store", "compute", "supervisor", "tracking"}
WORDS = {
    "failure",
    "standing",
    "wording",
    "changes",
    "reasons",
    "replays",
}  # what people read, in a terminal or a browser
DRAWINGS = {"charts", "plots"}

# Each part of the package, and what it may import besides itself: imports point down.
MAY_IMPORT = {
    "errors": set(),
    "document": {"errors"},
    "interpreter": {"errors", "document"},
    "environments": {"errors", "document", "interpreter", "filenames"},
    "search": {"errors", "document"},
    "plugins": {"errors", "document", "search"},
    "pipeline": DEFINITIONS - {"pipeline"},
    "charts": {"errors", "document", "search", "pipeline"},
    "failpoints": set(),
    "tracking": {"errors", "failpoints"},
    "supervisor": {"errors", "failpoints", "tracking.messages"},
    "engine": DEFINITIONS,
    "store": DEFINITIONS | {"engine", "failpoints"},
    "filenames": {"errors"},
    "compute": DEFINITIONS | {"engine", "tracking", "supervisor", "interpreter", "failpoints", "filenames"},
    "place": {"errors"},
    "workspace": DEFINITIONS | RUNNING | {"interpreter", "place", "detached"},
    "failure": DEFINITIONS | {"engine", "store", "supervisor.regular"},
    "standing": DEFINITIONS | {"engine", "store"},
    "wording": DEFINITIONS,
    "changes": DEFINITIONS | {"engine", "store"},
    "replays": DEFINITIONS | {"engine", "store", "wording"},
    "reasons": DEFINITIONS | {"engine", "store", "changes", "wording"},
    "upkeep": DEFINITIONS | RUNNING | {"place", "interpreter", "environments", "__init__"},
    "plots": DEFINITIONS | {"engine", "store", "charts"},
    "report": DEFINITIONS | RUNNING | WORDS | DRAWINGS,
    "notebook": DEFINITIONS | RUNNING | DRAWINGS | {"workspace", "report"},
    "finished": DEFINITIONS | RUNNING | DRAWINGS | {"workspace", "report", "notebook"},
    "running": DEFINITIONS | RUNNING | {"place", "workspace", "failure", "finished"},
    "actions": DEFINITIONS | RUNNING | {"workspace"},
    "server": DEFINITIONS
    | RUNNING
    | WORDS
    | DRAWINGS
    | {"actions", "place", "workspace", "finished", "detached", "azureml_v1", "__init__"},
    "cli": DEFINITIONS
    | RUNNING
    | WORDS
    | DRAWINGS
    | {"filenames", "report"}
    | {"server", "place", "upkeep", "workspace", "finished", "detached", "azureml_v1", "environments", "__init__"},
    "azureml_v1": DEFINITIONS
    | RUNNING
    | {"place", "workspace", "failure", "finished", "detached", "interpreter", "environments", "filenames", "__init__"},
    "detached": set(),
    "testing": DEFINITIONS | RUNNING,
    "__main__": {"cli"},
    "__init__": DEFINITIONS | RUNNING | {"workspace", "finished", "running", "azureml_v1"},
}

INSIDE_JOBS = ("tracking/", "supervisor/", "errors.py", "failpoints.py", "filenames.py", "__init__.py", "azureml_v1/")
NOT_INSIDE_JOBS = ("azureml_v1/answers/",)  # the engine's side of the v1 layer
USERS_OWN = {"pandas", "numpy", "IPython", "ipywidgets"}  # what v1 code gets back as, where it is installed
MAY_PRINT = (
    "cli/",
    "tracking/offline.py",
    "supervisor/child.py",  # what the interpreter itself would print about a script
    "supervisor/preload.py",  # into the supervisor's own log
    "azureml_v1/",  # what Azure's SDK prints, programs and people look for
    "server/drive.py",  # into a log of its own
)
MAY_IMPORT_LATE = (
    "azureml_v1/",  # its start counts in every program and job, and pandas is the user's to install
    "cli/",  # a command loads what it needs when it is called
    "supervisor/__main__.py",  # where it lies is found out first, and what is loaded is noted before
    "tracking/",  # a script that only logs numbers pays for nothing else
    "plugins.py",  # the index of installed packages, which most commands don't need
    "search/samplers/bayesian.py",  # NumPy, which other searches start without
    "search/samplers/optuna.py",  # an optional package
    "__init__.py",  # public names are loaded when they are first used
    "finished.py",  # pandas, which is the user's to install, and templates, which only notebooks need
    "running.py",  # what can wait until the warm processes have begun to import
    "workspace.py",  # the driver and its processes, which looking at runs doesn't need
)
SAY_NOTHING = {"base", "common", "core", "handler", "helper", "helpers", "info", "manager", "misc", "util", "utils"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_name(path: Path) -> str:
    names = ("hyperstep", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {module_name(path): path for path in FILES}


def part(module: str) -> str:
    """The part of the package that a module belongs to: `engine` for hyperstep.engine.driver."""
    return module.split(".")[1] if "." in module else "__init__"


def imports(path: Path, within: ast.AST | None = None) -> Iterator[str]:
    """The modules that a file, or a part of it, imports: of ours, each one that holds what is asked for."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for node in ast.walk(within or tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            inner = (f"{source}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else source for name in inner)


def top_imports(path: Path) -> set[str]:
    """What a file imports outside of functions."""
    return set(imports(path)) - {name for node in functions(path) for name in imports(path, within=node)}


def our_imports(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] == "hyperstep"} - {module_name(path)}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_part_of_the_package_has_its_layer():
    assert {part(name) for name in MODULES} <= set(MAY_IMPORT)


def points_down(name: str, other: str) -> bool:
    allowed = {part(name), *MAY_IMPORT[part(name)]}
    return part(other) in allowed or other.removeprefix("hyperstep.") in allowed


def test_imports_point_down():
    pairs = [(name, other) for name, path in MODULES.items() for other in our_imports(path)]

    assert not [f"{name} imports {other}" for name, other in pairs if not points_down(name, other)]


def test_no_modules_import_each_other_in_a_circle():
    # The classes of v1 lead to each other (a run to its experiment, an experiment to its runs), so there only what is
    # imported at the top counts.
    graph = {
        name: our_imports(path) & top_imports(path) if part(name) == "azureml_v1" else our_imports(path)
        for name, path in MODULES.items()
        if name != "hyperstep"
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_a_file_has_at_most_400_lines():
    lengths = {label(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}

    assert not {name: length for name, length in lengths.items() if length > 400}


def test_a_function_has_at_most_60_lines():
    lengths = {
        f"{label(path)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in functions(path)
    }

    assert not {name: length for name, length in lengths.items() if length > 60}


def test_no_file_or_folder_has_a_name_that_says_nothing():
    names = {name for path in FILES for name in path.relative_to(PACKAGE).with_suffix("").parts}

    assert not names & SAY_NOTHING


def test_a_module_opens_with_its_docstring():
    assert not [label(path) for path in FILES if not ast.get_docstring(tree(path))]


def test_only_what_speaks_to_people_prints():
    prints = [
        f"{label(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert not [place for place in prints if not place.startswith(MAY_PRINT)]


def inside_jobs(path: Path) -> bool:
    return label(path).startswith(INSIDE_JOBS) and not label(path).startswith(NOT_INSIDE_JOBS)


@pytest.mark.parametrize("path", list(filter(inside_jobs, FILES)), ids=label)
def test_what_is_imported_inside_jobs_is_python_3_8_and_standard_library(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    late = USERS_OWN if label(path).startswith("azureml_v1/") else set()

    assert {name.split(".")[0] for name in imports(path)} - {"hyperstep"} <= sys.stdlib_module_names | late
    assert {name.split(".")[0] for name in top_imports(path)} - {"hyperstep"} <= sys.stdlib_module_names


def test_imports_stand_at_the_top_of_their_file():
    late = [
        f"{label(path)}: {node.name} imports {name}"
        for path in FILES
        for node in functions(path)
        for name in imports(path, within=node)
    ]

    assert not [place for place in late if not place.startswith(MAY_IMPORT_LATE)]


def test_no_tracked_file_names_a_folder_of_one_machine_or_a_registry():
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    machine = r"(?<![\w.}])/(?:work|root|farm)/\w"
    registry = r"\bpypi[.]org|python[h]osted|registry[.]npmjs|index[-]url"
    telling = re.compile(f"{machine}|{registry}")
    found = [
        f"{file.relative_to(ROOT)}: {hit}"
        for file in files
        for hit in telling.findall(file.read_text(encoding="utf-8", errors="replace"))
    ]

    assert files
    assert not found
