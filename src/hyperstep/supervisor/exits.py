"""exit.json: how a job ended, written once, by renaming, before anybody is told.

A driver that was away reads it when it is back.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Optional

from hyperstep.failpoints import step
from hyperstep.supervisor.orders import Message
from hyperstep.supervisor.regular import create, open_regular

EXIT = "exit.json"
LOST = "lost"
_VERSION = 1


def write_exit(folder: str, ended: Message) -> None:
    """Publish how the job in `folder` ended; `ended` is the report about it.

    Raises OSError if it can't be written; it may be called again.
    """
    aside = os.path.join(folder, "%s.%s" % (EXIT, os.urandom(8).hex()))  # a name that the script can't have taken
    document = dict(ended, version=_VERSION)
    try:
        with open(create(aside), "wb") as file:
            file.write(json.dumps(document).encode("ascii"))
        step("exit.rename")
        os.rename(aside, os.path.join(folder, EXIT))
    except OSError:
        with suppress(OSError):
            os.unlink(aside)
        raise
    step("exit.renamed")


def read_exit(folder: str) -> Optional[Message]:
    """How the job in `folder` ended, or None if that isn't written, or can't be read: then it is lost."""
    try:
        with open(open_regular(os.path.join(folder, EXIT)), "rb") as file:
            document = json.loads(file.read())
    except (OSError, ValueError):
        return None
    known = isinstance(document, dict) and document.get("version") == _VERSION
    return document if known else None


def give_up(folder: str) -> None:
    """Publish that the job in `folder` is lost: a supervisor that comes late doesn't start it any more."""
    os.close(os.open(os.path.join(folder, LOST), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def is_given_up(folder: str) -> bool:
    """True if a driver has found the job in `folder` lost."""
    return os.path.lexists(os.path.join(folder, LOST))
