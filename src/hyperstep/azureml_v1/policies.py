"""Early termination policies: when a child run is given up.

An interval is one report of the primary metric. A policy looks at each
interval that is a multiple of evaluation_interval and not before
delay_evaluation.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from hyperstep.azureml_v1.exceptions import HyperDriveConfigException, HyperDriveRehydrateException
from hyperstep.azureml_v1.v1_object import V1Object


class EarlyTerminationPolicy(V1Object):
    """A rule by which child runs that won't become the best are cancelled."""

    _name = ""

    def __init__(self, name: str, properties: Optional[Dict[str, Any]] = None) -> None:
        self._name = name
        self._properties = properties

    def to_json(self) -> Dict[str, Any]:
        """The form in which it is submitted: a dict."""
        return (
            {"name": self._name} if self._properties is None else {"name": self._name, "properties": self._properties}
        )

    def __repr__(self) -> str:
        given = ", ".join("%s=%r" % item for item in (self._properties or {}).items())
        return "%s(%s)" % (type(self).__name__, given)


class _Policy(EarlyTerminationPolicy):
    """What the policies that look at intervals have in common."""

    def __init__(self, evaluation_interval: int, delay_evaluation: int) -> None:
        super().__init__(
            self._name,
            {
                "evaluation_interval": _whole("evaluation_interval", evaluation_interval),
                "delay_evaluation": _whole("delay_evaluation", delay_evaluation),
            },
        )
        self._evaluation_interval = evaluation_interval
        self._delay_evaluation = delay_evaluation

    @property
    def evaluation_interval(self) -> int:
        return self._evaluation_interval

    @property
    def delay_evaluation(self) -> int:
        return self._delay_evaluation


class BanditPolicy(_Policy):
    """Cancels a child run that has fallen too far behind the best: by a ratio or by an amount."""

    _name = "Bandit"

    def __init__(
        self,
        evaluation_interval: int = 1,
        slack_factor: Optional[float] = None,
        slack_amount: Optional[float] = None,
        delay_evaluation: int = 0,
    ) -> None:
        if (slack_factor is None and slack_amount is None) or (slack_factor and slack_amount):
            raise HyperDriveConfigException(
                "Bandit termination policy expects exactly one of slack factor or slack amount to be set."
            )
        super().__init__(evaluation_interval, delay_evaluation)
        self._slack_factor = slack_factor
        self._slack_amount = slack_amount
        assert self._properties is not None, "set above"
        if slack_factor:
            self._properties["slack_factor"] = slack_factor
        else:
            self._properties["slack_amount"] = slack_amount

    @property
    def slack_factor(self) -> Optional[float]:
        return self._slack_factor

    @property
    def slack_amount(self) -> Optional[float]:
        return self._slack_amount


class MedianStoppingPolicy(_Policy):
    """Cancels a child run whose best is worse than the median of the averages of all."""

    _name = "MedianStopping"

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        super().__init__(evaluation_interval, delay_evaluation)


class TruncationSelectionPolicy(_Policy):
    """Cancels the given percentage of the child runs, the worst ones."""

    _name = "TruncationSelection"

    def __init__(self, truncation_percentage: int, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        _whole("truncation_percentage", truncation_percentage)
        if not 1 <= truncation_percentage <= 99:
            raise HyperDriveConfigException("truncation_percentage expects value to be between 1 and 99.")
        super().__init__(evaluation_interval, delay_evaluation)
        self._truncation_percentage = truncation_percentage
        assert self._properties is not None, "set above"
        self._properties["truncation_percentage"] = truncation_percentage
        self._properties["exclude_finished_jobs"] = False

    @property
    def truncation_percentage(self) -> int:
        return self._truncation_percentage


class NoTerminationPolicy(EarlyTerminationPolicy):
    """Lets every child run go on to its end."""

    def __init__(self) -> None:
        super().__init__("Default")


def _policy_from_dict(dict_policy: Dict[str, Any]) -> EarlyTerminationPolicy:
    """A policy from the form in which it was submitted."""
    if "name" not in dict_policy:
        raise HyperDriveRehydrateException("Could not find name in dict_policy")
    name = dict_policy["name"].lower()
    if name == "default":
        return NoTerminationPolicy()
    for kind in (BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy):
        if kind._name.lower() == name:
            if "properties" not in dict_policy:
                raise HyperDriveRehydrateException("Could not find properties in dict_policy")
            given = dict(dict_policy["properties"])
            given.pop("exclude_finished_jobs", None)
            return kind(**given)
    raise HyperDriveConfigException("Unknown policy %s." % dict_policy["name"])


def _whole(name: str, value: Any) -> Any:
    if not isinstance(value, int):
        raise HyperDriveConfigException("Expected type int for %s but got [Scrubbed]" % name)
    return value
