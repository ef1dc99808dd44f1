"""Azure's own way to run a published pipeline: the request that its endpoints take, and the answer that they give.

A pipeline that was published with the SDK v1 has a UUID; a process of its own
submits it, as a program of v1 would. Any other id is the name of a pipeline
that `hyperstep publish` has kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hyperstep import actions, errors
from hyperstep.pipeline.parameter import ParameterValue, typed
from hyperstep.server.acting import MOST_WAITING
from hyperstep.server.ask import number_given
from hyperstep.server.drive import passed
from hyperstep.server.guard import Refusal
from hyperstep.server.rest.doing import key_of
from hyperstep.server.rest.endpoint import Asked
from hyperstep.store import asked as requests

LASTS = 60.0  # seconds that a submission may take

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What Azure's endpoints take; what isn't named here is refused. ExperimentName is the run's experiment."""

    ExperimentName: str
    ParameterAssignments: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    DataPathAssignments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ContinueRunOnStepFailure: bool | None = None
    RunSource: str = ""
    RunType: str = ""
    Description: str | None = None
    DisplayName: str | None = None
    ParentRunId: str | None = None
    Properties: Mapping[str, str] = field(default_factory=dict)
    Tags: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Id: of the run, as `PipelineRun` takes it."""

    Id: str


async def submit(asked: Asked) -> Run:
    if _UUID.fullmatch(asked.path["id"]):
        if "version" in asked.path:
            raise errors.NotFound("A pipeline that the SDK v1 published has one version; its endpoints have several.")
        return await _by_v1(asked, pipeline=asked.path["id"])
    body: Body = asked.body
    version = number_given("version", asked.path["version"]) if "version" in asked.path else None
    published = asked.reading.publication(asked.path["id"], version)
    defaults = published.submission.pipeline.parameters
    event = actions.submission(
        published,
        {name: _value(name, value, defaults.get(name, "")) for name, value in body.ParameterAssignments.items()},
        key=key_of(asked),
        labels={**body.Tags, **body.tags, "experiment": body.ExperimentName},
        keep_going=body.ContinueRunOnStepFailure is not False,
    )
    return Run(Id=(await asked.acting.submit(event)).run)


async def submit_endpoint(asked: Asked) -> Run:
    if not _UUID.fullmatch(asked.path["id"]):
        raise errors.NotFound(
            f"{asked.path['id'][:80]!r} is no endpoint's id. PipelineEndpoint.list(workspace) has them."
        )
    return await _by_v1(asked, endpoint=asked.path["id"], version=asked.path.get("version"))


def _value(name: str, value: ParameterValue, default: ParameterValue) -> ParameterValue:
    """Azure sends texts, whatever the parameter takes."""
    try:
        return typed(value, default) if isinstance(value, str) else value
    except ValueError:
        raise errors.SubmissionError(
            f"Parameter {name!r} was given {value!r}, but its default {default!r} is a {type(default).__name__}."
        ) from None


async def _by_v1(asked: Asked, **what: Any) -> Run:
    """Submit by a process that runs the SDK's own code for it."""
    if requests.waiting(asked.reading.db) >= MOST_WAITING:
        raise Refusal(429, f"{MOST_WAITING} runs wait already.", ((b"retry-after", b"30"),))
    body: Body = asked.body
    given = {
        **what,
        "experiment": body.ExperimentName,
        "parameters": dict(body.ParameterAssignments),
        "data_paths": {name: dict(place) for name, place in body.DataPathAssignments.items()},
        "keep_going": body.ContinueRunOnStepFailure,
        "properties": dict(body.Properties),
        "tags": {**body.Tags, **body.tags},
    }
    async with asked.request.app.state.beside:
        answered = await asyncio.wait_for(_answer(asked.reading.folder, given), LASTS)
    if "error" in answered:
        raise getattr(errors, answered["error"])(answered["message"])
    return Run(Id=answered["answer"])


async def _answer(folder: Path, given: Mapping[str, Any]) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hyperstep.azureml_v1.answers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**passed(os.environ, ()), "HYPERSTEP_WORKSPACE": str(folder)},
    )
    question = {"question": "published.submit", "folder": str(folder), "given": given}
    try:
        out, _ = await process.communicate(json.dumps(question).encode())
    finally:
        if process.returncode is None:
            process.kill()
    return json.loads(out)
