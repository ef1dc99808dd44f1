"""Checks of this machine and its Python, with or without a workspace."""

from __future__ import annotations

import importlib.util
import os
import resource
import sys
from pathlib import Path

from hyperstep.upkeep.finding import Finding, fault, ok, warning

_FEW_FILES, _SOME_FILES = 256, 1024
_EXTRAS = {"optuna": "hyperstep[optuna]", "uv": "hyperstep[environments]", "sklearn": "hyperstep[example]"}
_PATCHED = {(3, 11): 13, (3, 12): 11, (3, 13): 4}  # CPython's patch levels in which the filters of tarfile hold
_OUT_OF_RTTIME = "jobs can't be marked, so what outlives a killed supervisor isn't found"


def sqlite(version: tuple[int, int, int]) -> Finding:
    """Whether this SQLite has the fault of resetting its write-ahead log (sqlite.org/wal.html#walresetbug)."""
    text = "SQLite " + ".".join(map(str, version))
    repaired = version >= (3, 51, 3) or (version[:2] in {(3, 44), (3, 50)} and version >= _BACKPORTED[version[:2]])
    if version < (3, 7, 0) or repaired:
        return ok("sqlite", text)
    return warning(
        "sqlite",
        f"{text}, in which two connections that write and copy the log at one moment can damage the file",
        why="hyperstep keeps clear of it: it copies the log under the write lock, and who only reads never does. "
        "Another program that writes hyperstep.db doesn't.",
        do="Let nothing else write hyperstep.db, or use a Python with SQLite 3.51.3, 3.50.7 or 3.44.6.",
    )


_BACKPORTED = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}


def python(version: tuple[int, int, int]) -> Finding:
    """Whether this CPython's tarfile keeps hostile archives in their folder."""
    text = "Python " + ".".join(map(str, version))
    if version[2] >= _PATCHED.get((version[0], version[1]), 0):
        return ok("python", text)
    level = f"{version[0]}.{version[1]}.{_PATCHED[version[0], version[1]]}"
    return warning(
        "python",
        f"{text}, whose tarfile lets an archive write outside of its folder (CVE-2025-4517 and others)",
        why="hyperstep unpacks no archives; a script of yours that unpacks downloaded ones may.",
        do=f"Use Python {level} or later.",
    )


def open_files(soft: int) -> Finding:
    """Whether enough files may be open at a time. soft: the limit of this process; a negative one is none."""
    found = "any number of files may be open" if soft < 0 else f"{soft:,} files may be open at a time"
    why, do = "Every job that runs takes a few, and scripts inherit the limit.", "Raise it: ulimit -n 4096"
    if 0 <= soft < _FEW_FILES:
        return fault("open files", found, why=why, do=do)
    return warning("open files", found, why=why, do=do) if 0 <= soft < _SOME_FILES else ok("open files", found)


def core_files(soft: int) -> Finding:
    """Whether programs that crash leave an image of their memory."""
    size = "whole" if soft < 0 else f"{soft:,} bytes"
    return ok("core files", "jobs leave none" + (f"; other programs of this shell do, {size}" if soft else ""))


def mask(value: int) -> Finding:
    """Whether files that scripts make can be written by others. value: the umask."""
    found = f"umask {value:04o}"
    if value & 0o022 == 0o022:
        return ok("umask", found)
    return warning(
        "umask",
        f"{found}: others may write what you make",
        why="hyperstep closes its own folder, but not what your scripts make elsewhere.",
        do="umask 0022, or 0077",
    )


def forks() -> Finding:
    """Whether this system has what warm starts and the supervision of jobs need."""
    lacking = []
    if not sys.platform.startswith("linux"):
        lacking.append("Linux")
    if not Path("/proc/self/stat").exists():
        lacking.append("/proc")
    if lacking:
        what = " and ".join(lacking)
        return fault("supervision", f"there is no {what}", why="Jobs are found and ended by it.", do=f"Run on {what}.")
    if resource.getrlimit(resource.RLIMIT_RTTIME)[1] != resource.RLIM_INFINITY:
        do = "Lift the hard limit on realtime: ulimit -R unlimited, as root."
        return warning("supervision", "the limit on realtime is set", why=f"Without it {_OUT_OF_RTTIME}.", do=do)
    return ok("supervision", f"Linux {os.uname().release}, jobs can be marked and found")


def extras() -> Finding:
    """Which optional packages are there."""
    there = {name: importlib.util.find_spec(name) is not None for name in _EXTRAS}
    has = ", ".join(name for name, found in there.items() if found) or "none"
    lacks = ", ".join(f"{name} ({_EXTRAS[name]})" for name, found in there.items() if not found)
    return ok("extras", f"installed: {has}" + (f"; not installed: {lacks}" if lacks else ""))


def current_mask() -> int:
    """The umask of this process, which can only be read by setting it."""
    value = os.umask(0o077)
    os.umask(value)
    return value
