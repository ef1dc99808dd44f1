"""Importance: how much of a search's differences in score each parameter explains by itself.

The first-order sensitivity index, S = Var(E[score | parameter]) / Var(score)
(Saltelli et al. 2008, "Global Sensitivity Analysis: The Primer", eq. 1.25),
estimated from the trials that there are: the parameter's axis of the unit cube
is cut into groups of about equally many trials, and the variance between the
groups' means is compared with the whole. Chance alone makes groups differ;
what it is expected to is taken off (the omega-squared of an analysis of
variance, Hays 1963).

Scores are replaced by their ranks, so that one disaster doesn't hide the rest.
What only parameters together explain is in no index.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hyperstep.search.goal import Goal
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial

FEWEST = 10
"""With fewer scored trials there is nothing to tell."""


def importance(space: SearchSpace, trials: Sequence[Trial], goal: Goal) -> Mapping[str, float]:
    """The share of the variance of ranks that each parameter explains, in [0, 1], the largest first.

    Empty if fewer than FEWEST trials have a finite score. A trial that lacks the parameter, being in another branch,
    is left out for it.
    """
    scored = [(space.position(trial.values), score) for trial in trials if (score := _best(trial, goal)) is not None]
    if len(scored) < FEWEST:
        return {}
    found: dict[str, float] = {}
    for index, axis in enumerate(space.axes):
        pairs = [(point[index], score) for point, score in scored if not math.isnan(point[index])]
        share = _explained(pairs, axis.distribution.size) if len(pairs) >= FEWEST else 0.0
        found[axis.name] = max(share, found.get(axis.name, 0.0))
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _best(trial: Trial, goal: Goal) -> float | None:
    best: float | None = None
    for score in trial.scores:
        if math.isfinite(score) and (best is None or goal.better(score, best)):
            best = score
    return best


def _explained(pairs: Sequence[tuple[float, float]], size: int | None) -> float:
    """Omega-squared of the groups, not below 0."""
    ranks = _ranks([score for _, score in pairs])
    groups = _groups([place for place, _ in pairs], size)
    n, k = len(ranks), len(set(groups))
    if k < 2 or n <= k:
        return 0.0
    mean = sum(ranks) / n
    total = sum((rank - mean) ** 2 for rank in ranks)
    if total == 0:
        return 0.0
    members: dict[int, list[float]] = {}
    for group, rank in zip(groups, ranks, strict=True):
        members.setdefault(group, []).append(rank)
    between = sum(len(one) * (sum(one) / len(one) - mean) ** 2 for one in members.values())
    within = (total - between) / (n - k)
    return min(1.0, max(0.0, (between - (k - 1) * within) / (total + within)))


def _groups(places: Sequence[float], size: int | None) -> list[int]:
    """A group for each place: its own for each of few values, else so that each has about as many members."""
    most = max(2, math.isqrt(len(places)))
    if size is not None and size <= most:
        order = {place: group for group, place in enumerate(sorted(set(places)))}
        return [order[place] for place in places]
    ranks = _ranks(places)
    return [min(most - 1, int(rank * most / len(places))) for rank in ranks]


def _ranks(numbers: Sequence[float]) -> list[float]:
    """Ranks from 0; equal numbers share the mean of theirs."""
    order = sorted(range(len(numbers)), key=lambda i: numbers[i])
    ranks = [0.0] * len(numbers)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and numbers[order[end + 1]] == numbers[order[start]]:
            end += 1
        for i in range(start, end + 1):
            ranks[order[i]] = (start + end) / 2
        start = end + 1
    return ranks
