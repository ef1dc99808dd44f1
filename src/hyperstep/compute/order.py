"""The order that a supervisor gets for a job: what to run, and whether it may be a fork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hyperstep.compute.scan import Scan
from hyperstep.engine.ids import run_of
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.pipeline.environment import Start
from hyperstep.supervisor.orders import AUTO, FORK, SPAWN, Message
from hyperstep.tracking import messages
from hyperstep.tracking import run as names

# Variables by which an interpreter does something when it starts or ends, which a fork of another one can't.
_TELLING = ("PYTHONDUMPREFS", "PYTHONINSPECT", "PYTHONMALLOCSTATS", "PYTHONPROFILEIMPORTTIME", "PYTHONVERBOSE")


def start_of(job: Job, variables: Mapping[str, str], found: Scan) -> tuple[str, str]:
    """How a job is to start; and why, if that isn't what its environment asks for.

    variables: all that it finds, but for those that tell it who it is.
    """
    match job.environment.start:
        case Start.SPAWN:
            return SPAWN, ""
        case Start.FORK if not job.command:
            return FORK, ""
    telling = [f"{name} is set" for name in _TELLING if variables.get(name)]
    reason = telling[0] if telling else found.hazard
    return (SPAWN, reason) if reason else (AUTO, "")


def order_of(
    job: Job, folder: str, bell: str, arguments: Sequence[str], told: Mapping[str, str], start: tuple[str, str]
) -> Message:
    """The order to start a job in its folder; told: environment variables that are this job's alone."""
    return {
        "order": "start",
        "job": job.id,
        "folder": folder,
        "script": job.script,
        "command": job.command,
        "source": job.source.digest,
        "arguments": arguments,
        "variables": {
            **told,
            names.JOB: job.id,
            names.RUN: run_of(job.id),
            names.WIRE: f"{folder}/{messages.WIRE}",
            names.BELL: bell,
        },
        "start": start[0],
        "reason": start[1],
        "timeout": job.timeout,
        "grace": job.grace,
    }


def outcome_of(report: Message) -> Outcome:
    """How a job ended, as its supervisor reports it."""
    return Outcome(
        ending=Ending(report["ending"]), code=report["code"], detail=report["detail"], seconds=report["seconds"]
    )
