"""Trial: one assignment of values, with the scores it reported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hyperstep.search.values import Values


class TrialStatus(Enum):
    """Where a trial stands."""

    RUNNING = "running"  # suggested; its job waits, runs, or is to be run again
    COMPLETED = "completed"  # its script ended with exit code 0
    STOPPED = "stopped"  # cut early by the policy or a limit
    FAILED = "failed"  # exit code, signal, or never reported the metric
    CANCELLED = "cancelled"  # with the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A snapshot of a trial.

    number: from 0, in the order of suggestion.
    scores: values of the primary metric, one per report, oldest first, in the metric's own unit; NaN and infinities
        stay in their place.
    """

    number: int
    values: Values
    scores: tuple[float, ...] = ()
    status: TrialStatus = TrialStatus.RUNNING
