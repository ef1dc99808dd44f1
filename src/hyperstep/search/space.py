"""SearchSpace: named distributions, seen as the unit cube.

One axis for each name, in the order they were declared. A point of the cube
stands for one assignment of values. What lies in a branch of a choice has
axes of its own, which say nothing while another option is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hyperstep.errors import SpaceError
from hyperstep.search.distribution import Distribution
from hyperstep.search.distributions import Branch, Choice
from hyperstep.search.values import Value, Values, option_of, text_of

_NAME = re.compile(r"-{0,2}[^\W_-][^\s=]*|-{0,2}_[^\s=]*")


@dataclass(frozen=True, slots=True)
class Axis:
    """One coordinate of the cube.

    conditions: the names and texts that others must have for this one to apply, the outermost first.
    """

    name: str
    distribution: Distribution
    conditions: tuple[tuple[str, str], ...] = ()

    def applies(self, values: Values) -> bool:
        """True if these values, of the axes before it, leave room for this one."""
        return all(text_of(values[name]) == text for name, text in self.conditions)


@dataclass(frozen=True)
class SearchSpace:
    """What a search tries: a distribution for each name."""

    dimensions: Mapping[str, Distribution]

    def __post_init__(self) -> None:
        if isinstance(self.dimensions, Mapping):
            object.__setattr__(self, "dimensions", dict(self.dimensions))
        _check(self.dimensions)

    @classmethod
    def of(cls, space: SearchSpace | Mapping[str, Distribution]) -> SearchSpace:
        """Take a space, or the mapping to make one from."""
        return space if isinstance(space, SearchSpace) else cls(space)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The d axes of the cube; a choice stands before what its branches hold."""
        return tuple(_axes(self.dimensions, ()))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in the order they were declared, those in branches as well."""
        return tuple(dict.fromkeys(axis.name for axis in self.axes))

    @cached_property
    def size(self) -> int | None:
        """How many different assignments there are, or None if they can't be counted."""
        return _size(self.dimensions)

    def values_at(self, cube: Sequence[float]) -> Values:
        """The values at a point of the cube, d coordinates in [0, 1)."""
        values: dict[str, Value] = {}
        for axis, u in zip(self.axes, cube, strict=True):
            if not axis.conditions or axis.applies(values):
                values[axis.name] = axis.distribution.at(u)
        return values

    def position(self, values: Values) -> tuple[float, ...]:
        """The point of the cube for values, d coordinates in [0, 1); NaN for an axis that doesn't apply.

        Raises SpaceError if a name is missing or a value doesn't belong to its distribution.
        """
        point: list[float] = []
        for axis in self.axes:
            if not axis.applies(values):
                point.append(math.nan)
            elif axis.name in values:
                point.append(axis.distribution.position(values[axis.name]))
            else:
                raise SpaceError(f"{dict(values)!r} has no value for {axis.name!r}, which the search space has.")
        return tuple(point)

    def combination(self, index: int) -> Values:
        """The assignment of this number, from 0 to size - 1, if all are counted with the first name the slowest.

        Raises SpaceError, with the name, if a dimension can't be counted.
        """
        return _combination(self.dimensions, index)


def _branches(distribution: Distribution) -> tuple[Branch, ...]:
    if not isinstance(distribution, Choice):
        return ()
    return tuple(option for option in distribution.options if isinstance(option, Branch))


def _axes(dimensions: Mapping[str, Distribution], conditions: tuple[tuple[str, str], ...]) -> Iterator[Axis]:
    for name, distribution in dimensions.items():
        yield Axis(name, distribution, conditions)
        for branch in _branches(distribution):
            yield from _axes(branch.space, (*conditions, (name, text_of(branch.value))))


def _size(dimensions: Mapping[str, Distribution]) -> int | None:
    size = 1
    for distribution in dimensions.values():
        own = distribution.size
        if own is None:
            return None
        for branch in _branches(distribution):
            inner = _size(branch.space)
            if inner is None:
                return None
            own += inner - 1
        size *= own
    return size


def _combination(dimensions: Mapping[str, Distribution], index: int) -> dict[str, Value]:
    parts: list[dict[str, Value]] = []
    for name, distribution in reversed(tuple(dimensions.items())):
        size = _size({name: distribution}) if _branches(distribution) else distribution.size
        if size is None:
            raise SpaceError(
                f"{name!r} is {distribution}, which has endlessly many values, so its combinations can't be counted. "
                f"Use choice(...), or a bounded, rounded distribution such as quniform(low, high, q)."
            )
        index, place = divmod(index, size)
        parts.append(_part(name, distribution, place))
    return {name: value for part in reversed(parts) for name, value in part.items()}


def _part(name: str, distribution: Distribution, place: int) -> dict[str, Value]:
    branches = {text_of(branch.value): branch for branch in _branches(distribution)}
    values = distribution.values()
    if not branches:
        return {name: values[place]}
    for value in values:
        branch = branches.get(text_of(value))
        size = 1 if branch is None else _size(branch.space) or 0
        if place < size:
            return {name: value} if branch is None else {name: value, **_combination(branch.space, place)}
        place -= size
    raise IndexError(place)


def _check(dimensions: object) -> dict[str, str]:
    """All names, those in branches as well, by what is left of them without dashes; or raise SpaceError."""
    if not isinstance(dimensions, Mapping):
        raise SpaceError(
            f"A search space maps names to distributions, but {dimensions!r} was given. "
            f"For example: {{'alpha': uniform(0, 1)}}."
        )
    if not dimensions:
        raise SpaceError("The search space is empty, so there is nothing to try. Give at least one distribution.")
    taken: dict[str, str] = {}
    for name, distribution in dimensions.items():
        _check_dimension(name, distribution)
        inner = {bare: held for branch in _branches(distribution) for bare, held in _check(branch.space).items()}
        for new in (name, *inner.values()):
            bare = new.lstrip("-")
            if bare in taken:
                raise SpaceError(f"{taken[bare]!r} and {new!r} are the same option of a script. Keep one of the two.")
            taken[bare] = new
    return taken


def _check_dimension(name: object, distribution: object) -> None:
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
