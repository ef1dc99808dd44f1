"""Run a pipeline from Python, wait for its end, and take the best out of it.

finished = hyperstep.run(pipeline, {"test_size": 0.3})
best = finished.best()
print(best.values, best.score)
best.save("outputs/model", "model.joblib")
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hyperstep.compute import early
from hyperstep.errors import RunCancelled, RunFailed
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.place import home_to_begin_in, nearest

if TYPE_CHECKING:
    from hyperstep.finished import FinishedRun
    from hyperstep.workspace import OnEvent


def run(
    pipeline: Pipeline,
    parameters: Mapping[str, ParameterValue] | None = None,
    *,
    workspace: str | Path | None = None,
    fresh: bool = False,
    on_event: OnEvent | None = None,
) -> FinishedRun:
    """Run a pipeline here and wait for its end.

    parameters: values that differ from the pipeline's defaults, by name.
    workspace: the folder that holds `.hyperstep`; None as in `Workspace.open`.
    fresh: compute every step anew. on_event: called for each event after it is recorded.
    Raises RunFailed with the end of the log if a step fails, RunCancelled if the run is cancelled; the errors of
    Workspace.submit and Workspace.drive.
    """
    folder = Path(workspace) if workspace is not None else nearest()
    home = home_to_begin_in(folder)
    begun = early.begin(pipeline, Path.cwd(), home) if home else None

    from hyperstep.engine.events import Result
    from hyperstep.failure import explanation
    from hyperstep.finished import FinishedRun
    from hyperstep.workspace import Workspace

    with Workspace.open(folder, begun=begun) as opened:
        opened.claim()
        submitted = opened.submit(pipeline, parameters, fresh=fresh)
        ended = opened.drive(submitted, on_event=on_event)
        if ended is None:
            raise RunCancelled(
                f"Run {submitted} was interrupted. To go on with it: hyperstep resume {submitted}", run=submitted
            )
        if ended.result is not Result.COMPLETED:
            failure = RunCancelled if ended.result is Result.CANCELLED else RunFailed
            raise failure(explanation(opened.store.db, opened.home, submitted), run=submitted)
        return FinishedRun(id=submitted, workspace=opened.folder)
