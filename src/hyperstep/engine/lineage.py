"""Lineage: which step or trial made what a step hands on."""

from __future__ import annotations

from dataclasses import replace

from hyperstep.engine.events import ModelRequested
from hyperstep.engine.ids import trial_id, trial_of
from hyperstep.engine.state import RunState, StepState


def maker_of(step: StepState) -> str:
    """The step that computed what a step hands on: itself, or the earlier one whose result it took."""
    return (step.ended.reused if step.ended else "") or step.id


def best_trial_of(step: StepState) -> str:
    """The id of a tuning step's best trial, or empty for a plain step."""
    if step.ended is None or step.ended.best is None:
        return ""
    run, _, part = maker_of(step).partition("/")
    return trial_id(run, part, step.ended.best)


def traced(state: RunState, wish: ModelRequested) -> ModelRequested:
    """A script's wish to register a model, with the step and trial that the model comes from if it is an input of its.

    What the script made itself comes from its own step, or its own trial.
    """
    job = state.jobs[wish.job].request.job if wish.job in state.jobs else None
    if job is None or wish.trial or wish.step:
        return wish
    found = (name for name, artifact in job.inputs.items() if artifact.digest == wish.artifact.digest)
    origin = next((job.origins[name] for name in found if name in job.origins), "")
    if not origin:
        return wish
    trial = origin if trial_of(origin) is not None else ""
    return replace(wish, trial=trial, step=origin.rpartition("/")[0] if trial else origin)
