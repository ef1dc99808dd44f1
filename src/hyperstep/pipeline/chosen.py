"""Chosen: the value that each parameter of a pipeline has in a run."""

from __future__ import annotations

from collections.abc import Mapping

from hyperstep.errors import SubmissionError, UnknownParameter
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.pipeline.pipeline import Pipeline


def chosen_parameters(pipeline: Pipeline, given: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Every parameter of a pipeline with its value: the one that is given, else its default.

    Raises UnknownParameter for a name that it doesn't have, SubmissionError for a value of another type.
    """
    defaults = pipeline.parameters
    for name, value in given.items():
        if name not in defaults:
            raise UnknownParameter(
                f"Pipeline {pipeline.name!r} has no parameter {name!r}; it has {listed(defaults)}."
                f"{did_you_mean(name, defaults)}"
            )
        _check_type(name, value, defaults[name])
    return {**defaults, **{name: _widened(value, defaults[name]) for name, value in given.items()}}


def _check_type(name: str, value: ParameterValue, default: ParameterValue) -> None:
    accepted = (int, float) if isinstance(default, float) else (type(default),)
    if isinstance(value, bool) != isinstance(default, bool) or not isinstance(value, accepted):
        raise SubmissionError(
            f"Parameter {name!r} was given {value!r}, a {type(value).__name__}, but its default {default!r} is a "
            f"{type(default).__name__}. Give a {type(default).__name__}."
        )


def _widened(value: ParameterValue, default: ParameterValue) -> ParameterValue:
    return float(value) if isinstance(default, float) else value
