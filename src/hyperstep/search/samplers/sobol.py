"""Sobol: points that fill the space more evenly than random ones do.

A scrambled Sobol sequence: trial i takes its i-th point, and the scramble
follows from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count

from hyperstep.errors import SpaceError
from hyperstep.search.history import History
from hyperstep.search.samplers.directions import AXES, BITS, directions, reversed_bits
from hyperstep.search.samplers.untried import untried
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values

_CELLS = 1 << BITS
_MASK = _CELLS - 1


@dataclass(frozen=True, slots=True)
class SobolSampler:
    """Take the points of a Sobol sequence in order; best with a number of trials that is a power of two."""

    seed: int = 0

    def suggest(self, space: SearchSpace, history: History) -> Values | None:
        """The values at the next point, or None if every assignment of a finite space was tried.

        Raises SpaceError for a space of more than 64 axes.
        """
        axes = len(space.axes)
        if axes > AXES:
            raise SpaceError(
                f"The space has {axes} axes, but the Sobol sequence is made for at most {AXES}. "
                f"Search fewer parameters, or use RandomSampler."
            )
        seeds = [_seed(self.seed, axis) for axis in range(axes)]
        return untried(space, history, _points(history.suggested, seeds), start=seeds[0] / _CELLS)


def _points(first: int, seeds: list[int]) -> Iterator[list[float]]:
    for index in count(first):
        yield [coordinate(index, axis, seed) for axis, seed in enumerate(seeds)]


def coordinate(index: int, axis: int, seed: int) -> float:
    """One coordinate of a scrambled point, the middle of one of 2**BITS cells."""
    return (reversed_bits(_scrambled(raw(index, axis), seed)) + 0.5) / _CELLS


def raw(index: int, axis: int) -> int:
    """One coordinate of a point before scrambling; the first bit of the fraction is the lowest."""
    bits = 0
    for direction in directions(axis):
        if index & 1:
            bits ^= direction
        index >>= 1
        if not index:
            break
    return bits


def _scrambled(bits: int, seed: int) -> int:
    """Flip each bit by a hash of the bits before it: an approximate Owen scramble.

    Laine & Karras 2011, with the constants of Vegdahl 2021, "Owen scrambling based dithered blue-noise sampling".
    """
    bits ^= bits * 0x3D20ADEA & _MASK
    bits = bits + seed & _MASK
    bits = bits * (seed >> 16 | 1) & _MASK
    bits ^= bits * 0x05526C56 & _MASK
    bits ^= bits * 0x53A22864 & _MASK
    return bits


def _seed(seed: int, axis: int) -> int:
    return int.from_bytes(blake2b(f"{seed}/{axis}".encode(), digest_size=BITS // 8).digest(), "big")
