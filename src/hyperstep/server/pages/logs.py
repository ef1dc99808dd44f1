"""Logs: the end of what a job printed, made harmless, with the byte at which it was read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from hyperstep.failure import log_path
from hyperstep.supervisor.regular import open_regular

SHOWN = 64 * 1024  # bytes of a log's end that a page holds; the rest is read by range

_COLOUR = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEnd:
    """A log as it is now. text: its end; start, size: which bytes of how many. exists: False if nothing was printed."""

    job: str
    text: str
    start: int
    size: int
    exists: bool


def log_end(home: Path, job: str, *, most: int = SHOWN) -> LogEnd:
    """The end of a job's log, from the beginning of a line if there is one."""
    try:
        with os.fdopen(open_regular(log_path(home, job)), "rb") as file:
            size = file.seek(0, 2)
            start = max(0, size - most)
            file.seek(start)
            raw = file.read(most)
    except FileNotFoundError:
        return LogEnd(job=job, text="", start=0, size=0, exists=False)
    if start and b"\n" in raw:
        dropped = raw.index(b"\n") + 1
        start, raw = start + dropped, raw[dropped:]
    return LogEnd(job=job, text=harmless(raw), start=start, size=start + len(raw), exists=True)


def harmless(raw: bytes) -> str:
    """Text without colours; of a line that was written over, as progress bars are, what was there last."""
    text = _COLOUR.sub("", raw.decode(errors="replace").replace("\r\n", "\n"))
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _UNSEEN.sub("\ufffd", "\n".join(lines))
