"""No policy: every trial runs to its end."""

from __future__ import annotations

from dataclasses import dataclass

from hyperstep.search.history import History
from hyperstep.search.trial import Trial


@dataclass(frozen=True, slots=True)
class NoPolicy:
    """Stop nothing early."""

    @property
    def evaluation_interval(self) -> int:
        return 1

    @property
    def delay_evaluation(self) -> int:
        return 0

    def reason_to_stop(self, trial: Trial, history: History) -> str | None:  # noqa: ARG002
        """Never a reason."""
        return None
