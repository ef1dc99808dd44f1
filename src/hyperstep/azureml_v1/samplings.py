"""Samplings: the ways through a space of hyperparameters."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException, HyperDriveRehydrateException
from hyperstep.azureml_v1.v1_object import V1Object

MOST_POINTS = 100000
"""How many values a quniform of a Bayesian search may have."""


class HyperParameterSampling(V1Object):
    """A way through a space of hyperparameters."""

    _name = ""
    _takes: Optional[List[str]] = None

    def __init__(self, parameter_space: Optional[Dict[str, Any]], properties: Optional[Dict[str, Any]] = None) -> None:
        self._parameter_space = parameter_space
        self._properties = properties
        for expression in (parameter_space or {}).values():
            if self._takes is not None and _name_of(expression) not in self._takes:
                raise HyperDriveConfigException(
                    "This sampling method expects only the following distributions: [%s]" % ", ".join(self._takes)
                )

    def to_json(self) -> Dict[str, Any]:
        """The form in which it is submitted: a dict."""
        found: Dict[str, Any] = {"name": self._name, "parameter_space": self._parameter_space}
        if self._properties is not None:
            found["properties"] = self._properties
        return found

    @property
    def parameter_space(self) -> Optional[Dict[str, Any]]:
        return self._parameter_space

    def __repr__(self) -> str:
        return "%s(%r)" % (type(self).__name__, self._parameter_space)


class RandomParameterSampling(HyperParameterSampling):
    """Values drawn at random; properties: {"seed": number, "rule": "sobol"}."""

    _name = "RANDOM"


class GridParameterSampling(HyperParameterSampling):
    """All combinations of choices."""

    _name = "GRID"
    _takes = ["choice"]


class BayesianParameterSampling(HyperParameterSampling):
    """Values that the results so far make promising."""

    _name = "BayesianOptimization"
    _takes = ["choice", "quniform", "uniform"]

    def __init__(self, parameter_space: Optional[Dict[str, Any]], properties: Optional[Dict[str, Any]] = None) -> None:
        if parameter_space is None:
            raise HyperDriveConfigException(
                "BayesianParameterSampling expects parameter_space to not be None or empty."
            )
        super().__init__(parameter_space, properties)
        for expression in parameter_space.values():
            fault = _fault(*expression)
            if fault:
                raise HyperDriveConfigException("Failed to validate a parameter distribution due to " + fault)


def _sampling_from_dict(dict_sampling: Dict[str, Any]) -> HyperParameterSampling:
    """A sampling from the form in which it was submitted, less its properties."""
    for key in ("name", "parameter_space"):
        if key not in dict_sampling:
            raise HyperDriveRehydrateException("Could not find %s in dict_sampling" % key)
    for kind in (RandomParameterSampling, GridParameterSampling, BayesianParameterSampling):
        if kind._name.lower() == dict_sampling["name"].lower():
            return kind(dict_sampling["parameter_space"])
    raise HyperDriveConfigException("Failed to rehydrate run due to unknown sampling method.")


def _name_of(expression: Any) -> Any:
    return expression[0] if isinstance(expression, (list, tuple)) and expression else None


def _fault(name: str, arguments: List[Any]) -> str:
    """Why a Bayesian search can't use an expression; an empty text if it can."""
    if name == "choice":
        return _fault_of_choice(arguments[0])
    if name == "quniform":
        low, high, q = arguments
        if not all(type(argument) is int for argument in arguments):
            return "Expected quniform arguments to be int."
        if q and (high - low) / q > MOST_POINTS:
            return "Too many discrete points for quniform distribution. Use larger q or uniform instead."
    return ""


def _fault_of_choice(options: List[Any]) -> str:
    if not all(type(option) in (int, float, str) for option in options):
        return "'choice' values should be 'int', 'string' or 'float'."
    texts = [isinstance(option, str) for option in options]
    return "Either all or none of the 'choice' values should be 'str' type." if any(texts) != all(texts) else ""
