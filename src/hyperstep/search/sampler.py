"""The Sampler protocol: what to try next."""

from __future__ import annotations

from typing import Protocol

from hyperstep.search.history import History
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values


class Sampler(Protocol):
    """A frozen value that proposes values; it keeps no state.

    The same space and history give the same values, in any process: that is what makes a killed search resume to
    the suggestions it would have made.
    """

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """Propose the values of trial number `history.suggested`, or None if nothing is left to try.

        space: d dimensions, d >= 1, in the order they were declared.
        history: all trials so far, finished and running.
        """
