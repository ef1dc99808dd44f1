"""Every error a user of hyperstep can meet, sorted by what to do about it.

DefinitionError: fix the pipeline; nothing has run.
SubmissionError: fix the call; the pipeline is fine.
RunFailed: read the log that the message names.
NotFound: check the name or id.
WorkspaceBusy, WorkspaceNotYours, WorkspaceTooNew: another process, user or a later version owns it.
ArtifactDamaged: check the disk; run again what made the file.
PluginError: a plug-in failed to load or broke its contract.
UnsupportedV1: use what the message names in place of this part of Azure's SDK.

Each message says what happened, what was expected and what to do. Anything
else that is raised is a fault of hyperstep's own and ends the driver loudly;
the log lets it resume. Standard library only, Python 3.8 and later: this
module is imported inside jobs.
"""

from __future__ import annotations

__all__ = [
    "ArtifactDamaged",
    "DefinitionError",
    "GraphError",
    "HyperstepError",
    "NotFound",
    "PluginError",
    "RunCancelled",
    "RunFailed",
    "SpaceError",
    "SubmissionError",
    "TrackingError",
    "UnknownKind",
    "UnknownParameter",
    "UnsupportedV1",
    "WorkspaceBusy",
    "WorkspaceMissing",
    "WorkspaceNotYours",
    "WorkspaceTooNew",
]


class HyperstepError(Exception):
    """Any error that a user can cause or has to act on."""


class DefinitionError(HyperstepError, ValueError):
    """The pipeline can't run as it is written; nothing has run."""


class SpaceError(DefinitionError):
    """A distribution or a search space that can't be sampled."""


class GraphError(DefinitionError):
    """Steps that wait for each other, or data that no step makes."""


class UnknownKind(DefinitionError):
    """No sampler, policy, compute or recorded kind has this name."""


class SubmissionError(HyperstepError, ValueError):
    """The pipeline is fine, the call isn't."""


class UnknownParameter(SubmissionError):
    """A value was given for a parameter that the pipeline doesn't have."""


class WorkspaceMissing(SubmissionError):
    """There is no workspace in the folder that was named."""


class RunFailed(HyperstepError):
    """A run ended without its result; the message carries the log's last lines.

    run: the run's id.
    step: the step that failed, or an empty string.
    """

    def __init__(self, message: str, *, run: str = "", step: str = "") -> None:
        super().__init__(message)
        self.run = run
        self.step = step


class RunCancelled(RunFailed):
    """A run was cancelled before it ended."""


class NotFound(HyperstepError, KeyError):
    """No run, step, trial, model or file of this name or id."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would quote the message


class WorkspaceBusy(HyperstepError):
    """Another driver holds the workspace."""


class WorkspaceNotYours(HyperstepError):
    """The workspace belongs to another user of this machine."""


class WorkspaceTooNew(HyperstepError):
    """A later version of hyperstep wrote this workspace."""


class ArtifactDamaged(HyperstepError):
    """Stored bytes are missing, or aren't those that were stored."""


class PluginError(HyperstepError):
    """A plug-in failed to load or broke its contract."""


class TrackingError(HyperstepError):
    """A script said something that can't be recorded."""


class UnsupportedV1(HyperstepError, NotImplementedError):
    """A part of Azure's SDK v1 that can't be done on this machine."""
