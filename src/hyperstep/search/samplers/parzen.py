"""Parzen estimators over the unit cube: which points resemble the good trials.

A density is a mixture of one kernel for each observed point, the product of
its kernels along the axes, and a uniform one for all that nobody has seen. An
axis that doesn't apply to a point says nothing about it.

Candidates are drawn axis by axis, so that what is good in several trials comes
together, but compared by the densities of whole points, which know what goes
together. On the functions of `benchmarks/search` this comes closer than drawing
whole kernels, above all with many axes.

Running trials count as poor ones, so that the next one goes elsewhere, but with
kernels as narrow as those of the good: they are there to be kept a step away
from, and the region they lie in was chosen because it looks good.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperstep.search.history import History
from hyperstep.search.samplers.kernels import Array, Fit, Kernels
from hyperstep.search.samplers.observations import observed, running
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values

GOOD_SHARE = 0.12  # of the trials with a score are good,
GOOD_MOST = 25  # but never more than these
CANDIDATES = 24  # drawn from the density of the good ones; with more, the gaps in the other one decide
ROUNDS = 4  # of so many candidates, until one is found that wasn't tried
OTHERS_MOST = 1000  # trials that aren't good and are looked at,
OTHERS_NEWEST = 300  # the newest among them


class Mixture:
    """A density: a kernel for each centre, and a uniform one.

    axes: d of them, each with the kernels of the n centres.
    centres: (n, d), n >= 0; NaN where an axis doesn't apply.
    """

    def __init__(self, axes: Sequence[Kernels], centres: Array) -> None:
        self._axes = axes
        self._centres = centres
        self._silent = np.isnan(centres) if math.isnan(centres.sum()) else None  # where an axis says nothing

    @classmethod
    def fitted(cls, fits: Sequence[Fit], centres: Array) -> Mixture:
        """With kernels as wide as the centres' own spread asks for."""
        exponent = -1 / (len(fits) + 4)
        return cls([fit(column, exponent) for fit, column in zip(fits, centres.T, strict=True)], centres)

    def moved(self, centres: Array) -> Mixture:
        """With the same kernels at other centres."""
        return Mixture([axis.moved(column) for axis, column in zip(self._axes, centres.T, strict=True)], centres)

    def __len__(self) -> int:
        return len(self._centres) + 1

    def draws(self, count: int, generator: random.Random) -> list[tuple[float, ...]]:
        """Points each of whose coordinates comes from a kernel of its own, so that good trials are crossed."""
        columns = []
        for number, axis in enumerate(self._axes):
            known = range(len(self._centres)) if self._silent is None else np.flatnonzero(~self._silent[:, number])
            picks = [int(generator.random() * (len(known) + 1)) for _ in range(count)]
            column = [generator.random() for _ in range(count)]
            inside = [place for place, pick in enumerate(picks) if pick < len(known)]  # the rest is the uniform kernel
            drawn = axis.draws([known[picks[place]] for place in inside], [column[place] for place in inside])
            for place, coordinate in zip(inside, drawn, strict=True):
                column[place] = coordinate
            columns.append(column)
        return list(zip(*columns, strict=True))

    def log_densities(self, points: Array) -> Array:
        """(p,): of each point, against a uniform density."""
        logs = np.zeros((len(points), len(self._centres) + 1))  # the last column is the uniform kernel
        unknown = np.isnan(points)
        silent = np.isnan(self._centres) if self._silent is None and unknown.any() else self._silent
        for number, axis in enumerate(self._axes):
            kernels = axis.log_densities(points[:, number])
            if silent is not None:
                kernels[unknown[:, number, None] | silent[None, :, number]] = 0.0
            logs[:, :-1] += kernels
        most = logs.max(axis=1)
        logs -= most[:, None]
        total: Array = most + np.log(np.exp(logs, out=logs).mean(axis=1))
        return total


def proposal(space: SearchSpace, history: History, *, least: int, seed: str) -> Values | None:
    """The most promising values, or None if fewer than `least` trials have a score or nothing new is found."""
    known = observed(space, history)
    scored = int(np.isfinite(known.merits).sum())
    if scored < least:
        return None
    generator = random.Random(seed)  # noqa: S311 - repeatable, not secret
    order = np.argsort(-known.merits, kind="stable")
    count = min(GOOD_MOST, math.ceil(GOOD_SHARE * scored))
    others = _fewer(np.sort(order[count:]), generator)
    good = Mixture.fitted(known.fits, known.points[order[:count]])
    poor = [Mixture.fitted(known.fits, known.points[others])]
    if history.running:
        poor.append(good.moved(running(known, history)))
    for _ in range(ROUNDS):
        draws = good.draws(CANDIDATES, generator)
        points = _applying(space, draws)
        ratios = good.log_densities(points) - _log_densities(poor, points)
        for index in np.argsort(-ratios, kind="stable").tolist():
            values = space.values_at(draws[index])
            if not history.tried(values):
                return values
    return None


def _log_densities(mixtures: Sequence[Mixture], points: Array) -> Array:
    """(p,): of each point, over the kernels of all the mixtures."""
    sizes = [math.log(len(mixture)) for mixture in mixtures]
    logs = [mixture.log_densities(points) + size for mixture, size in zip(mixtures, sizes, strict=True)]
    total: Array = np.logaddexp.reduce(logs) - math.log(sum(len(mixture) for mixture in mixtures))
    return total


def _fewer(trials: NDArray[np.intp], generator: random.Random) -> NDArray[np.intp]:
    """These trials, or the newest and some of the older ones if they are many."""
    if len(trials) <= OTHERS_MOST:
        return trials
    older = generator.sample(range(len(trials) - OTHERS_NEWEST), OTHERS_MOST - OTHERS_NEWEST)
    return np.concatenate([trials[sorted(older)], trials[-OTHERS_NEWEST:]])


def _applying(space: SearchSpace, draws: Sequence[Sequence[float]]) -> Array:
    """(p, d): these points, with NaN where an axis doesn't apply."""
    points = np.array(draws)
    if any(axis.conditions for axis in space.axes):
        for point, draw in zip(points, draws, strict=True):
            values = space.values_at(draw)
            point[[not axis.applies(values) for axis in space.axes]] = math.nan
    return points
