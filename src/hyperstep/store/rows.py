"""Rows: what people ask the store for, as frozen values.

Times are seconds since the epoch, None if it hasn't happened. States are the
words that the command line and the interface show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperstep.engine.artifact import Artifact, Member
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.search.values import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run. state: submitted, running, completed, failed, cancelled. labels: as whoever submitted it chose them.

    published: the published pipeline that it is a run of, `ridge/3`, or empty. deleted: nobody wants to see it.
    """

    id: str
    pipeline: str
    state: str
    submitted_at: float
    ended_at: float | None
    reason: str
    origin: str
    parameters: Mapping[str, ParameterValue]
    labels: Mapping[str, str] = field(default_factory=dict)
    published: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """A version of a published pipeline. at: when it was published."""

    name: str
    version: int
    at: float
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRow:
    """A file or folder that a pipeline names as its data. run: the newest that was submitted with these bytes."""

    path: str
    digest: str
    size: int
    kind: str
    run: str
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step of a run.

    kind: step, tune, register. state: waiting, running, completed, reused, failed, cancelled, skipped.
    reused: id of the step whose result was taken, or empty. best: number of a tuning step's best trial.
    metric and goal (maximize, minimize): a tuning step's primary metric, else empty. notes: sentences to show even if
    it completed.
    """

    id: str
    run: str
    name: str
    kind: str
    state: str
    ready_at: float | None
    ended_at: float | None
    reused: str
    best: int | None
    reason: str
    metric: str = ""
    goal: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A trial of a tuning step.

    state: running, completed, stopped, failed, cancelled. reports: how often the primary metric was logged.
    best_score: best finite value of the primary metric; last_score: the newest, whatever it is; None if never logged.
    reason: why it was stopped or failed, or what isn't stored of a completed one, or empty. job: the newest attempt.
    seconds: from its start to its end.
    taken: id of the earlier trial that computed the same and whose result, job included, it took; or empty.
    """

    id: str
    step: str
    number: int
    values: Values
    state: str
    reports: int
    best_score: float | None
    last_score: float | None
    reason: str
    job: str
    seconds: float | None
    taken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job: one attempt to run a script. state: requested, running, or how it ended, in words."""

    id: str
    owner: str
    state: str
    pid: int | None
    start: str
    start_reason: str
    requested_at: float
    started_at: float | None
    ended_at: float | None
    seconds: float | None
    code: int | None
    detail: str
    stop_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One logged value, `number` counting from 0 within its job and name."""

    job: str
    name: str
    number: int
    step: int | None
    value: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRow:
    """Something that a job made. members: the files of a tree, at most 1,000 of them, sorted by path."""

    job: str
    name: str
    at: float
    artifact: Artifact
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A version of a model and where it comes from.

    values and metrics: of the trial or job that made it (last value of each metric), empty if none did.
    source: digest of the code; data: digest of each input by name; environment: digest of its definition.
    """

    name: str
    version: int
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    created_at: float
    run: str
    step: str
    trial: str
    job: str
    digest: str
    size: int
    kind: str
    member: str
    values: Values
    metrics: Mapping[str, float]
    source: str
    data: Mapping[str, str]
    environment: str
