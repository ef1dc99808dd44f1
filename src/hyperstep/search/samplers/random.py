"""Random: values drawn from their distributions, independent of how trials went.

Trial i is drawn by a generator that is seeded with the search's seed and i.
Where all values can be counted none is tried twice, and the search ends when
all were.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from hyperstep.search.history import History
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values

ATTEMPTS = 50  # draws that keep the distributions' own probabilities; after that, the next untried values in order


@dataclass(frozen=True, slots=True)
class RandomSampler:
    """Draw each trial's values at random; an equal seed draws equal values."""

    seed: int = 0

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """Draw the next trial's values, or None if every assignment of a finite space was tried."""
        generator = random.Random(f"{self.seed}/{history.suggested}")  # noqa: S311 - repeatable, not secret
        return draw(space, history, generator)


def draw(space: SearchSpace, history: History, generator: random.Random) -> Values | None:
    """Draw values that weren't tried yet, or None if there are none left."""
    size = space.size
    if size is None:
        return _values(space, generator)
    for _ in range(ATTEMPTS):
        values = _values(space, generator)
        if not history.tried(values):
            return values
    start = generator.randrange(size)
    for step in range(min(size, history.suggested + 1)):  # so many different ones can't all have been tried
        values = space.combination((start + step) % size)
        if not history.tried(values):
            return values
    return None


def _values(space: SearchSpace, generator: random.Random) -> Values:
    return space.values_at([generator.random() for _ in space.axes])
