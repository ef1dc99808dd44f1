"""Bandit: stop a trial that has fallen too far behind the best one.

A trial's best score after k reports is compared with the best score that any
trial had after k reports. The slack is a ratio or an amount, never both.

Azure's rule for a metric of which more is better: stop below
best / (1 + slack_factor), or below best - slack_amount
(learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters).
It says nothing about the other direction, nor about negative scores, where the
same ratio would stop even the best trial. Here the best is divided or
multiplied by 1 + slack_factor, whichever gives the worse score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hyperstep.errors import DefinitionError
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.wording import comparison, name_of
from hyperstep.search.policy import check_schedule
from hyperstep.search.trial import Trial


@dataclass(frozen=True, slots=True)
class BanditPolicy:
    """Stop a trial whose best score is worse than the best trial's by more than the slack.

    slack_factor: a ratio; 0.2 lets a trial go on down to best / 1.2.
    slack_amount: a difference, in the metric's own unit.
    """

    evaluation_interval: int = 1
    slack_factor: float | None = None
    slack_amount: float | None = None
    delay_evaluation: int = 0

    def __post_init__(self) -> None:
        check_schedule(self)
        slacks = [slack for slack in (self.slack_factor, self.slack_amount) if slack is not None]
        if len(slacks) != 1:
            raise DefinitionError(
                f"A bandit policy takes either slack_factor or slack_amount, but {'both' if slacks else 'neither'} "
                f"were given. For example: BanditPolicy(slack_factor=0.1)."
            )
        if not (isinstance(slacks[0], (int, float)) and 0 <= slacks[0] < math.inf):
            raise DefinitionError(f"The slack of a bandit policy is {slacks[0]!r}, but it must be a number, 0 or more.")

    def reason_to_stop(self, trial: Trial, history: History) -> str | None:
        """Compare with the best at the same number of reports."""
        reports = len(trial.scores)
        best = history.best_after(reports)
        if best is None or history.holds_best(trial.number) or best[1] == trial.number:
            return None
        limit, how = self._limit(best[0], history.goal)
        own = history.score(trial.number)
        if own is not None and not history.goal.better(limit, own):
            return None
        return f"{comparison(reports, own, limit, history.goal)} ({how}): {name_of(best[1])} had {best[0]:.6g} by then."

    def bound(self, reports: int, history: History) -> float | None:
        """The best score at this number of reports, less the slack."""
        best = history.best_after(reports)
        return None if best is None else self._limit(best[0], history.goal)[0]

    def _limit(self, best: float, goal: Goal) -> tuple[float, str]:
        sign = "-" if goal is Goal.MAXIMIZE else "+"
        if self.slack_amount is not None:
            limit = best - self.slack_amount if goal is Goal.MAXIMIZE else best + self.slack_amount
            return limit, f"{best:.6g} {sign} {self.slack_amount:g}"
        ratio = 1 + (self.slack_factor or 0.0)
        if (best > 0) is (goal is Goal.MAXIMIZE):
            return best / ratio, f"{best:.6g} / {ratio:g}"
        return best * ratio, f"{best:.6g} * {ratio:g}"
