"""Definition: what was asked for, as pages show it: a step's command line, what it takes, the edges of the graph."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from hyperstep.engine.events import RunSubmitted
from hyperstep.pipeline.data import BestFile, Dataset, JobName, Joined, Output, OutputOf, Reference, TrialTable
from hyperstep.pipeline.graph import inputs_of, script_of
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.pipeline import AnyStep
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.values import Value, Values, option_of, text_of


def definition_of(submitted: RunSubmitted, name: str) -> AnyStep:
    """The step of this name."""
    return next(step for step in submitted.pipeline.steps if step.name == name)


def search_of(submitted: RunSubmitted, name: str) -> TuneStep:
    """The tuning step of this name."""
    found = definition_of(submitted, name)
    assert isinstance(found, TuneStep), "its row says that it tunes"
    return found


def command_line(submitted: RunSubmitted, step: AnyStep, values: Values | None = None) -> str:
    """What is run, for people: data stands as what it is, in braces, since its path is each job's own."""
    script = script_of(step)
    if script is None:
        return ""
    words = [script.command] if script.command else ["python", shlex.quote(script.script)]
    words += [_word(argument, submitted.parameters) for argument in script.arguments]
    if isinstance(step, TuneStep) and step.options and values:
        for name in sorted(values, key=option_of):
            words += [option_of(name), shlex.quote(text_of(values[name]))]
    return " ".join(words)


def _word(argument: object, parameters: Mapping[str, Value]) -> str:
    match argument:
        case Parameter(name=name):
            return shlex.quote(text_of(parameters[name]))
        case Output(name=name):
            return f"{{{name}}}"
        case OutputOf() | BestFile() | TrialTable() | Dataset():
            return f"{{{described(argument)}}}"
        case JobName(form=form):
            return form
        case Joined(parts=parts):
            return "".join(_word(part, parameters) for part in parts)
        case bool() | int() | float() | str():
            return shlex.quote(text_of(argument))
        case _:
            return "{…}"


def described(reference: Reference) -> str:
    """A reference in a few words: `data of prepare`."""
    match reference:
        case OutputOf(step=step, name=name):
            return f"{name} of {step}"
        case BestFile(step=step, path=path):
            return f"{path} of the best trial of {step}"
        case TrialTable(step=step):
            return f"table of trials of {step}"
        case Dataset(path=path):
            return path


def takes(step: AnyStep) -> Sequence[tuple[str, str]]:
    """What a step takes: in words, and the name of the step that makes it, or empty."""
    return [(described(one), "" if isinstance(one, Dataset) else one.step) for one in inputs_of(step)]


def makes(step: AnyStep) -> Sequence[str]:
    """The names of the outputs that a step declares."""
    script = script_of(step)
    if isinstance(step, RegisterStep):
        return [f"model {step.model}"]
    return script.outputs if script else ()
