"""Names that somebody chose, as names of files: one name, one file, and never a path."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from urllib.parse import quote

from hyperstep.errors import DefinitionError

LONGEST = 200
"""Bytes of a file's name, so that an ending and what is added while it is written find room in 255."""


def file_name(name: str) -> str:
    """The name of one file: ASCII letters and digits, `.`, `_`, `-`, `~` and blanks stay, all else is written as `%2F`.

    Different for different names; none is empty, begins with a dot or is longer than `LONGEST`.
    """
    quoted = quote(name.encode("utf-8", "surrogatepass"), safe=" ")
    if not quoted or quoted.startswith("."):
        quoted = "%2E" + quoted[1:] if quoted else "%"
    if len(quoted) <= LONGEST:
        return quoted
    digest = hashlib.sha256(quoted.encode("ascii")).hexdigest()[:32]
    return f"{quoted[: LONGEST - 34]}%%{digest}"  # no name that is quoted has two signs in a row


def kept_name(name: str, what: str, *, most: int = 255) -> str:
    """The name of one file or folder without any dot, from which `urllib.parse.unquote` gets the name back.

    most: bytes that it may have. Raises DefinitionError for a name that is empty, too long, or no Unicode text.
    """
    try:
        quoted = quote(name, safe=" ").replace(".", "%2E")
    except UnicodeEncodeError:
        raise DefinitionError(f"The name of {what} is {name!r}, which isn't Unicode text. Use another name.") from None
    if not 0 < len(quoted) <= most:
        raise DefinitionError(
            f"The name of {what} is {name[:40]!r}, of {len(name)} characters, but it is kept as the name of a file: "
            f"1 to {most} are possible, and letters beyond ASCII count up to 12 each."
        )
    return quoted


def paths(names: Collection[str]) -> dict[str, str]:
    """A relative path for each name, none in another: the name itself if it is such a path, else one file's name."""
    return {name: name if _is_path(name) and not _meets(name, names) else file_name(name) for name in names}


def _is_path(name: str) -> bool:
    parts = name.split("/")
    fits = all(len(part.encode()) <= LONGEST for part in parts)
    return fits and not {"\0", "%"} & set(name) and not {"", ".", ".."} & set(parts)


def _meets(name: str, names: Collection[str]) -> bool:
    """True if another name would lie in this one, or this one in it."""
    return any(other.startswith(f"{name}/") or name.startswith(f"{other}/") for other in names)
