"""A finding: what a check of the machine or of a workspace came to, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # works, and may cost something some day
    FAULT = "fault"  # something is lost or will fail


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. why: it matters, do: what to do about it; both empty if all is well."""

    name: str
    level: Level
    found: str
    why: str = ""
    do: str = ""


def ok(name: str, found: str) -> Finding:
    """All is well."""
    return Finding(name=name, level=Level.OK, found=found)


def warning(name: str, found: str, *, why: str, do: str) -> Finding:
    """It works, and may cost something some day."""
    return Finding(name=name, level=Level.WARNING, found=found, why=why, do=do)


def fault(name: str, found: str, *, why: str, do: str) -> Finding:
    """Something is lost or will fail."""
    return Finding(name=name, level=Level.FAULT, found=found, why=why, do=do)
