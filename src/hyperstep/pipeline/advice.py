"""Advice: what a pipeline may say but gains nothing by, in sentences for its author."""

from __future__ import annotations

from hyperstep.pipeline.data import BestFile, OutputOf, TrialTable
from hyperstep.pipeline.graph import HasSteps, inputs_of
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.samplers.grid import GridSampler


def warnings_of(pipeline: HasSteps) -> tuple[str, ...]:
    """What is legal but useless, one or two sentences each, in the order of the steps."""
    used = {
        reference.step
        for step in pipeline.steps
        for reference in inputs_of(step)
        if isinstance(reference, (OutputOf, BestFile, TrialTable))
    }
    found: list[str] = []
    for step in pipeline.steps:
        if isinstance(step, TuneStep):
            found += _search_warnings(step)
            if step.name not in used:
                found.append(
                    f"No step takes anything from the tuning step {step.name!r}, so its best trial is found and not "
                    f"used. A RegisterStep would make it a model: RegisterStep('name', tune.best_file('outputs/...'))."
                )
    return tuple(found)


def _search_warnings(step: TuneStep) -> list[str]:
    limits, size = step.limits, step.space.size
    found = []
    if isinstance(step.sampler, GridSampler) and size is not None and limits.trials < size:
        found.append(
            f"The grid of {step.name!r} has {size} combinations, but the search ends after {limits.trials} trials: "
            f"the last ones are never tried. Raise Limits.trials to {size}, or use RandomSampler()."
        )
    if limits.concurrent > limits.trials:
        found.append(
            f"{step.name!r} may run {limits.concurrent} trials at once but makes {limits.trials} in all. "
            f"Lower Limits.concurrent."
        )
    if limits.duration is not None and limits.trial_duration is not None and limits.trial_duration > limits.duration:
        found.append(
            f"A trial of {step.name!r} may take {limits.trial_duration:g} s, but the whole search ends after "
            f"{limits.duration:g} s. Lower Limits.trial_duration or raise Limits.duration."
        )
    return found
