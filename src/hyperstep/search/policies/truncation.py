"""Truncation: at each look, stop those that do worst.

Trials are ranked by their best scores after k reports; older ones by what they
had after k reports, not by what became of them. The share to stop is rounded
down to whole trials, and of trials with equal scores all or none belong to it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from hyperstep.errors import DefinitionError
from hyperstep.search.history import WORST, History
from hyperstep.search.policies.wording import comparison
from hyperstep.search.policy import check_schedule
from hyperstep.search.trial import Trial


@dataclass(frozen=True, slots=True)
class TruncationSelectionPolicy:
    """Stop the worst share of the trials.

    truncation_percentage: the share, 1 to 99.
    exclude_finished: rank running trials only.
    """

    truncation_percentage: int
    evaluation_interval: int = 1
    delay_evaluation: int = 0
    exclude_finished: bool = False

    def __post_init__(self) -> None:
        check_schedule(self)
        share = self.truncation_percentage
        if not isinstance(share, int) or isinstance(share, bool) or not 1 <= share <= 99:
            raise DefinitionError(
                f"TruncationSelectionPolicy has truncation_percentage = {share!r}, but it must be a whole number "
                f"from 1 to 99."
            )

    def reason_to_stop(self, trial: Trial, history: History) -> str | None:
        """Rank the trial among all that made as many reports."""
        if history.holds_best(trial.number):
            return None
        reports = len(trial.scores)
        merits = self._merits(history, reports)
        own = history.score(trial.number)
        count = len(merits) * self.truncation_percentage // 100
        if bisect_right(merits, WORST if own is None else history.merit(own)) > count:
            return None
        kept = history.score_with(merits[count])
        stopped = f"{count} of {len(merits)} trials" if count > 1 else f"one of {len(merits)} trials"
        return (
            f"{comparison(reports, own, kept, history.goal)}: the worst {self.truncation_percentage} % end, {stopped}."
        )

    def bound(self, reports: int, history: History) -> float | None:
        """The score of the worst trial that goes on."""
        merits = self._merits(history, reports)
        count = len(merits) * self.truncation_percentage // 100
        return history.score_with(merits[count]) if count and merits[count] > WORST else None

    def _merits(self, history: History, reports: int) -> Sequence[float]:
        if not self.exclude_finished:
            return history.merits_after(reports)
        scores = [
            history.score_after(number, reports) for number in history.running if history.reports(number) >= reports
        ]
        return sorted(WORST if score is None else history.merit(score) for score in scores)
