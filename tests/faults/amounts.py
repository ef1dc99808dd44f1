"""How much the fault tests do: what CI has time for, or what a night has.

HYPERSTEP_SOAK=1 asks for the night; HYPERSTEP_SEED=7 for other random moments than those of seed 0.
"""

from __future__ import annotations

import os

SOAK = os.environ.get("HYPERSTEP_SOAK", "0") != "0"
SEED = int(os.environ.get("HYPERSTEP_SEED", "0"))


def amount(usual: int, night: int) -> int:
    """The usual number, or that of a night."""
    return night if SOAK else usual


def seeds(count: int) -> range:
    """Seeds for so many cases; a failed case's stands in its name, and as HYPERSTEP_SEED it comes first again."""
    return range(SEED, SEED + count)
