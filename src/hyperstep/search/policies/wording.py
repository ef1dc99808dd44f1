"""The words that the reasons of all policies share."""

from __future__ import annotations

from hyperstep.search.goal import Goal


def comparison(reports: int, own: float | None, limit: float, goal: Goal) -> str:
    """How a trial missed a limit: `After 3 reports its best score is 0.4, less than 0.5`."""
    counted = "1 report" if reports == 1 else f"{reports} reports"
    if own is None:
        return f"After {counted} it has no score that is a number, while the limit is {limit:.6g}"
    least, most = sorted((own, limit))
    digits = next(digits for digits in range(6, 18) if f"{least:.{digits}g}" != f"{most:.{digits}g}")
    worse = "less" if goal is Goal.MAXIMIZE else "more"
    return f"After {counted} its best score is {own:.{digits}g}, {worse} than {limit:.{digits}g}"


def name_of(number: int) -> str:
    """A trial's name in a sentence; below 0 it belongs to an earlier search."""
    return f"trial {number}" if number >= 0 else "a trial of an earlier search"
