"""Random: values drawn from their distributions, independent of how trials went.

Trial i is drawn by a generator that is seeded with the search's seed and i.
Where all values can be counted none is tried twice, and the search ends when
all were.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import repeat

from hyperstep.search.history import History
from hyperstep.search.samplers.untried import untried
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values


@dataclass(frozen=True, slots=True)
class RandomSampler:
    """Draw each trial's values at random; an equal seed draws equal values."""

    seed: int = 0

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """Draw the next trial's values, or None if every assignment of a finite space was tried."""
        generator = random.Random(f"{self.seed}/{history.suggested}")  # noqa: S311 - repeatable, not secret
        start = generator.random()
        points = ([generator.random() for _ in range(axes)] for axes in repeat(len(space.axes)))
        return untried(space, history, points, start)
