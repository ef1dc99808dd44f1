"""What the fields of a definition accept, and what they say to all else.

Each function returns the value as it is kept: a list becomes a tuple, a mapping a dict of our own. `where` begins the
sentence: `Step 'prep': its timeout`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import TypeVar

from hyperstep.errors import DefinitionError

T = TypeVar("T")


def shown(value: object) -> str:
    """A value as it stands in a message: its repr, cut to one short line, and what it is."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    words = repr(value).replace("\n", " ")
    return f"{words if len(words) <= 80 else words[:77] + '...'} (a {type(value).__name__})"


def text(value: object, where: str, *, empty: bool = False) -> str:
    """Text that can stand in a command line, a file name's part and the log."""
    if not isinstance(value, str):
        raise DefinitionError(f"{where} is {shown(value)}, but must be text.")
    if not value and not empty:
        raise DefinitionError(f"{where} is empty, but must be text with at least one character.")
    if "\0" in value:
        raise DefinitionError(f"{where} is {value!r}, but no program takes text with a NUL character. Remove it.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DefinitionError(
            f"{where} is {value!r}, which isn't Unicode text: character {error.start} is half of a pair. Remove it."
        ) from error
    return str(value)


def title(value: object, where: str) -> str:
    """A name that is shown: one line of printable text, at most 200 characters, no blank at either end."""
    name = text(value, where)
    if not name.isprintable() or name != name.strip() or len(name) > 200:
        raise DefinitionError(
            f"{where} is {name!r}, but must be one line of at most 200 printable characters, "
            f"with no blank at either end."
        )
    return name


def file_name(value: object, where: str) -> str:
    """A name that becomes one file or folder."""
    name = title(value, where)
    if "/" in name or name in (".", "..") or len(name.encode()) > 200:
        raise DefinitionError(
            f"{where} is {name!r}, but it names one file or folder: no '/', not '.' or '..', at most 200 bytes."
        )
    return name


def inner_path(value: object, where: str, *, within: str) -> str:
    """A path with `/` that stays below the folder `within`, without needless parts."""
    found = path(value, where)
    parts = [part for part in found.split("/") if part not in ("", ".")]
    if found.startswith("/") or ".." in parts or not parts:
        raise DefinitionError(f"{where} is {found!r}, but must be a path below {within}: relative, without '..'.")
    return "/".join(parts)


def path(value: object, where: str) -> str:
    """A path, as text or as a Path."""
    return text(os.fspath(value) if isinstance(value, os.PathLike) else value, where)


def texts(value: object, where: str) -> tuple[str, ...]:
    """A list or tuple of text; one text alone is taken for the mistake that it mostly is."""
    if isinstance(value, str):
        raise DefinitionError(f"{where} is the text {value!r}, but must be a list. Write [{value!r}].")
    if not isinstance(value, (list, tuple)):
        raise DefinitionError(f"{where} is {shown(value)}, but must be a list of texts.")
    return tuple(text(item, f"{where}, item {number},") for number, item in enumerate(value, 1))


def text_by_name(value: object, where: str) -> dict[str, str]:
    """A mapping from text to text."""
    if not isinstance(value, Mapping):
        raise DefinitionError(f"{where} is {shown(value)}, but must be a mapping: {{name: text}}.")
    return {text(key, f"A name in {where}"): text(item, f"{where}[{key!r}]", empty=True) for key, item in value.items()}


def variables(value: object, where: str) -> dict[str, str]:
    """Environment variables by name."""
    found = text_by_name(value, where)
    for name in found:
        if "=" in name:
            raise DefinitionError(f"{where} has {name!r}, but a variable's name can't hold '='.")
    return found


def seconds(value: object, where: str) -> float | None:
    """More than 0 seconds, or None for no limit."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise DefinitionError(f"{where} is {shown(value)}, but must be more than 0 seconds, or None for no limit.")
    return float(value)


def whole(value: object, where: str, *, least: int) -> int:
    """A whole number, not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise DefinitionError(f"{where} is {shown(value)}, but must be a whole number, {least} or more.")
    return int(value)


def share(value: object, where: str) -> float | None:
    """A share between 0 and 1, both excluded, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, float) or not 0 < value < 1:
        raise DefinitionError(f"{where} is {shown(value)}, but must be a share between 0 and 1, such as 0.5, or None.")
    return float(value)


def yes_or_no(value: object, where: str) -> bool:
    """True or False and nothing that passes for one."""
    if not isinstance(value, bool):
        raise DefinitionError(f"{where} is {shown(value)}, but must be True or False.")
    return value


def instance(value: object, kind: type[T], where: str, *, hint: str) -> T:
    """A value of a class of ours; `hint` shows how to write one."""
    if not isinstance(value, kind):
        raise DefinitionError(f"{where} is {shown(value)}, but must be of class {kind.__name__}. Write {hint}.")
    return value
