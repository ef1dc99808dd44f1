"""A copy of what a script hands over, as it was at that moment.

A copy and not a link: a script that writes its file again would change the
content behind the link.
"""

from __future__ import annotations

import os
import time

from hyperstep.errors import TrackingError
from hyperstep.failpoints import step


def keep(path: str | os.PathLike[str], wire: str) -> str:
    """Copy a file or folder beside the wire; returns the copy's path as seen from the wire's folder.

    Links are followed; one that leads nowhere is left out, as is what is neither a file nor a folder.
    """
    import shutil  # 15 ms, and most scripts log nothing but numbers

    source = existing(path)
    folder = os.path.dirname(wire)
    place = os.path.join("kept", "%d-%d" % (os.getpid(), time.monotonic_ns()))
    for part in ("kept", place):  # each: makedirs would make the first with the umask's mode
        try:
            os.mkdir(os.path.join(folder, part), 0o700)
        except FileExistsError:
            pass
    copy = os.path.join(place, "tree" if os.path.isdir(source) else "file")
    try:
        step("kept.copy")
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(folder, copy), ignore=_others)
        else:
            shutil.copyfile(source, os.path.join(folder, copy))
    except OSError as fault:
        raise TrackingError(
            f"{source!r} couldn't be copied, so it isn't recorded: {fault}. "
            f"Files and folders of files can be handed over, if there is room for a copy beside {wire!r}."
        ) from fault
    step("kept.copied")
    return copy


def _others(folder: str, names: list[str]) -> list[str]:
    """What of a folder isn't copied: a pipe or a device has no end, and a link may lead nowhere."""
    return [name for name in names if not _is_kept(os.path.join(folder, name))]


def _is_kept(path: str) -> bool:
    return os.path.isfile(path) or os.path.isdir(path)


def existing(path: str | os.PathLike[str]) -> str:
    """The path as text, if a file or folder is there."""
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TrackingError(f"The path {path!r} is {type(text).__name__}; pass text or a pathlib.Path.")
    if not os.path.exists(text):
        raise TrackingError(
            f"Nothing lies at {text!r} (seen from {os.getcwd()!r}). Write the file or folder before handing it over."
        )
    if not _is_kept(text):
        raise TrackingError(
            f"{text!r} is neither a file nor a folder, but a device, a pipe or a socket. "
            f"Copy what matters of it into a file."
        )
    return text
