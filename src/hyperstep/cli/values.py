"""Values as options of a command line, in short for people and in full for shells."""

from __future__ import annotations

import shlex

from hyperstep.cli.text import number
from hyperstep.search.values import Value, Values, option_of, text_of


def short(value: Value) -> str:
    """A value with at most six digits."""
    return number(value) if isinstance(value, float) else text_of(value)


def options(values: Values) -> str:
    """Values in the order in which a script gets them, digits cut to six: `--alpha 0.5 --depth 3`."""
    return " ".join(f"{option_of(name)} {short(values[name])}" for name in sorted(values, key=option_of))


def command_line(values: Values) -> str:
    """The same for a shell, every digit kept."""
    return " ".join(f"{option_of(name)} {shlex.quote(text_of(values[name]))}" for name in sorted(values, key=option_of))
