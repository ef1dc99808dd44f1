"""What v1 code submits, publishes and cancels, and the log of a search."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from hyperstep.azureml_v1 import build, home
from hyperstep.azureml_v1.answers import environments, translate
from hyperstep.azureml_v1.answers.runs import EXPERIMENT, PLAN, looking
from hyperstep.azureml_v1.answers.search_log import search_log
from hyperstep.azureml_v1.answers.translate import Plan
from hyperstep.azureml_v1.deliveries import KIND as DELIVERY
from hyperstep.detached import detach
from hyperstep.engine.artifact import Artifact
from hyperstep.errors import WorkspaceBusy
from hyperstep.workspace import WITHIN, Workspace

_said: set[str] = set()


def submit(folder: Path, plan: Plan) -> dict[str, str]:
    """Record a run of a plan, and let the server or a process of its own drive it: {"run": id}."""
    job = os.environ.get(home.JOB)
    with Workspace.open(folder) as workspace:
        pipeline = translate.pipeline(workspace, plan)
        _say(translate.notes(plan))
        _say(environments.notes(workspace.home, [node["environment"] for node in plan["nodes"]]))
        used = pipeline.parameters
        run = workspace.submit(
            pipeline,
            {name: value for name, value in plan["values"].items() if name in used},
            fresh=plan["fresh"],
            base=folder,
            labels={EXPERIMENT: plan["experiment"], PLAN: json.dumps(plan)} | ({WITHIN: job} if job else {}),
            keep_going=plan["continue_on_failure"],
            queued=plan.get("queued", False),
            kept={name: Artifact(**document) for name, document in plan.get("sources", {}).items()},
        )
    if not job and not plan.get(
        "queued"
    ):  # what a job starts ends with it; whoever drives the job's run sees to those that it has submitted
        detach(folder, run)
    return {"run": run}


def publish(folder: Path, plan: Plan) -> Plan:
    """The plan with its sources as they are now; those that it has already stay."""
    kept = dict(plan.get("sources", {}))
    with Workspace.open(folder) as workspace:
        translate.pipeline(workspace, build.with_values(plan, {}))  # what is wrong with it is told now
        made = {
            node["source"]: workspace.snapshot(Path(node["source"]))
            for node in plan["nodes"]
            if node["source"] not in kept and node["type"] != DELIVERY
        }
        workspace.artifacts.sync(list(made.values()))
    return {**plan, "sources": {**kept, **{source: asdict(artifact) for source, artifact in made.items()}}}


def cancel(folder: Path, run: str) -> None:
    """Ask for a run's end, and see to it here if no other process drives the workspace."""
    with Workspace.open(folder, create=False) as workspace:
        workspace.cancel(run)
        with suppress(WorkspaceBusy):
            workspace.drive(run)


def check(folder: Path, plan: Plan) -> list[str]:
    """Raise for what can't be run; an empty list otherwise."""
    with Workspace.open(folder) as workspace:
        translate.pipeline(workspace, plan)
    return []


def log(folder: Path, run: str, position: int) -> str:
    """What has happened so far in a search, as HyperDrive logs it. position: of its step in the run."""
    with looking(folder) as workspace:
        return search_log(workspace.store.db, run, position)


def _say(notes: Iterable[str]) -> None:
    """Print each sentence once in a process."""
    for note in notes:
        if note not in _said:
            _said.add(note)
            print(note)
