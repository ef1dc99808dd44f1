"""Takes the first of some points that wasn't tried yet; knows when a finite space is used up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from hyperstep.search.history import History
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values

ATTEMPTS = 50  # points that are looked at; after that, the untried combinations in order


def untried(space: SearchSpace, history: History, points: Iterable[Sequence[float]], start: float) -> Values | None:
    """The values at the first point that no trial has, or None if a finite space has none left.

    points: at least ATTEMPTS points of the cube, best first.
    start: in [0, 1), where among all combinations to look on if all points were tried.
    """
    size = space.size
    for point in islice(points, ATTEMPTS):
        values = space.values_at(point)
        if size is None or not history.tried(values):
            return values
    if size is None:
        return None
    first = int(start * size)
    for step in range(min(size, history.suggested + 1)):  # so many different ones can't all have been tried
        values = space.combination((first + step) % size)
        if not history.tried(values):
            return values
    return None
