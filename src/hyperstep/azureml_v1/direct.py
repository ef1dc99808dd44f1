"""Direct: what an experiment is given without a pipeline is run as a pipeline of one step."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional

from hyperstep.azureml_v1 import build
from hyperstep.azureml_v1.ask import ask


def submit(
    experiment: Any,
    step: Any,
    *,
    kind: str,
    tags: Optional[Dict[str, Any]],
    properties: Optional[Dict[str, str]] = None,
    timeout: Optional[float] = None,
) -> str:
    """Start a step by itself; returns the id of its pipeline's run.

    kind: as in the plan document, script or hyperdrive. timeout: seconds for each job, None for no limit.
    """
    plan = build.with_values(build.plan([step], experiment.workspace), {})
    plan.update(
        experiment=experiment.name,
        name=experiment.name,
        kind=kind,
        tags=dict(tags or {}),
        properties=dict(properties or {}),
    )
    plan["nodes"][0]["timeout"] = timeout
    run: str = ask("submit.submit", plan=plan)["run"]
    return run


def title(script: Optional[str], command: Any) -> str:
    """What the one step is called: its script without folder and ending, or the command's program."""
    if script:
        return os.path.splitext(os.path.basename(script))[0]
    first = command if isinstance(command, str) else str(command[0])
    return os.path.basename(first.split()[0])
