"""exit.json: how a job ended, written once, by renaming, before anybody is told.

A driver that was away reads it when it is back. If the machine was booted
meanwhile, power may have been lost before the job's files were on the disk,
and it is believed only if `settled` lies beside it, which came after them.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Optional

from hyperstep.failpoints import step
from hyperstep.supervisor.linux import boot_id
from hyperstep.supervisor.orders import Message
from hyperstep.supervisor.regular import create, open_regular

EXIT = "exit.json"
LOST = "lost"
SETTLED = "settled"
_VERSION = 1


def write_exit(folder: str, ended: Message) -> None:
    """Publish how the job in `folder` ended; `ended` is the report about it.

    Raises OSError if it can't be written; it may be called again.
    """
    aside = os.path.join(folder, "%s.%s" % (EXIT, os.urandom(8).hex()))  # a name that the script can't have taken
    document = dict(ended, version=_VERSION, boot=boot_id())
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


def settle(folder: str) -> None:
    """Have all that the job in `folder` has left survive a loss of power. Takes seconds on a busy machine."""
    os.sync()
    os.close(create(os.path.join(folder, SETTLED)))


def read_exit(folder: str) -> Optional[Message]:
    """How the job in `folder` ended, or None if that isn't written, or can't be read or believed: then it is lost."""
    try:
        with open(open_regular(os.path.join(folder, EXIT)), "rb") as file:
            document = json.loads(file.read())
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        return None
    sure = document.get("boot") in (None, boot_id()) or os.path.exists(os.path.join(folder, SETTLED))
    return document if sure else None


def give_up(folder: str) -> None:
    """Publish that the job in `folder` is lost: a supervisor that comes late doesn't start it any more."""
    os.close(os.open(os.path.join(folder, LOST), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def is_given_up(folder: str) -> bool:
    """True if a driver has found the job in `folder` lost."""
    return os.path.lexists(os.path.join(folder, LOST))
