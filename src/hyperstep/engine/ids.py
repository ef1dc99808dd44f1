"""Ids are paths: 42 is a run, 42/tune a step, 42/tune/3 a trial, 42/tune/3.0 a job.

A job is one attempt to run one script; its id ends in a dot and the number of
the attempt, from 0. The same text is the folder below `runs/`, the address in
the interface and what a person types on the command line.
"""

from __future__ import annotations

from hyperstep.pipeline.names import slug

__all__ = [
    "JobId",
    "RunId",
    "StepId",
    "TrialId",
    "attempt_of",
    "job_id",
    "owner_of",
    "run_of",
    "slug",
    "step_id",
    "step_of",
    "trial_id",
    "trial_of",
]

RunId = str
StepId = str
TrialId = str
JobId = str


def step_id(run: RunId, step: str) -> StepId:
    """The id of a step; `step` is its slug."""
    return f"{run}/{step}"


def trial_id(run: RunId, step: str, number: int) -> TrialId:
    """The id of a trial, numbered from 0 in the order of suggestion."""
    return f"{run}/{step}/{number}"


def job_id(owner: StepId | TrialId, attempt: int) -> JobId:
    """The id of an attempt, numbered from 0, to run a step or a trial."""
    return f"{owner}.{attempt}"


def owner_of(job: JobId) -> StepId | TrialId:
    """The step or trial that a job belongs to."""
    return job.rpartition(".")[0]


def attempt_of(job: JobId) -> int:
    """Which attempt a job is, from 0."""
    return int(job.rpartition(".")[2])


def run_of(identity: str) -> RunId:
    """The run that a step, trial or job belongs to."""
    return identity.partition("/")[0]


def step_of(identity: StepId | TrialId | JobId) -> str:
    """The slug of the step that a step, trial or job belongs to."""
    return identity.split("/")[1].partition(".")[0]


def trial_of(identity: TrialId | JobId) -> int | None:
    """The number of the trial, or None for a step and the job of a plain step."""
    parts = identity.split("/")
    return int(parts[2].partition(".")[0]) if len(parts) == 3 else None
