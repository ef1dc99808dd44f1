"""Grid: every combination of values once, the first name the slowest."""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.search.history import History
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values


@dataclass(frozen=True, slots=True)
class GridSampler:
    """Try all combinations in order; every dimension must have countable values."""

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """The next combination, or None after the last.

        Raises SpaceError, with the name, if a dimension can't be counted.
        """
        if space.size is not None and history.suggested >= space.size:
            return None
        return space.combination(history.suggested)
