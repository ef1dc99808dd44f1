"""Modes: what a job leaves in its folder is its owner's alone, however the script has made it.

The folder that holds all jobs is closed to others; that each file is, too,
matters when somebody moves, copies or opens it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

_OTHERS = 0o077
_DEEPEST = 256
_ANY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def close_to_others(folder: str) -> None:
    """Take the rights of group and others from a folder and all files and folders in it.

    No link is followed, and a file that has another name, maybe outside, is left as it is. What changes meanwhile, or
    isn't ours to change, is passed over.
    """
    with suppress(OSError):
        _close_folder(os.open(folder, _ANY | os.O_DIRECTORY), 0)


def _close_folder(folder: int, depth: int) -> None:
    """Close an open folder and what is in it; the descriptor is closed, too."""
    try:
        _narrow(folder)
        with os.scandir(folder) as entries:
            names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if not entry.is_symlink()]
        for name, is_folder in names:
            with suppress(OSError):
                if not is_folder and not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    continue
                inner = os.open(name, _ANY, dir_fd=folder)
                if is_folder and depth < _DEEPEST:
                    _close_folder(inner, depth + 1)
                else:
                    try:
                        _narrow(inner)
                    finally:
                        os.close(inner)
    finally:
        os.close(folder)


def _narrow(descriptor: int) -> None:
    status = os.fstat(descriptor)
    if status.st_mode & _OTHERS and (stat.S_ISDIR(status.st_mode) or status.st_nlink == 1):
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~_OTHERS)
