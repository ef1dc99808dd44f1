"""Job: a complete order to run one script once, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.ids import JobId
from hyperstep.pipeline.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPath:
    """Stands in a job's arguments for the path where the input of this name lies."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPath:
    """Stands in a job's arguments for the path where the script makes this output.

    Its parent folder exists; the path itself doesn't: the script makes a file or a folder there.
    """

    name: str


JobPart = str | InputPath | OutputPath


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPath:
    """Stands in a job's arguments for its parts, one after the other without a blank."""

    parts: tuple[JobPart, ...]


JobArgument = JobPart | JoinedPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt to run one script.

    script: path below the source folder; run as `__main__`, with the source folder's copy as working folder.
    command: what the shell runs there in place of a script, or empty.
    arguments: what follows the script on its command line; paths are put in where the job runs.
    source: the tree that holds the script.
    inputs: artifact by name; each lies at its own path before the script starts.
    origins: the step or trial that made an input, by the input's name; what comes from outside has none.
    outputs: names of what the script makes; what it didn't make is left out of the artifacts.
    variables: environment variables added to the user's own, the same for all jobs of a step.
    told: those that are this job's alone: paths, names, sampled values.
    timeout: seconds from start until the job and all it started are stopped, or None for no limit.
    grace: seconds between asking a job to end and killing it.
    """

    id: JobId
    script: str = ""
    command: str = ""
    arguments: tuple[JobArgument, ...] = ()
    source: Artifact
    inputs: Mapping[str, Artifact] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    environment: Environment = Environment()
    variables: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, JobArgument] = field(default_factory=dict)
    timeout: float | None = None
    grace: float = 10.0


MOST_LOSSES = 5
"""How often a job may be lost before that counts as its failure: it may be what kills its supervisor."""


class Ending(Enum):
    """The ways in which a job can end."""

    EXITED = "exited"  # by itself; the exit code tells
    SIGNALLED = "signalled"  # killed by a signal that we didn't send
    TIMED_OUT = "timed out"  # reached its limit
    STOPPED = "stopped"  # because the engine asked for it
    INTERRUPTED = "interrupted"  # because the driver was asked to end; runs again on resume
    LOST = "lost"  # with the machine or its supervisor; runs again
    REFUSED = "refused"  # couldn't be started: no interpreter, no script, no folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended.

    code: exit code (EXITED) or number of the signal (SIGNALLED); 0 otherwise.
    detail: one sentence for a person, or empty; for REFUSED and LOST why, else what of its files isn't stored, and why.
    seconds: from start to end, as the supervisor's clock measured it.
    """

    ending: Ending
    code: int = 0
    detail: str = ""
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        """True for exit code 0."""
        return self.ending is Ending.EXITED and self.code == 0

    @property
    def runs_again(self) -> bool:
        """True if the job never had its chance: it is run once more, as the next attempt."""
        return self.ending in (Ending.LOST, Ending.INTERRUPTED)

    def sentence(self) -> str:
        """What happened, in words: `ended with exit code 3`."""
        match self.ending:
            case Ending.EXITED:
                return f"ended with exit code {self.code}"
            case Ending.SIGNALLED:
                return f"was killed by signal {self.code}"
            case Ending.TIMED_OUT:
                return f"was stopped at its time limit, after {self.seconds:.1f} s"
            case Ending.REFUSED:
                return f"could not be started: {self.detail}"
            case _:
                return f"was {self.ending.value}"
