"""Values: what one trial tries, by name, and how its script reads them."""

from __future__ import annotations

from collections.abc import Mapping

Value = None | bool | int | float | str
Values = Mapping[str, Value]


def text_of(value: Value) -> str:
    """The text that a script gets for a value: whole floats lose their `.0`, other floats keep every digit."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else repr(value)


def option_of(name: str) -> str:
    """The command line option for a name: `alpha` becomes `--alpha`; a name that has dashes keeps them."""
    return name if name.startswith("-") else f"--{name}"
