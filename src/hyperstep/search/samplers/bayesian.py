"""Bayesian: try next what resembles the good trials and not the poor ones.

A tree of Parzen estimators (Bergstra et al. 2011, "Algorithms for
hyper-parameter optimization", section 4): one density is fitted to the best
trials and one to all others, those still running among them; of some points
drawn from the first, the one with the highest ratio of the two is tried. The
first trials are drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.errors import DefinitionError
from hyperstep.search.history import History
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values


@dataclass(frozen=True, slots=True)
class BayesianSampler:
    """Learn from the trials so far; an equal seed and history give equal values.

    startup: how many trials, earlier searches' among them, must have a score before there is anything to learn from.
    """

    seed: int = 0
    startup: int = 10

    def __post_init__(self) -> None:
        if not isinstance(self.startup, int) or self.startup < 2:
            raise DefinitionError(
                f"BayesianSampler has startup = {self.startup!r}, but it must be a whole number, 2 or more: "
                f"with fewer trials there are none better than others."
            )

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """The most promising values that weren't tried, or None if every assignment of a finite space was."""
        if len(history.finished) + len(history.prior) >= self.startup:
            from hyperstep.search.samplers.parzen import proposal

            values = proposal(space, history, least=self.startup, seed=f"{self.seed}/{history.suggested}")
            if values is not None:
                return values
        return RandomSampler(self.seed).suggest(space, history)
