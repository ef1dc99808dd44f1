"""Direct: what an experiment is given without a pipeline is run as a pipeline of one step."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Optional

from hyperstep.azureml_v1 import build
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.pipeline_step import MADE
from hyperstep.azureml_v1.ports import is_port, port_of


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


def inputs(listed: Iterable[Any], arguments: Iterable[Any]) -> List[Any]:
    """What is listed as data, and the data among the arguments, which only a pipeline's steps list as well."""
    found = list(listed)
    names = {port_of(one).name for one in found}
    for argument in arguments:
        if not isinstance(argument, MADE) and is_port(argument) and port_of(argument).name not in names:
            found.append(argument)
            names.add(port_of(argument).name)
    return found


def title(script: Optional[str], command: Any) -> str:
    """What the one step is called: its script without folder and ending, or the command's program."""
    parts = [command] if isinstance(command, str) else list(command or [])
    words = [word for part in parts if isinstance(part, str) for word in part.split()]
    scripts = [word for word in words if word.endswith(".py")]
    found = os.path.basename(script or (scripts or words or ["command"])[0])
    return found if not (script or scripts) else os.path.splitext(found)[0]
