"""Resolve: a step, parameters, artifacts and sampled values become a job."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import RunSubmitted
from hyperstep.engine.ids import JobId, attempt_of, run_of, step_of, trial_of
from hyperstep.engine.job import InputPath, Job, JobArgument, JobPart, JoinedPath, OutputPath
from hyperstep.engine.lineage import best_trial_of, maker_of
from hyperstep.engine.state import RunState, StepState
from hyperstep.pipeline.data import (
    TRIAL_IDS,
    BestFile,
    Dataset,
    JobName,
    Joined,
    Output,
    OutputOf,
    Reference,
    TrialTable,
)
from hyperstep.pipeline.fingerprint import printable
from hyperstep.pipeline.graph import inputs_of, script_of
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.source import Source
from hyperstep.pipeline.step import Argument, Atom, Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.values import Values, option_of, text_of

TABLE = "trials"
"""The name of a search's table among its outputs; one with other ids than ours has them after a colon."""


def table_name(table: TrialTable) -> str:
    """The name of a table among the outputs of its search."""
    return TABLE if table.ids == TRIAL_IDS else f"{TABLE}:{table.ids}"


def source_key(source: Source) -> str:
    """The name of a source in RunSubmitted.sources: its folder, and its own ignore patterns if it has any."""
    return "\n".join((source.folder, *source.ignore))


def script_step(step: StepState) -> Step:
    """The step that a plain step is, or that each trial of a tuning step runs."""
    script = script_of(step.definition)
    assert script is not None, f"{step.id} runs no script"
    return script


def artifact_for(state: RunState, reference: Reference) -> Artifact:
    """What a reference points to. The steps that it comes from have completed."""
    match reference:
        case Dataset(path=path):
            return _submitted(state).datasets[path]
        case OutputOf(step=name, name=output):
            return state.steps[name].outputs[output]
        case BestFile(step=name, path=path):
            return state.steps[name].outputs[path]
        case TrialTable(step=name):
            return state.steps[name].outputs[table_name(reference)]


def input_digests(state: RunState, step: StepState) -> dict[str, str]:
    """What a step takes, by its printable reference: the digests that its fingerprint is made of."""
    digests = {}
    for reference in inputs_of(step.definition):
        artifact = artifact_for(state, reference)
        digests[printable(reference)] = f"{artifact.digest}/{artifact.member}" if artifact.member else artifact.digest
    return digests


def job_for(state: RunState, step: StepState, job: JobId, values: Values | None = None) -> Job:
    """The order to run a step's script, or one trial of it with these values."""
    definition = script_step(step)
    submitted = _submitted(state)
    names = _input_names(definition)
    tune = step.definition if isinstance(step.definition, TuneStep) else None

    called = _called(submitted, step, job)

    def said(argument: Argument) -> JobArgument:
        if isinstance(argument, Joined):
            return JoinedPath(parts=tuple(_said(part, submitted.parameters, names, called) for part in argument.parts))  # type: ignore[arg-type]
        return _said(argument, submitted.parameters, names, called)

    plain = {name: value for name, value in definition.variables.items() if isinstance(value, str)}
    told = {name: said(value) for name, value in definition.variables.items() if name not in plain}
    if tune is not None and tune.variables is not None:
        told |= {f"{tune.variables}{name.lstrip('-')}": text_of(value) for name, value in (values or {}).items()}
    options = options_of(values or {}) if tune is None or tune.options else ()
    return Job(
        id=job,
        script=definition.script,
        command=definition.command,
        arguments=(*map(said, definition.arguments), *options),
        source=submitted.sources[source_key(definition.source)],
        inputs={name: artifact_for(state, reference) for reference, name in names.items()},
        origins={name: _origin(state, reference) for reference, name in names.items() if _origin(state, reference)},
        outputs=definition.outputs,
        environment=definition.environment,
        variables=plain,
        told=told,
        timeout=_shortest(definition.timeout, tune.limits.trial_duration if tune else None),
    )


def _called(submitted: RunSubmitted, step: StepState, job: JobId) -> dict[str, str | int]:
    """What a JobName is filled in with."""
    position = [other.name for other in submitted.pipeline.steps].index(step.definition.name)
    trial = trial_of(job)
    return {
        "run": run_of(job),
        "step": step_of(job),
        "position": position,
        "trial": "" if trial is None else trial,
        "attempt": attempt_of(job),
    }


def _said(
    atom: Atom,
    parameters: Mapping[str, bool | int | float | str],
    names: Mapping[Reference, str],
    called: Mapping[str, str | int],
) -> JobPart:
    match atom:
        case Parameter(name=name):
            return text_of(parameters[name])
        case Output(name=name):
            return OutputPath(name=name)
        case JobName(form=form):
            return form.format_map(called)
        case OutputOf() | BestFile() | TrialTable() | Dataset():
            return InputPath(name=names[atom])
        case _:
            return text_of(atom)


def options_of(values: Values) -> tuple[str, ...]:
    """Sampled values as they follow a script's own arguments, sorted by name: equal values are one text."""
    pairs = sorted((option_of(name), text_of(value)) for name, value in values.items())
    return tuple(text for pair in pairs for text in pair)


def _input_names(step: Step) -> dict[Reference, str]:
    """A file name for each thing that a step takes: that of the thing itself; a second of one name gets a number."""
    names: dict[Reference, str] = {}
    for reference in inputs_of(step):
        match reference:
            case OutputOf(name=name):
                plain = name
            case TrialTable():
                plain = "trials.json"
            case BestFile(path=path) | Dataset(path=path):
                plain = PurePosixPath(path).name or "data"
        unique, number = plain, 1
        while unique in names.values():
            number += 1
            unique = f"{number}-{plain}"
        names[reference] = unique
    return names


def _origin(state: RunState, reference: Reference) -> str:
    """The trial or step that made what a reference points to, or empty for what comes from outside."""
    if isinstance(reference, Dataset):
        return ""
    maker = state.steps[reference.step]
    return maker_of(maker) if isinstance(reference, TrialTable) else best_trial_of(maker) or maker_of(maker)


def _shortest(one: float | None, other: float | None) -> float | None:
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits, default=None)


def _submitted(state: RunState) -> RunSubmitted:
    assert state.submitted is not None, "nothing is resolved before RunSubmitted"
    return state.submitted
