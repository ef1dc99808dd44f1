"""What people and programs ask for, as events: they are appended by any process, beside whoever drives a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.ids import StepId
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.search.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSubmitted:
    """A person or program asked for a run.

    parameters: every parameter of the pipeline with the value it has in this run.
    sources: stored tree by source folder, as the definition names it.
    code: digest of what counts as a step's code, by the step's name; the whole source tree where a name lacks.
    datasets: stored file or tree by path, as the definition names it.
    prior: trials of earlier searches that a tuning step learns from, by the step's name.
    installed: digest of the interpreter's version and installed packages, by its path (empty for our own).
    fresh: True to compute every step, whatever could be reused.
    origin: what to run again by hand: the file or module given to `hyperstep run`, or empty.
    labels: what whoever submitted it wants to find it by; hyperstep doesn't look at them.
    keep_going: False to stop the other steps when one fails.
    queued: True if it waits for the workspace's server to drive it.
    published: name and version of the published pipeline that it is a run of, `ridge/3`, or empty.
    request: what whoever submitted it calls this submission, so that it is made once, or empty.
    asked: digest of all that was asked for with it; empty without a request.
    """

    pipeline: Pipeline
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    sources: Mapping[str, Artifact] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, Artifact] = field(default_factory=dict)
    prior: Mapping[str, tuple[Trial, ...]] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    origin: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    keep_going: bool = True
    queued: bool = False
    published: str = ""
    request: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelRequested:
    """A person or program asked to end the run; what runs is stopped."""

    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStopRequested:
    """A person or program asked to stop one trial; what it has scored so far is kept."""

    step: StepId
    number: int
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStopRequested:
    """A person or program asked that a search tries nothing more; the trials that run go on to their end."""

    step: StepId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDeleted:
    """A person or program wants to see a run that has ended no more. What later runs and models need of it stays."""

    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelinePublished:
    """A pipeline can be run by its name, without its file; it belongs to no run.

    version: counts from 1 within the name. submission: what a run of it is asked for with, less other parameters.
    """

    name: str
    version: int
    submission: RunSubmitted
    description: str = ""
