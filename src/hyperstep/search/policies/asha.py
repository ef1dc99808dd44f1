"""ASHA: at few reports, and ever fewer of them, only the best share goes on.

The stopping form of asynchronous successive halving (Li et al. 2020, "A system
for massively parallel hyperparameter tuning", algorithm 2): a trial that
reaches a rung goes on if it is among the best 1 / eta of those that have
reached it so far. Nobody waits for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.errors import DefinitionError
from hyperstep.search.history import WORST, History
from hyperstep.search.policies.wording import comparison
from hyperstep.search.trial import Trial


@dataclass(frozen=True, slots=True)
class AshaPolicy:
    """Keep the best 1 / eta of the trials at first_rung, first_rung * eta, first_rung * eta**2, … reports.

    eta: a whole number, 2 or more.
    first_rung: a number of reports, 1 or more.
    """

    eta: int = 3
    first_rung: int = 3

    def __post_init__(self) -> None:
        for name, value, least in (("eta", self.eta, 2), ("first_rung", self.first_rung, 1)):
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise DefinitionError(
                    f"AshaPolicy has {name} = {value!r}, but it must be a whole number, {least} or more."
                )

    @property
    def evaluation_interval(self) -> int:
        return self.first_rung

    @property
    def delay_evaluation(self) -> int:
        return 0

    def reason_to_stop(self, trial: Trial, history: History) -> str | None:
        """Compare with all trials that have reached the same rung; between rungs, None."""
        reports = len(trial.scores)
        if not self._is_rung(reports) or history.holds_best(trial.number):
            return None
        merits = history.merits_after(reports)
        own = history.score(trial.number)
        kept = max(1, len(merits) // self.eta)
        limit = merits[-kept]
        if (WORST if own is None else history.merit(own)) >= limit:
            return None
        best = f"best {kept} of {len(merits)} trials go" if kept > 1 else f"best of {len(merits)} trials goes"
        return f"{comparison(reports, own, history.score_with(limit), history.goal)}: only the {best} on."

    def bound(self, reports: int, history: History) -> float | None:
        """At a rung, the score of the worst trial that goes on."""
        merits = history.merits_after(reports)
        if not merits or not self._is_rung(reports):
            return None
        limit = merits[-max(1, len(merits) // self.eta)]
        return history.score_with(limit) if limit > WORST else None

    def _is_rung(self, reports: int) -> bool:
        rung = self.first_rung
        while rung < reports:
            rung *= self.eta
        return rung == reports
