"""Values of parameters, as they are typed: `-p test_size=0.3`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hyperstep.errors import SubmissionError
from hyperstep.pipeline.parameter import ParameterValue, typed

_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


def parse(pairs: Iterable[str], defaults: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """The values by name, each of its default's type; text for names that aren't among the defaults.

    Raises SubmissionError for what isn't name=value, can't be read as that type, or is given twice.
    """
    values: dict[str, ParameterValue] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise SubmissionError(f"-p {pair} sets nothing. Write -p name=value.")
        if name in values:
            raise SubmissionError(f"-p {pair}: {name!r} is given twice. Give it once.")
        values[name] = _read(text, defaults.get(name, ""), pair)
    return values


def _read(text: str, default: ParameterValue, pair: str) -> ParameterValue:
    try:
        return typed(text, default)
    except ValueError:
        raise SubmissionError(
            f"-p {pair}: expected {_KINDS[type(default)]}, as its default {default!r} is, and got {text!r}."
        ) from None
