"""Goal: whether more or less of a metric is better."""

from __future__ import annotations

import math
from enum import Enum


class Goal(Enum):
    """The direction of a metric."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"

    def better(self, one: float, other: float) -> bool:
        """True if `one` is strictly better than `other`; NaN and infinities are worse than any number."""
        if not math.isfinite(one):
            return False
        if not math.isfinite(other):
            return True
        return one > other if self is Goal.MAXIMIZE else one < other
