"""Parameter: a value that is chosen when the pipeline is submitted."""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.errors import DefinitionError
from hyperstep.pipeline import accept

ParameterValue = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value with a default; put it among a step's arguments.

    Two parameters of one name in a pipeline must have the same default.
    """

    name: str
    default: ParameterValue

    def __post_init__(self) -> None:
        if "=" in accept.title(self.name, "A Parameter's name"):
            raise DefinitionError(f"A Parameter's name is {self.name!r}, but can't hold '=': it is set as name=value.")
        where = f"The default of Parameter {self.name!r}"
        if isinstance(self.default, str):
            accept.text(self.default, where, empty=True)
        elif not isinstance(self.default, (bool, int, float)):
            raise DefinitionError(
                f"{where} is {accept.shown(self.default)}, but must be a number, text, True or False: "
                f"it says what kind of value is taken."
            )


def typed(text: str, default: ParameterValue) -> ParameterValue:
    """A value that is given as text, of the default's type.

    Raises ValueError if it can't be read as that.
    """
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() == "true"
    return type(default)(text)
