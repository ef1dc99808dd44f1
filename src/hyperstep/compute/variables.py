"""Variables: what of the driver's environment a job gets."""

from __future__ import annotations

import os

from hyperstep import failpoints


def inherited() -> dict[str, str]:
    """The user's environment variables, less our own but for fail-points."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HYPERSTEP_") or name in (failpoints.PLAN, failpoints.SEEN)
    }
