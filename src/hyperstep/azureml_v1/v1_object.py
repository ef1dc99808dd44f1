"""V1Object: what all classes that answer for v1 have in common: a name that isn't there is told, not only missed.

Only what Python doesn't find comes here, so that what is there costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, List


class UnknownAttribute(AttributeError):
    """A class or object of v1 has no attribute of this name here; the text says which is near, once it is asked for."""

    def __init__(self, owner: str, name: str, known: List[str]) -> None:
        super().__init__(owner, name, known)
        self.name = name  # so that Python doesn't add a guess of its own

    def __str__(self) -> str:
        from difflib import get_close_matches

        owner, name, known = self.args
        near = get_close_matches(name, [one for one in known if not one.startswith("_")], 1)
        return "%s.%s isn't known to hyperstep, which answers for what programs use of Azure's SDK v1. %s" % (
            owner,
            name,
            "Did you mean %r?" % near[0] if near else "dir() lists what there is.",
        )


class V1Type(type):
    """The class of v1's classes."""

    if not TYPE_CHECKING:  # else type checkers would take any attribute for one that is there

        def __getattr__(cls, name: str) -> Any:
            raise _missing(cls, name, "type object %r" % cls.__name__, dir(cls))


class V1Object(metaclass=V1Type):
    """An object that answers for one of v1."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            kind = type(self)
            if not name.startswith("_") and hasattr(kind, name):
                return object.__getattribute__(self, name)  # a property that has failed: again, for its own error
            raise _missing(kind, name, "%r object" % kind.__name__, dir(self))


def _missing(kind: type, name: str, what: str, known: List[str]) -> AttributeError:
    if name.startswith("_"):  # asked for by what copies, pickles and shows objects
        return AttributeError("%s has no attribute %r" % (what, name))
    from hyperstep.azureml_v1 import names, unsupported

    for owner in kind.__mro__:
        for reason, listed in names.REFUSED_ATTRIBUTES.get(owner.__name__, {}).items():
            if name in listed.split():
                return unsupported.RefusedAttribute(unsupported.sentence("%s.%s" % (owner.__name__, name), reason))
    return UnknownAttribute(kind.__name__, name, known)
