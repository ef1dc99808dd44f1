"""The ten expressions: how a hyperparameter is drawn.

Each returns `[name, arguments]`, which is also its JSON form; the sampling
that takes them checks whether it can use them.
"""

from __future__ import annotations

import numbers
from typing import Any, List

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException

Expression = List[Any]


def choice(*options: Any) -> Expression:
    """One of the options: given one by one, as one list, or as one range."""
    if not options:
        raise HyperDriveConfigException("Please specify an input for choice.")
    grouped = [option for option in options if isinstance(option, (list, range))]
    if grouped and (len(options) > 1 or not len(grouped[0])):
        raise HyperDriveConfigException(
            "choice expects non-empty single list, non-empty single range() or a positive number of arbitrary "
            "comma separated inputs."
        )
    return ["choice", [[_plain(option) for option in (grouped[0] if grouped else options)]]]


def randint(upper: int) -> Expression:
    """A whole number from 0 on, below `upper`."""
    upper = _plain(upper)
    if not isinstance(upper, int) or upper <= 0:
        raise HyperDriveConfigException("randint expects a positive number as input")
    return ["randint", [upper]]


def uniform(min_value: float, max_value: float) -> Expression:
    """Any number between the two, each as likely."""
    return _between("uniform", min_value, max_value)


def quniform(min_value: float, max_value: float, q: float) -> Expression:
    """round(uniform(min_value, max_value) / q) * q."""
    return _rounded(_between("quniform", min_value, max_value), q)


def loguniform(min_value: float, max_value: float) -> Expression:
    """exp(uniform(min_value, max_value)): the two are natural logarithms."""
    return _between("loguniform", min_value, max_value, may_be_equal=True)


def qloguniform(min_value: float, max_value: float, q: float) -> Expression:
    """round(exp(uniform(min_value, max_value)) / q) * q."""
    return _rounded(_between("qloguniform", min_value, max_value, may_be_equal=True), q)


def normal(mu: float, sigma: float) -> Expression:
    """A number of the normal distribution."""
    return _around("normal", mu, sigma)


def qnormal(mu: float, sigma: float, q: float) -> Expression:
    """round(normal(mu, sigma) / q) * q."""
    return _rounded(_around("qnormal", mu, sigma), q)


def lognormal(mu: float, sigma: float) -> Expression:
    """exp(normal(mu, sigma))."""
    return _around("lognormal", mu, sigma)


def qlognormal(mu: float, sigma: float, q: float) -> Expression:
    """round(exp(normal(mu, sigma)) / q) * q."""
    return _rounded(_around("qlognormal", mu, sigma), q)


def _between(name: str, low: Any, high: Any, may_be_equal: bool = False) -> Expression:
    low, high = _number(name, "min_value", low), _number(name, "max_value", high)
    if low > high or (low == high and not may_be_equal):
        sign = "<=" if may_be_equal else "<"
        raise HyperDriveConfigException("%s expects min_value %s max_value" % (name, sign))
    return [name, [low, high]]


def _around(name: str, mu: Any, sigma: Any) -> Expression:
    mu, sigma = _number(name, "mu", mu), _number(name, "sigma", sigma)
    if sigma < 0:
        raise HyperDriveConfigException("%s expects sigma to be non negative" % name)
    return [name, [mu, sigma]]


def _rounded(expression: Expression, q: Any) -> Expression:
    q = _plain(q)
    if not (isinstance(q, int) or (isinstance(q, float) and q.is_integer())):
        raise HyperDriveConfigException("%s expects q to be an int" % expression[0])
    return [expression[0], [*expression[1], q]]


def _number(name: str, argument: str, value: Any) -> Any:
    value = _plain(value)
    if not isinstance(value, (int, float)):
        raise HyperDriveConfigException("%s expects %s to be a float" % (name, argument))
    return value


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's, which JSON can write."""
    return value.item() if isinstance(value, numbers.Number) and hasattr(value, "item") else value
