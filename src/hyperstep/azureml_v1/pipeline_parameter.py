"""What is chosen or found when a pipeline runs: parameters, and what a tuning step hands on."""

from __future__ import annotations

import re
from typing import Any, Optional

from hyperstep.azureml_v1.v1_object import V1Object

PLAIN = (str, int, float, bool)


class PipelineParameter(V1Object):
    """A named value with a default, chosen when the pipeline is submitted: text, a number, True or False, or data."""

    def __init__(self, name: str, default_value: Any) -> None:
        if not isinstance(default_value, PLAIN) and not is_data(default_value):
            raise ValueError("Default value is of unsupported type: %s" % type(default_value).__name__)
        self.name = name
        self.default_value = default_value

    def __str__(self) -> str:
        return "PipelineParameter_Name:%s_Default:%s" % (self.name, self.default_value)

    __repr__ = __str__


def is_data(value: Any) -> bool:
    """True if a parameter's value is data: a DataPath or a Dataset, which a script gets as a path."""
    return callable(getattr(value, "_path", None))


def variable_of(name: str) -> str:
    """The environment variable in which a script finds a parameter."""
    return "AML_PARAMETER_" + re.sub(r"\W", "_", name)


class TrainingOutput(V1Object):
    """What a HyperDriveStep hands on: a file of its best child run, or the metrics of all its child runs."""

    def __init__(
        self,
        type: str,
        iteration: Optional[int] = None,
        metric: Optional[str] = None,
        model_file: Optional[str] = None,
    ) -> None:
        kind = type.lower()
        if kind not in ("model", "metrics"):
            raise ValueError("Unknown training output type has been provided:", type)
        if kind == "metrics" and (iteration or metric):
            raise ValueError("Iteration and metric shouldn't be provided for output type: %s" % type)
        if iteration and metric:
            raise ValueError("Both iteration and metric cannot be provided for output type: %s" % type)
        self.type = type
        self.iteration = iteration
        self.metric = metric
        self.model_file = model_file

    @property
    def _is_metrics(self) -> bool:
        return self.type.lower() == "metrics"
