"""SearchSpace: named distributions, seen as the unit cube.

One axis for each name, in the order they were declared. A point of the cube
stands for one assignment of values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hyperstep.errors import SpaceError
from hyperstep.search.distribution import Distribution
from hyperstep.search.values import Value, Values, option_of

_NAME = re.compile(r"-{0,2}[^\W_-][^\s=]*|-{0,2}_[^\s=]*")


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """What a search tries: a distribution for each name."""

    dimensions: Mapping[str, Distribution]

    def __post_init__(self) -> None:
        if not isinstance(self.dimensions, Mapping):
            raise SpaceError(
                f"A search space maps names to distributions, but {self.dimensions!r} was given. "
                f"For example: {{'alpha': uniform(0, 1)}}."
            )
        if not self.dimensions:
            raise SpaceError("The search space is empty, so there is nothing to try. Give at least one distribution.")
        options: dict[str, str] = {}
        for name, distribution in self.dimensions.items():
            _check(name, distribution)
            twin = options.setdefault(name.lstrip("-"), name)
            if twin != name:
                raise SpaceError(f"{twin!r} and {name!r} are the same option of a script. Keep one of the two.")
        object.__setattr__(self, "dimensions", dict(self.dimensions))

    @classmethod
    def of(cls, space: SearchSpace | Mapping[str, Distribution]) -> SearchSpace:
        """Take a space, or the mapping to make one from."""
        return space if isinstance(space, SearchSpace) else cls(space)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the order they were declared."""
        return tuple(self.dimensions)

    @property
    def size(self) -> int | None:
        """How many different assignments there are, or None if they can't be counted."""
        sizes = [distribution.size for distribution in self.dimensions.values()]
        return None if None in sizes else math.prod(size for size in sizes if size is not None)

    def values_at(self, cube: Sequence[float]) -> Values:
        """The values at a point of the cube, d coordinates in [0, 1)."""
        return {name: axis.at(u) for (name, axis), u in zip(self.dimensions.items(), cube, strict=True)}

    def position(self, values: Values) -> tuple[float, ...]:
        """The point of the cube for values, d coordinates in [0, 1).

        Raises SpaceError if a name is missing or a value doesn't belong to its distribution.
        """
        missing = self.dimensions.keys() - values.keys()
        if missing:
            raise SpaceError(f"There is no value for {', '.join(map(repr, sorted(missing)))}.")
        return tuple(axis.position(values[name]) for name, axis in self.dimensions.items())

    def combination(self, index: int) -> Values:
        """The assignment of this number, from 0 to size - 1, if all are counted with the first name the slowest.

        Raises SpaceError, with the name, if a dimension can't be counted.
        """
        values: dict[str, Value] = {}
        for name, distribution in reversed(tuple(self.dimensions.items())):
            try:
                options = distribution.values()
            except SpaceError as error:
                raise SpaceError(f"{name!r}: {error}") from None
            index, place = divmod(index, len(options))
            values[name] = options[place]
        return {name: values[name] for name in self.dimensions}


def _check(name: object, distribution: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SpaceError(
            f"{name!r} can't be a name in a search space: it becomes an option such as {option_of('alpha')!r}, so it "
            f"must be text without blanks or '=', and at most two dashes may stand before it."
        )
    if isinstance(distribution, type) or not isinstance(distribution, Distribution):
        raise SpaceError(
            f"{name!r} is {distribution!r}, but a distribution was expected, such as uniform(0, 1) or choice(1, 2). "
            f"A constant belongs into the arguments of the step."
        )
