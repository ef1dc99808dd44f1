"""What a running script can say: metrics, tags, files and models.

    from hyperstep import tracking

    tracking.metric("r2", 0.2046)

In a job the driver hears it; anywhere else the same calls print a line.
Standard library only, Python 3.8 and later, and quick to import: this package
is imported inside every training process.
"""

from __future__ import annotations

from hyperstep.tracking.run import Run, artifact, checkpoint_folder, current_run, metric, register, tag

__all__ = ["Run", "artifact", "checkpoint_folder", "current_run", "metric", "register", "tag"]
