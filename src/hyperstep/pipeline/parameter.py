"""Parameter: a value that is chosen when the pipeline is submitted."""

from __future__ import annotations

from dataclasses import dataclass

ParameterValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value with a default; put it among a step's arguments.

    Two parameters of one name in a pipeline must have the same default.
    """

    name: str
    default: ParameterValue
