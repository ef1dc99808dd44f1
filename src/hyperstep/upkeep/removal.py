"""Removal: of a folder that may hold anything, and how much room it takes.

A folder is taken out of sight by one rename and emptied where nobody looks; so
it is there as a whole or not at all, whenever this breaks off. A script may
have left folders thousands deep, or without any right: no path is followed
through a link, and none gets longer than two names.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 200  # folders within folders that are measured; what is deeper is removed and not counted


@dataclass(frozen=True, slots=True)
class Room:
    """What something takes of the disk. size: bytes of its blocks."""

    files: int = 0
    size: int = 0

    def __add__(self, other: Room) -> Room:
        return Room(self.files + other.files, self.size + other.size)


def room_of(path: Path) -> Room:
    """What a file, or a folder with all that it holds, takes; nothing if it isn't there."""
    try:
        status = path.lstat()
    except OSError:
        return Room()
    room = Room(0 if stat.S_ISDIR(status.st_mode) else 1, status.st_blocks * 512)
    pending = [(os.fspath(path), 0)] if stat.S_ISDIR(status.st_mode) else []
    while pending:
        folder, depth = pending.pop()
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                blocks = entry.stat(follow_symlinks=False).st_blocks
                room += Room(0 if is_folder else 1, blocks * 512)
                if is_folder and depth < _DEEPEST:
                    pending.append((entry.path, depth + 1))
    return room


class Bin:
    """A folder in which other folders and files of the same disk vanish; what an earlier one left is emptied first."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def empty(self) -> None:
        """Remove all that is in the bin, and the bin."""
        if not self._place.is_dir():
            return
        own = os.open(self._place, _FOLDER)
        try:
            while folders := self._clear(own):
                for name in folders:
                    self._raise_what_is_in(own, name)
        finally:
            os.close(own)
        self._place.rmdir()

    def take(self, path: Path) -> None:
        """Make a folder or file vanish from its place; it is removed by `empty`."""
        self._place.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)  # one can't be moved without
            path.rename(self._place / secrets.token_hex(8))

    def _clear(self, own: int) -> list[str]:
        """Remove the files in the bin; returns the names of the folders."""
        folders = []
        with os.scandir(own) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                else:
                    os.unlink(entry.name, dir_fd=own)
        return folders

    def _raise_what_is_in(self, own: int, name: str) -> None:
        """Remove the files in a folder of the bin, put its folders beside it, and remove it."""
        os.chmod(name, 0o700, dir_fd=own)
        folder = os.open(name, _FOLDER, dir_fd=own)
        try:
            with os.scandir(folder) as entries:
                listed = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            for inner, is_folder in listed:
                if is_folder:
                    os.chmod(inner, 0o700, dir_fd=folder)
                    os.rename(inner, secrets.token_hex(8), src_dir_fd=folder, dst_dir_fd=own)
                else:
                    os.unlink(inner, dir_fd=folder)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=own)
