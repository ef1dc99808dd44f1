"""Median stopping: stop a trial that never did as well as others do on average.

A trial's best score after k reports is compared with the median of all
trials' averages over their first k reports, its own among them (Golovin et
al. 2017, section 3.2.2, counts completed trials only; Azure counts all).
"""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.search.history import History
from hyperstep.search.policies.wording import comparison
from hyperstep.search.policy import check_schedule
from hyperstep.search.trial import Trial


@dataclass(frozen=True, slots=True)
class MedianStoppingPolicy:
    """Stop a trial whose best score is worse than the median of the averages."""

    evaluation_interval: int = 1
    delay_evaluation: int = 0

    def __post_init__(self) -> None:
        check_schedule(self)

    def reason_to_stop(self, trial: Trial, history: History) -> str | None:
        """Compare with the averages over the same number of reports."""
        reports = len(trial.scores)
        median = self.bound(reports, history)
        if median is None or history.holds_best(trial.number):
            return None
        own = history.score(trial.number)
        if own is not None and not history.goal.better(median, own):
            return None
        count = len(history.average_merits_after(reports))
        return f"{comparison(reports, own, median, history.goal)}, the median of {count} trials' averages."

    def bound(self, reports: int, history: History) -> float | None:
        """The median of all trials' averages over so many reports."""
        averages = history.average_merits_after(reports)
        if not averages:
            return None
        middle = len(averages) // 2
        merit = averages[middle] if len(averages) % 2 else averages[middle - 1] / 2 + averages[middle] / 2
        return history.score_with(merit)
