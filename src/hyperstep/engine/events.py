"""Everything that can happen in a run, as frozen values.

The log of these is the truth; all else is folded or projected from it. An
event is written before it is performed, carries ids and values and never
objects, and stays readable for ever: fields may be added with a default,
never renamed or removed.

Events that ask for something to be done: JobRequested, JobStopRequested,
ModelRequested, TrialTableRequested; StepReady asks for an equal earlier
result. The rest say what is so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from hyperstep.engine.artifact import Artifact, Member
from hyperstep.engine.ids import JobId, StepId
from hyperstep.engine.job import Job, Outcome
from hyperstep.engine.requests import PipelinePublished as PipelinePublished
from hyperstep.engine.requests import RunCancelRequested as RunCancelRequested
from hyperstep.engine.requests import RunDeleted as RunDeleted
from hyperstep.engine.requests import RunSubmitted as RunSubmitted
from hyperstep.engine.requests import SearchStopRequested as SearchStopRequested
from hyperstep.engine.requests import TrialStopRequested as TrialStopRequested
from hyperstep.engine.storage import StorageBack, StorageFailed
from hyperstep.pipeline.data import TRIAL_IDS
from hyperstep.search.trial import TrialStatus
from hyperstep.search.values import Values


class Result(Enum):
    """How a step or a run can end."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # a step whose predecessor didn't complete


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverStarted:
    """A driver took the run up, first or again.

    boot: identity of the machine's boot; elapsed seconds are comparable within one boot only.
    """

    pid: int
    host: str = ""
    boot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReady:
    """All that a step waits for is there; its fingerprint says what it would compute.

    trials: what each trial of a tuning step would compute, but for its values; empty if no earlier one may be taken.
    fingerprint: digest over `parts`; parts: digest or text by what it stands for, so that two can be compared in words.
    reusable: False if the step or the run asked to compute anew; then no answer is awaited.
    """

    step: StepId
    fingerprint: str
    parts: Mapping[str, str] = field(default_factory=dict)
    reusable: bool = True
    trials: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseAnswered:
    """An earlier step with the same fingerprint, or the answer that there is none.

    reused: id of the step whose result is taken, or empty.
    outputs: its outputs, as in StepEnded.
    """

    step: StepId
    reused: StepId = ""
    outputs: Mapping[str, Artifact] = field(default_factory=dict)
    best: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSuggested:
    """A sampler proposed values; trials are numbered from 0.

    key: digest of all that the trial computes: script, code, inputs, environment, values. Empty if no earlier trial's
        result may be taken; else it is looked for before a job is requested.
    policy: digest of the policy that the trial is under.
    """

    step: StepId
    number: int
    values: Values
    key: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialAnswered:
    """An earlier trial that computed the same, or the answer that there is none.

    found: the earlier trial's id, or empty. scores and outputs: that trial's, as in Trial and StepEnded.
    status and reason: it completed, or was stopped by an equal policy, and why.
    """

    step: StepId
    number: int
    found: str = ""
    scores: tuple[float, ...] = ()
    outputs: Mapping[str, Artifact] = field(default_factory=dict)
    status: TrialStatus = TrialStatus.COMPLETED
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded:
    """A trial is over and counts as `status`.

    score: its best finite value of the primary metric, None if it never logged one.
    reason: why it was stopped or failed, with the numbers; what isn't stored, or empty, if it completed.
    """

    step: StepId
    number: int
    status: TrialStatus
    score: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTableRequested:
    """The table of a step's trials is to be written, since another step takes it.

    ids: what a trial is called there, as in TrialTable.
    """

    step: StepId
    ids: str = TRIAL_IDS


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTableStored:
    """The table of a step's trials is in the artifact store."""

    step: StepId
    artifact: Artifact
    ids: str = TRIAL_IDS


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchExhausted:
    """The sampler proposes nothing more: every combination of a finite space was tried, or it can't.

    reason: why it can't, or empty.
    """

    step: StepId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequested:
    """A job is to be started; recorded before it is."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    """A job's process runs.

    start: `fork` or `spawn`; reason: why, in words, if it isn't what the Environment would have got by itself.
    """

    job: JobId
    pid: int
    host: str = ""
    start: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One value that a script logged: NaN and infinities are kept; step is the script's own counter or None.

    at: seconds since the epoch, by the job's clock; a label, nothing else.
    """

    name: str
    value: float
    step: int | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsLogged:
    """A script logged values, in this order; `through` is the number of its last message so far recorded."""

    job: JobId
    points: tuple[Point, ...]
    through: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A script set a tag."""

    job: JobId
    key: str
    value: str
    through: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactStored:
    """Something that a job made is in the artifact store.

    name: an output's name; `outputs` for the folder of that name in the working folder; or what a script called it.
    members: the files of a tree, at most 1,000 of them, sorted by path.
    through: number of the message that asked for it, 0 if none did.
    """

    job: JobId
    name: str
    artifact: Artifact
    members: tuple[Member, ...] = ()
    through: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStopRequested:
    """A job is to be stopped, and why, in words and numbers; recorded before it is.

    by: `policy`, `limit`, `cancel`, `person`, or `failure`, of another step.
    """

    job: JobId
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded:
    """A job and all it started are gone. Counted once, whatever happens."""

    job: JobId
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequested:
    """A model is to be registered; recorded before it is.

    request: names this wish for ever, so that it is granted once: a step's id; a job's id, `#` and a message number; or
        `hand/` and a random name, of a person's or program's outside of any job.
    job: the job whose script waits for the answer, or empty.
    trial: the trial that the artifact comes from, if it comes from a search, or empty.
    """

    request: str
    name: str
    artifact: Artifact
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    step: StepId = ""
    job: JobId = ""
    trial: str = ""
    through: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRegistered:
    """A model has a new version, numbered from 1."""

    request: str
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAliased:
    """A person or program pointed an alias to a version of a model; recorded in the run that made the version."""

    name: str
    alias: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded:
    """A step is over.

    outputs: artifact by output name, and each file or folder that was written below `outputs/` by its path; of a
        tuning step those of its best trial, and `trials`, its table, if another step takes it.
    best: number of the best trial, of a tuning step that completed.
    reused: id of the step whose result was taken, or empty.
    reason: one or more sentences for a person, if it didn't complete.
    notes: sentences that a person should read even so: a policy that never could act, a space that ran out.
    """

    step: StepId
    result: Result
    outputs: Mapping[str, Artifact] = field(default_factory=dict)
    best: int | None = None
    reused: StepId = ""
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A run is over; reason: for a person, if it didn't complete."""

    result: Result
    reason: str = ""


Event = (
    RunSubmitted
    | RunCancelRequested
    | TrialStopRequested
    | SearchStopRequested
    | RunDeleted
    | PipelinePublished
    | DriverStarted
    | StorageFailed
    | StorageBack
    | StepReady
    | ReuseAnswered
    | TrialSuggested
    | TrialAnswered
    | TrialEnded
    | TrialTableRequested
    | TrialTableStored
    | SearchExhausted
    | JobRequested
    | JobStarted
    | MetricsLogged
    | Tagged
    | ArtifactStored
    | JobStopRequested
    | JobEnded
    | ModelRequested
    | ModelRegistered
    | ModelAliased
    | StepEnded
    | RunEnded
)

AskedByOthers = RunCancelRequested | TrialStopRequested | SearchStopRequested
"""What other processes append to a run that a driver advances."""

JobEvent = JobStarted | MetricsLogged | Tagged | ArtifactStored | ModelRequested | JobEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event in the log.

    number: position in the workspace's log, from 1, without gaps.
    at: seconds since the epoch, a label. elapsed: seconds on a clock that never jumps, within one boot.
    """

    number: int
    run: str
    at: float
    elapsed: float
    event: Event
