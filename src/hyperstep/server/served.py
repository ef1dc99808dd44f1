"""Served: whether a server is up for a workspace, and where; loaded quickly, for commands that only mention it.

`.hyperstep/server/address.json` names the address; a lock beside it tells
whether that still holds.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from hyperstep.server.access import Access, addresses, token_in
from hyperstep.store.lock import is_held

FOLDER = "server"  # below `.hyperstep`
TOKEN = "token"  # noqa: S105 - its file's name
LOCK = "up.lock"

_ADDRESS = "address.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that is up. url: what people open; server: names its lifetime; token_file: where its token stands."""

    url: str
    server: str
    token_file: str


def served(home: Path) -> Served | None:
    """The server that is up for a workspace, or None. home: the workspace's `.hyperstep`."""
    if not is_held(home / FOLDER / LOCK):
        return None
    try:
        return Served(**json.loads((home / FOLDER / _ADDRESS).read_text()))
    except FileNotFoundError:  # it is about to say it
        return None


def say_served(home: Path, found: Served) -> None:
    """Write down where a server is, for this user alone."""
    new = home / FOLDER / f"{_ADDRESS}.new"
    with open(new, "w", opener=_private) as file:
        json.dump(asdict(found), file)
    new.replace(home / FOLDER / _ADDRESS)


def address_of(home: Path) -> str:
    """Where a workspace's server is, in words."""
    found = served(home)
    return found.url if found else "an address that it has yet to say"


def link(home: Path, to: str) -> str | None:
    """An address of the server that is up which brings a browser in, once; None if none is up."""
    found = served(home)
    if found is None:
        return None
    token = token_in(Path(found.token_file), make=False)
    code = Access(token, addresses(0), server=found.server).code()
    return f"{found.url}/login?code={code}&to={to}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
