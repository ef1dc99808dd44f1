"""Metric: what a search goes by, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.search.goal import Goal


@dataclass(frozen=True, slots=True)
class Metric:
    """The name that the script logs, exactly as it writes it, and which way is better."""

    name: str
    goal: Goal


def maximize(name: str) -> Metric:
    """A metric of which more is better."""
    return Metric(name, Goal.MAXIMIZE)


def minimize(name: str) -> Metric:
    """A metric of which less is better."""
    return Metric(name, Goal.MINIMIZE)
