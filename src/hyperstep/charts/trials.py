"""What charts of a search take: its trials as columns.

Columns, not objects: a chart of 100,000 trials is lists of numbers. Of a large
search a chart shows the best and a sample; `total`, `counts` and `climb` are
about all of it, and every chart says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hyperstep.charts.columns import Column
from hyperstep.charts.numbers import exact
from hyperstep.charts.scales import Scale, robust
from hyperstep.search.goal import Goal

STATES = ("completed", "stopped", "failed", "running", "cancelled")
"""What a trial can be, in the order of a chart's legend."""

WORDY = 200
"""Up to so many trials, a mark's hint holds all values of its trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """A search, or the part of it that is to be drawn; all columns are of one length, sorted by number.

    id: such as `1/tune`. scores: the best finite score of each trial, None if it has none.
    starts, seconds: when each began, in seconds since the first did, and how long it ran; None if it didn't.
    winner: number of the best completed trial. total: trials of the search. counts: how many are in which state.
    climb: the numbers at which the best score so far improved, and what it was then. In all four, left out means: as
    the columns say.
    hints: False to leave out what is shown on hovering, where a table beside the charts has it.
    part: which trials these are, in words, if they aren't all.
    """

    id: str
    metric: str
    goal: Goal
    numbers: Sequence[int]
    states: Sequence[str]
    scores: Sequence[float | None]
    parameters: tuple[Column, ...] = ()
    starts: Sequence[float | None] = ()
    seconds: Sequence[float | None] = ()
    winner: int | None = None
    total: int = -1
    counts: Mapping[str, int] = field(default_factory=dict)
    climb: Sequence[tuple[int, float]] = ()
    hints: bool = True
    part: str = ""

    def __post_init__(self) -> None:
        keep = object.__setattr__
        if self.total < 0:
            keep(self, "total", len(self.numbers))
        if not self.counts:
            keep(self, "counts", dict(Counter(self.states)))
        if not self.climb:
            keep(self, "climb", climb_of(self.numbers, self.scores, self.goal))

    @property
    def more_is_better(self) -> bool:
        return self.goal is Goal.MAXIMIZE

    @property
    def scored(self) -> list[int]:
        """The indexes of the trials that have a score."""
        return [index for index, score in enumerate(self.scores) if score is not None]

    def scale(self) -> tuple[Scale, int]:
        """A scale for the scores, and how many lie beyond its worse end."""
        return robust([score for score in self.scores if score is not None], more_is_better=self.more_is_better)

    def merit(self, scale: Scale, score: float) -> float:
        """A score as a share in [0, 1], 1 the best."""
        share = scale.share(score)
        return share if self.more_is_better else 1.0 - share

    def tooltip(self, index: int) -> str:
        """A trial in a line, with all digits: `trial 7, completed: r2 0.2046…, --alpha 0.1749…`; nothing without hints.

        Of more than WORDY trials the score only, since the values would be most of the drawing.
        """
        if not self.hints:
            return ""
        score = self.scores[index]
        pairs = [f"{self.metric} {exact(score)}" if score is not None else "no score"]
        if len(self.numbers) <= WORDY:
            pairs += [f"{column.name} {text}" for column in self.parameters if (text := column.text(index))]
        return f"trial {self.numbers[index]}, {self.states[index]}: {', '.join(pairs)}"


def climb_of(numbers: Sequence[int], scores: Sequence[float | None], goal: Goal) -> tuple[tuple[int, float], ...]:
    """The numbers of the trials that were better than all before them, with their scores."""
    found: list[tuple[int, float]] = []
    for number, score in zip(numbers, scores, strict=True):
        if score is not None and (not found or goal.better(score, found[-1][1])):
            found.append((number, score))
    return tuple(found)
