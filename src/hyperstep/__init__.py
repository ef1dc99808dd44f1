"""hyperstep runs ML pipelines whose training step tunes itself.

The public names are loaded when they are first used: a training script that
imports `hyperstep.tracking` pays for nothing else, in any Python from 3.8.
"""

from __future__ import annotations

__version__ = "0.1.0"
