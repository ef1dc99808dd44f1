"""Look a name of `azureml` up in the table, load what it stands for, and say what is near one that isn't there."""

from __future__ import annotations

from importlib import import_module

from hyperstep.azureml_v1 import names

TYPE_CHECKING = False  # type checkers know the name; importing typing would cost more than all else here

if TYPE_CHECKING:
    from typing import Any, List, Optional, Tuple

MISSING = object()


def has_module(module: str) -> bool:
    """Whether it can be imported."""
    return module in names.NAMES or module in names.REFUSED or refused_package(module) is not None


def refused_package(module: str) -> Optional[str]:
    """The reason why the package that a module lies in is refused, or None."""
    while module:
        if module in names.REFUSED_PACKAGES:
            return names.REFUSED_PACKAGES[module]
        if module in names.NAMES or module in names.REFUSED:
            return None
        module = module.rpartition(".")[0]
    return None


def of(module: str) -> List[str]:
    """The names that a module offers, those that are refused as well."""
    places = (names.NAMES.get(module, {}), names.REFUSED.get(module, {}))
    return [name for place in places for listed in place.values() for name in listed.split()]


def find(module: str, name: str) -> Optional[Tuple[str, str]]:
    """("here", module of ours) or ("refused", reason) for a name of a module; None if it has no such name."""
    for ours, listed in names.NAMES.get(module, {}).items():
        if name in listed.split():
            return "here", ours
    for reason, listed in names.REFUSED.get(module, {}).items():
        if name in listed.split():
            return "refused", reason
    package = refused_package(module)
    return None if package is None or name.startswith("_") else ("refused", package)


def load(module: str, name: str) -> Any:
    """What a name of a module stands for, or MISSING."""
    found = find(module, name)
    if found is None:
        return MISSING
    kind, where = found
    if kind == "refused":
        from hyperstep.azureml_v1 import unsupported

        return unsupported.refused(name, where)
    return getattr(import_module("hyperstep.azureml_v1." + where), name)


def unknown(path: str) -> str:
    """What to say about a module or name that isn't in the table."""
    from difflib import get_close_matches

    module, _, name = path.rpartition(".")
    if not has_module(module):
        return unknown(module)
    inner = [known[len(module) + 1 :] for known in names.NAMES if known.startswith(module + ".")]
    near = get_close_matches(name, [*of(module), *inner], 1)
    elsewhere = sorted(known for known in names.NAMES if name in of(known))
    if near:
        hint = "Did you mean %r?" % near[0]
    elif elsewhere:
        hint = "It is found as %s.%s." % (elsewhere[0], name)
    else:
        hint = "The public classes of azureml.core, azureml.pipeline and azureml.train are."
    return "%s.%s isn't known to hyperstep, which answers for what programs use of Azure's SDK v1. %s" % (
        module,
        name,
        hint,
    )
