"""The import hook: `azureml` and all below it are answered by this layer.

A module is made when it is imported, and a name is loaded when it is first
asked for; `names` says what there is. What isn't there is told apart from what
can't be done here: `from azureml.core import Foo` raises ModuleNotFoundError,
and `azureml.core.Foo` AttributeError, both with a sentence.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from types import ModuleType

from hyperstep.azureml_v1 import lookup
from hyperstep.azureml_v1.names import VERSION
from hyperstep.errors import UnsupportedV1

TYPE_CHECKING = False  # type checkers know the name; importing typing would cost more than all else here

if TYPE_CHECKING:
    from typing import Any, List, Optional

ROOT = "azureml"
ENTRY = os.path.join(os.path.dirname(os.path.realpath(__file__)), "entry")  # jobs see the package through a link


class V1ModuleNotFound(ModuleNotFoundError):
    """No module or name of v1 is called so; the sentence says what is near."""


class V1Module(ModuleType):
    """A module of `azureml`."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = lookup.load(self.__name__, name)
        if value is lookup.MISSING:
            inner = "%s.%s" % (self.__name__, name)
            if not lookup.has_module(inner):
                raise AttributeError(lookup.unknown(inner))
            value = import_module(inner)
        setattr(self, name, value)
        return value

    def __dir__(self) -> List[str]:
        return sorted({*self.__dict__, *lookup.of(self.__name__)})


class Finder:
    """Finds `azureml` and what is below it, before any other finder does."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Optional[ModuleSpec]:
        if fullname != ROOT and not fullname.startswith(ROOT + "."):
            return None
        if lookup.has_module(fullname):
            # Each is a package, so that the import of a name that it doesn't have comes here too.
            return ModuleSpec(fullname, LOADER, origin="hyperstep", is_package=True)  # type: ignore[arg-type]
        if fullname.rpartition(".")[2].startswith("__"):  # asked for by machinery, such as __main__
            return None
        raise V1ModuleNotFound(lookup.unknown(fullname))


class Loader:
    """Makes modules of `azureml`."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = V1Module(spec.name, "The part of Azure's SDK v1 that hyperstep answers for.")
        module.__all__ = [name for name in lookup.of(spec.name) if not name.startswith("_")]  # type: ignore[attr-defined]
        module.__version__ = VERSION  # type: ignore[attr-defined]
        return module

    def exec_module(self, module: ModuleType) -> None:
        pass


FINDER = Finder()
LOADER = Loader()


def install() -> None:
    """Let this process import `azureml`.

    Raises UnsupportedV1 if Azure's own SDK is installed here.
    """
    if FINDER in sys.meta_path:
        return
    place = foreign()
    if place:
        raise UnsupportedV1(_beside(place))
    sys.meta_path.insert(0, FINDER)
    for name in [name for name in sys.modules if name == ROOT or name.startswith(ROOT + ".")]:
        del sys.modules[name]  # the entry, or a folder of that name that stood in for a package
    import_module(ROOT)


def share() -> None:
    """Let the processes that this one starts import `azureml`, in this interpreter or another."""
    from hyperstep.azureml_v1.ask import OLDEST, PYTHON

    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if ENTRY not in entries:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ENTRY, *entries]))
    if ENTRY not in sys.path:
        sys.path.append(ENTRY)  # which multiprocessing hands on in place of the variable
    if sys.version_info >= OLDEST:
        os.environ.setdefault(PYTHON, sys.executable)


def foreign() -> str:
    """Where another `azureml` lies that this interpreter would import; an empty string if there is none."""
    paths = [entry for entry in sys.path if os.path.realpath(entry) != ENTRY]
    for finder in sys.meta_path:
        if finder in (BuiltinImporter, FrozenImporter, FINDER) or not hasattr(finder, "find_spec"):
            continue  # of Python's own, or of a kind that Python no longer asks
        spec = PathFinder.find_spec(ROOT, paths) if finder is PathFinder else finder.find_spec(ROOT, None)
        if spec is None:
            continue
        if spec.origin is not None and spec.has_location:
            return os.path.dirname(spec.origin)
        # Without an __init__.py any folder of that name counts, such as one of scripts: the SDK has a `core` in it.
        for folder in spec.submodule_search_locations or ():
            if os.path.isfile(os.path.join(folder, "core", "__init__.py")):
                return folder
    return ""


def _beside(place: str) -> str:
    from importlib.metadata import distributions

    found = {one.metadata["Name"]: one.version for one in distributions() if _is_azures(one.metadata["Name"])}
    said = ", ".join("%s %s" % (name, found[name]) for name in sorted(found)) or "another package azureml"
    return (
        "This Python (%s) has %s in %r. hyperstep answers for the same name, and the two don't mix. Take it away with "
        "`%s -m pip uninstall %s`, or use a virtual environment without it."
        % (sys.executable, said, place, sys.executable, " ".join(sorted(found)) or ROOT)
    )


def _is_azures(name: Optional[str]) -> bool:
    return name is not None and (name == ROOT or name.startswith(("azureml-", "azureml_")))
