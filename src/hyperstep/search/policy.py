"""The TerminationPolicy protocol: which trials to stop early, and when to look."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from hyperstep.errors import DefinitionError
from hyperstep.search.history import History
from hyperstep.search.trial import Trial


class TerminationPolicy(Protocol):
    """A frozen value that says why a trial should stop; it keeps no state.

    evaluation_interval: look at a trial at each n-th report of the primary metric, n >= 1.
    delay_evaluation: but not before this many reports, >= 0.
    """

    @property
    def evaluation_interval(self) -> int: ...

    @property
    def delay_evaluation(self) -> int: ...

    def reason_to_stop(self, trial: Trial, history: History) -> str | None:
        """Why to stop a running trial, in a sentence with both numbers, or None to let it run.

        Asked when the policy is due at `len(trial.scores)` reports. Never stops the trial that holds the best score.
        """


@runtime_checkable
class Bounded(Protocol):
    """A policy whose rule is a score to keep up with, so that it can be drawn as a line."""

    def bound(self, reports: int, history: History) -> float | None:
        """The score that a trial's best may not be worse than after so many reports; None if all go on."""


def is_due(policy: TerminationPolicy, reports: int) -> bool:
    """True if the policy looks at a trial that has just made its `reports`-th report.

    Azure: a multiple of the interval, and not before the delay
    (learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters).
    """
    return reports >= max(1, policy.delay_evaluation) and reports % policy.evaluation_interval == 0


def check_schedule(policy: TerminationPolicy) -> None:
    """Raise DefinitionError unless the interval is a whole number of 1 or more, and the delay one of 0 or more."""
    for name, value, least in (
        ("evaluation_interval", policy.evaluation_interval, 1),
        ("delay_evaluation", policy.delay_evaluation, 0),
    ):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise DefinitionError(
                f"{type(policy).__name__} has {name} = {value!r}, but it counts reports of the metric: "
                f"a whole number, {least} or more."
            )
