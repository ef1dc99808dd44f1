"""Kernels along one axis of the unit cube: how alike two coordinates are.

Each kind is fitted to the coordinates of n observed points, its centres, and
gives n densities: of a point under the kernel of each centre, against a
uniform density. Widths follow Scott's rule (Scott 1992, eq. 6.42), but
narrower: it is the peak that is looked for, not the whole density.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hyperstep.search.distribution import LAST, Distribution
from hyperstep.search.distributions import Choice

Array = NDArray[np.float64]

NARROWEST = 1e-3  # standard deviation of a kernel, as a share of the interval
WIDEST = 0.5
WIDTH = 0.5  # against Scott's rule
CELL_WIDTH = 0.7  # of a cell, at least: so that a neighbour is tried
OTHERS = 0.5  # the weight of all other options of a choice, against what Scott's rule would be
TABLE_MOST = 64  # cells that a table is made for
STANDARD = NormalDist()


class Kernels(Protocol):
    """The kernels of n centres along one axis."""

    def log_densities(self, coordinates: Array) -> Array:
        """(p, n): of p coordinates under n kernels."""

    def draws(self, indices: Sequence[int], shares: Sequence[float]) -> list[float]:
        """A coordinate from the kernel of each of these centres, by as many numbers from [0, 1)."""

    def moved(self, centres: Array) -> Kernels:
        """Kernels of the same width at other centres."""


Fit = Callable[[Array, float], Kernels]  # centres (n,), NaN where the axis doesn't apply; the exponent of Scott's rule


@dataclass(frozen=True, slots=True)
class Normals:
    """Normal distributions of one width, cut off at the ends of the interval."""

    centres: Array
    width: float

    def log_densities(self, coordinates: Array) -> Array:
        inside = cumulative((1 - self.centres) / self.width) - cumulative(-self.centres / self.width)
        logs = np.subtract.outer(coordinates / self.width, self.centres / self.width)
        logs *= logs
        logs *= -0.5
        logs -= np.log(inside * (self.width * math.sqrt(2 * math.pi)))
        return logs

    def draws(self, indices: Sequence[int], shares: Sequence[float]) -> list[float]:
        width, found = self.width, []
        for centre, u in zip(self.centres[list(indices)].tolist(), shares, strict=True):
            low, high = STANDARD.cdf(-centre / width), STANDARD.cdf((1 - centre) / width)
            share = min(max(low + (high - low) * u, 1e-300), LAST)
            found.append(min(max(centre + width * STANDARD.inv_cdf(share), 0.0), LAST))
        return found

    def moved(self, centres: Array) -> Normals:
        return replace(self, centres=centres)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The same over a few cells.

    middles: (k,), of the cells. ends: (k,), the right end of each.
    weights: (k, k), how much of each cell's kernel lies in each cell, a column for each kernel.
    logs: (k, k), the logarithm of the density in each cell, of each cell's kernel.
    members: (n,), the cell of each centre.
    """

    middles: Array
    ends: Array
    weights: Array
    logs: Array
    members: NDArray[np.intp]

    def log_densities(self, coordinates: Array) -> Array:
        densities: Array = self.logs[cells(coordinates, self.ends)[:, None], self.members[None, :]]
        return densities

    def draws(self, indices: Sequence[int], shares: Sequence[float]) -> list[float]:
        below = np.cumsum(self.weights, axis=0)[:-1, self.members[list(indices)]]
        found: list[float] = self.middles[(below <= shares).sum(axis=0)].tolist()
        return found

    def moved(self, centres: Array) -> Neighbours:
        return replace(self, members=cells(centres, self.ends))


@dataclass(frozen=True, slots=True)
class Options:
    """Options that aren't alike: a kernel is its own option, with some weight for all of them.

    members: (n,), the option of each centre, of `count`.
    """

    count: int
    members: NDArray[np.intp]
    weight: float

    def log_densities(self, coordinates: Array) -> Array:
        same = options(coordinates, self.count)[:, None] == self.members[None, :]
        return np.where(same, math.log((1 - self.weight) * self.count + self.weight), math.log(self.weight))

    def draws(self, indices: Sequence[int], shares: Sequence[float]) -> list[float]:
        count, weight = self.count, self.weight
        return [
            ((member if u >= weight else int(u / weight * count)) + 0.5) / count
            for member, u in zip(self.members[list(indices)].tolist(), shares, strict=True)
        ]

    def moved(self, centres: Array) -> Options:
        return replace(self, members=options(centres, self.count))


def fit_for(distribution: Distribution) -> Fit:
    """How the kernels of a distribution's axis are fitted."""
    size = len(distribution.options) if isinstance(distribution, Choice) else distribution.size
    if isinstance(distribution, Choice) and not distribution.ordered:
        return _options(len(distribution.options))
    if size is None or size > TABLE_MOST:
        return _normals(NARROWEST if size is None else max(NARROWEST, CELL_WIDTH / size))
    return _neighbours(distribution)


def _normals(narrowest: float) -> Fit:
    def fit(centres: Array, exponent: float) -> Normals:
        return Normals(centres, _width(centres, exponent, narrowest))

    return fit


def _neighbours(distribution: Distribution) -> Fit:
    middles = [distribution.position(value) for value in distribution.values()]
    ends: list[float] = []
    for middle in middles:
        ends.append(2 * middle - (ends[-1] if ends else 0.0))
    masses = np.maximum(np.diff(ends, prepend=0.0), 1e-12)
    places, borders = np.array(middles), np.array(ends)
    squares: Array = -0.5 * np.subtract.outer(places, places) ** 2

    def fit(centres: Array, exponent: float) -> Neighbours:
        width = _width(centres, exponent, CELL_WIDTH / len(middles))
        densities: Array = np.exp(squares / width**2)
        densities /= masses @ densities
        logs = np.log(np.maximum(densities, 1e-300))
        return Neighbours(places, borders, densities * masses[:, None], logs, cells(centres, borders))

    return fit


def _options(count: int) -> Fit:
    def fit(centres: Array, exponent: float) -> Options:
        known = len(_known(centres))
        weight = OTHERS * (known + 1) ** exponent if count > 1 else 1.0
        return Options(count, options(centres, count), weight)

    return fit


def _width(centres: Array, exponent: float, narrowest: float) -> float:
    """Scott's rule, with the uniform kernel counted as one more centre."""
    known = _known(centres)
    apart = known - (known.sum() / len(known) if len(known) else 0.0)
    deviation = math.sqrt((float(apart @ apart) + 1 / 12) / (len(known) + 1))
    return min(max(WIDTH * deviation * math.pow(len(known) + 1, exponent), narrowest), WIDEST)


def _known(centres: Array) -> Array:
    """The centres to which the axis applies."""
    return centres[~np.isnan(centres)] if math.isnan(centres.sum()) else centres


def cells(coordinates: Array, ends: Array) -> NDArray[np.intp]:
    """The cell in which each coordinate lies; any cell for NaN."""
    return np.minimum(np.searchsorted(ends, coordinates, side="right"), len(ends) - 1)


def options(coordinates: Array, count: int) -> NDArray[np.intp]:
    """The option that each coordinate stands for; any option for NaN."""
    known = np.nan_to_num(coordinates) if math.isnan(coordinates.sum()) else coordinates
    return np.minimum(known * count, count - 1).astype(np.intp)


def cumulative(deviations: Array) -> Array:
    """The cumulative normal distribution, within 1e-7 (Abramowitz & Stegun 1964, 26.2.17)."""
    t = 1 / (1 + 0.2316419 * np.abs(deviations))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail = np.exp(-0.5 * deviations**2) / math.sqrt(2 * math.pi) * series
    return np.where(deviations < 0, tail, 1 - tail)
