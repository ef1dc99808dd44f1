"""The words that the reasons of all policies share."""

from __future__ import annotations


def counted(reports: int) -> str:
    """A number of reports, in words."""
    return "1 report" if reports == 1 else f"{reports} reports"


def figure(score: float | None) -> str:
    """A score as it is shown."""
    return "not a number" if score is None else f"{score:.6g}"


def name_of(number: int) -> str:
    """A trial's name in a sentence; below 0 it belongs to an earlier search."""
    return f"trial {number}" if number >= 0 else "a trial of an earlier search"
