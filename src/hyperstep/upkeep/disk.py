"""Checks of the disk that a workspace stands on, and of who may get at its folder.

`urgent` is cheap enough for every run: two system calls.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hyperstep.upkeep.finding import Finding, Level, fault, ok, warning

_FULL, _TIGHT = 100 * 10**6, 10**9  # bytes
_NO_FILES, _FEW_FILES = 1_000, 50_000
_GONE_AT_BOOT = ("tmpfs", "ramfs")


def urgent(folder: Path) -> str:
    """What will make a run here fail, in a line; empty if nothing is known that will."""
    try:
        found = room(folder)
    except OSError:
        return ""  # whoever opens the workspace will say it
    return f"{found.found}. {found.do}" if found.level is Level.FAULT else ""


def room(folder: Path) -> Finding:
    """Whether the disk has room, for bytes and for files."""
    disk = os.statvfs(folder)
    return room_in(disk.f_bavail * disk.f_frsize, disk.f_favail if disk.f_files else None)


def room_in(free: int, files: int | None) -> Finding:
    """The same of a disk with so many bytes free, and so many files; None if it has any number."""
    found = f"{free / 1e9:,.1f} GB" + (f" and {files:,} files" if files is not None else "") + " are free on the disk"
    why = "A full disk halts a run until there is room; nothing is lost, but scripts that write may fail."
    do = "Free some, hyperstep gc shows what the workspace doesn't need."
    count = _FEW_FILES if files is None else files
    if free < _FULL or count < _NO_FILES:
        return fault("room", found, why=why, do=do)
    return warning("room", found, why=why, do=do) if free < _TIGHT or count < _FEW_FILES else ok("room", found)


def file_system(kind: str, *, network: bool) -> Finding:
    """Whether the disk is one that a database can be trusted to. kind: as the system calls it, empty if unknown."""
    found = f"the workspace lies on {kind or 'a file system of unknown kind'}"
    if network:
        return fault(
            "file system",
            f"{found}, on another machine",
            why="SQLite's log and locks need the memory of one machine: commits are lost without a word.",
            do="Use a folder on a disk of this machine; scripts and data may stay where they are.",
        )
    if kind in _GONE_AT_BOOT:
        return warning(
            "file system",
            f"{found}, in memory",
            why="All of it is gone when the machine stops.",
            do="Use a folder on a disk, or hyperstep backup to one.",
        )
    return ok("file system", found)


def access(home: Path) -> Finding:
    """Whether nobody else can read or change the workspace."""
    status = home.stat()
    mode = stat.S_IMODE(status.st_mode)
    name = "access"
    if status.st_uid != os.geteuid():
        return fault(
            name,
            f"{home} belongs to user {status.st_uid}, and this is user {os.geteuid()}",
            why="Files that two users make there shut each other out.",
            do="Work as that user, or in a folder of your own.",
        )
    if mode & 0o022:
        why, do = "Whoever can write there can have your account run any program.", f"chmod 700 {home}"
        return fault(name, f"others may write in {home} ({mode:04o})", why=why, do=do)
    if mode & 0o055:
        why, do = "Logs, parameters and files that were stored can be read by them.", f"chmod 700 {home}"
        return warning(name, f"others may read {home} ({mode:04o})", why=why, do=do)
    return ok(name, f"nobody else can get at {home}")
