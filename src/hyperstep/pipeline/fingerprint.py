"""Fingerprint: whether a step would compute the same thing again.

It covers what a script is given: its name, code, arguments, the bytes of its inputs, its environment; of a tuning step
also the search. Time limits of a plain step aren't part of it: a step that ended within one limit computes the same
under another.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from hyperstep.document import KIND, Json, digest, encode
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
from hyperstep.pipeline.graph import AnyStep
from hyperstep.pipeline.parameter import Parameter, ParameterValue
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Argument, Step
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.values import text_of

BLIND_SAMPLERS = (RandomSampler, GridSampler, SobolSampler)
"""Samplers whose n-th proposal is the same whatever the trials before it scored."""

_DIGESTS = ("code", "environment", "Python installation", "input ", "variable ")


def fingerprint(
    step: AnyStep,
    *,
    parameters: Mapping[str, ParameterValue],
    source: str,
    inputs: Mapping[str, str],
    installed: str = "",
) -> tuple[str, dict[str, str]]:
    """A digest that two steps share if they would compute the same, and the parts it is made of.

    parameters: the value of every parameter that the step uses, by name; others don't matter.
    source: digest of the tree that holds the script; empty for a RegisterStep.
    inputs: digest by printable reference, as `printable` writes it.
    installed: digest of the interpreter's version and packages, or empty if it isn't known.
    The parts are for people: text or a digest by what it stands for, such as `parameter test_size`.
    """
    parts = _register_parts(step) if isinstance(step, RegisterStep) else _script_parts(step, parameters, source)
    parts |= {f"input {name}": inputs[name] for name in sorted(inputs)}
    if installed:
        parts["Python installation"] = installed
    return digest(parts), parts


def printable(reference: Reference) -> str:
    """A reference in words: `data_X of 01_prep_data`."""
    match reference:
        case OutputOf(step, name):
            return f"{name} of {step}"
        case BestFile(step, path):
            return f"{path} of the best trial of {step}"
        case TrialTable(step, ids):
            return f"trials of {step}" if ids == TRIAL_IDS else f"trials of {step} as {ids}"
        case Dataset(path):
            return f"file {path}"


def differences(earlier: Mapping[str, str], later: Mapping[str, str]) -> tuple[str, ...]:
    """What is not the same in two fingerprints' parts, one sentence each: `parameter a was 1 and is 2`."""
    sentences = []
    for part in dict.fromkeys((*later, *earlier)):
        before, now = earlier.get(part), later.get(part)
        if before == now:
            continue
        if part.startswith(_DIGESTS):
            what = "is new" if before is None else "is gone" if now is None else "changed"
            sentences.append(f"the {part} {what}")
        elif before is None:
            sentences.append(f"{part} is new: {now}")
        elif now is None:
            sentences.append(f"{part} is gone; it was {before}")
        else:
            sentences.append(f"{part} was {before} and is {now}")
    return tuple(sentences)


def _register_parts(step: RegisterStep) -> dict[str, str]:
    return {
        "model": step.model,
        "aliases": shlex.join(step.aliases),
        "tags": shlex.join(f"{key}={step.tags[key]}" for key in sorted(step.tags)),
    }


def _script_parts(step: Step | TuneStep, parameters: Mapping[str, ParameterValue], source: str) -> dict[str, str]:
    script = step.step if isinstance(step, TuneStep) else step
    what = {"command": script.command} if script.command else {"script": script.script}
    parts = {**what, "arguments": " ".join(_word(item) for item in script.arguments)}
    for item in script.atoms:
        if isinstance(item, Parameter):
            parts[f"parameter {item.name}"] = text_of(parameters[item.name])
    parts["code"] = source
    parts |= {f"variable {name}": digest(_value(script.variables[name])) for name in sorted(script.variables)}
    parts["environment"] = digest(script.environment)
    return parts | _search_parts(step) if isinstance(step, TuneStep) else parts


def _word(argument: Argument) -> str:
    """One argument as a shell would need it quoted; what isn't literal stands in unquoted angle brackets."""
    match argument:
        case Parameter(name, _):
            return f"<parameter {shlex.quote(name)}>"
        case Output(name):
            return f"<output {shlex.quote(name)}>"
        case JobName(form, counts=counts):
            return f"<name {shlex.quote(form)}>" if counts else "<name>"
        case Joined(parts):
            return "".join(_word(part) for part in parts)  # type: ignore[arg-type]  # checked when the step was made
        case OutputOf() | BestFile() | TrialTable() | Dataset():
            return f"<input {shlex.quote(printable(argument))}>"
        case _:
            return shlex.quote(text_of(argument))


def _value(variable: Argument) -> str | list[str]:
    """The text of a variable, or how it is found, which nothing takes for a text."""
    return text_of(variable) if isinstance(variable, str | bool | int | float) else [_word(variable)]


def _search_parts(step: TuneStep) -> dict[str, str]:
    """The search in words.

    The number of concurrent trials counts, since it decides what a sampler or policy has seen when it is asked;
    unless nothing looks back: no policy, no limit of time, and a sampler that ignores scores.
    """
    limits = step.limits
    blind = isinstance(step.sampler, BLIND_SAMPLERS) and isinstance(step.policy, NoPolicy) and limits.duration is None
    parts = {"search space": ", ".join(step.space.names)}
    parts |= {f"distribution of {name}": _words(encode(axis)) for name, axis in step.space.dimensions.items()}
    return parts | {
        "sampler": _words(encode(step.sampler)),
        "policy": _words(encode(step.policy)),
        "metric": f"{step.metric.goal.value} {step.metric.name}",
        **({"first": _words(encode(step.first))} if step.first else {}),
        **({} if step.options else {"options": "none"}),
        **({} if step.variables is None else {"variables": f"{step.variables}..."}),
        **({"resume_from": ", ".join(step.resume_from)} if step.resume_from else {}),
        "limits": _words(encode(replace(limits, concurrent=1) if blind else limits)),
    }


def _words(document: Json) -> str:
    """A document as Python would show the value: `Uniform(low=0.05, high=1.0)`."""
    if isinstance(document, list):
        return f"({', '.join(map(_words, document))})"
    if not isinstance(document, dict):
        return repr(document)
    pairs = ", ".join(f"{key}={_words(item)}" for key, item in document.items() if key != KIND)
    return f"{document.get(KIND, 'dict')}({pairs})"
