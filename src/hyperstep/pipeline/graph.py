"""The DAG: who waits for whom, in which order, and what each step takes from others.

Steps are nodes in the order they were declared. An edge is data that one step
makes and another takes, or a name in `after`.
"""

from __future__ import annotations

from typing import Protocol

from hyperstep.errors import GraphError
from hyperstep.pipeline.data import BestFile, Dataset, OutputOf, Reference, TrialTable
from hyperstep.pipeline.names import LONGEST_SLUG, slug
from hyperstep.pipeline.register import RegisterStep
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import TuneStep

AnyStep = Step | TuneStep | RegisterStep


class HasSteps(Protocol):
    """A pipeline, as far as its graph goes."""

    @property
    def steps(self) -> tuple[AnyStep, ...]: ...


def slugs(pipeline: HasSteps) -> dict[str, str]:
    """Each step's part of an id, by the step's name, in the order of declaration.

    Two names that have one slug are told apart by a number: `prep data` is `prep-data`, `prep-data` is `prep-data-2`.
    """
    taken: dict[str, str] = {}
    for step in pipeline.steps:
        plain = unique = slug(step.name)
        number = 1
        while unique in taken.values():
            number += 1
            ending = f"-{number}"
            unique = plain[: LONGEST_SLUG - len(ending)] + ending
        taken[step.name] = unique
    return taken


def script_of(step: AnyStep) -> Step | None:
    """The step that says which script is run: itself, what a tuning step wraps, or None if no script is."""
    match step:
        case TuneStep():
            return step.step
        case Step():
            return step
        case _:
            return None


def inputs_of(step: AnyStep) -> tuple[Reference, ...]:
    """What a step takes from other steps and from outside, each once, in the order of its arguments and variables."""
    if isinstance(step, RegisterStep):
        return (step.artifact,)
    script = step.step if isinstance(step, TuneStep) else step
    references = (item for item in script.atoms if isinstance(item, (OutputOf, BestFile, TrialTable, Dataset)))
    return tuple(dict.fromkeys(references))


def after_of(step: AnyStep) -> tuple[str, ...]:
    """The steps that a step follows though no data flows."""
    return step.step.after if isinstance(step, TuneStep) else step.after


def predecessors(pipeline: HasSteps) -> dict[str, frozenset[str]]:
    """The names of the steps that must have ended before a step is ready, by the step's name."""
    return {
        step.name: frozenset(after_of(step)) | {item.step for item in inputs_of(step) if not isinstance(item, Dataset)}
        for step in pipeline.steps
    }


def order(pipeline: HasSteps) -> tuple[str, ...]:
    """The steps' names such that each comes after all it waits for; else as they were declared.

    Raises GraphError, naming the path, if steps wait for each other.
    """
    waiting = predecessors(pipeline)
    done: dict[str, None] = {}
    while waiting:
        ready = next((name for name, before in waiting.items() if before <= done.keys()), None)
        if ready is None:
            path = cycle(waiting)
            raise GraphError(
                f"These steps wait for each other: {' -> '.join(path)}, where an arrow means 'waits for'. "
                f"Remove one of these inputs, or one name from an `after`."
            )
        del waiting[ready]
        done[ready] = None
    return tuple(done)


def cycle(waiting: dict[str, frozenset[str]]) -> tuple[str, ...]:
    """A path of steps from one back to itself, each waiting for the next.

    waiting: steps of which each waits for at least one of the others, or for itself.
    """
    path: list[str] = []
    name = next(iter(waiting))
    while name not in path:
        path.append(name)
        name = next(other for other in waiting if other in waiting[path[-1]])
    return (*path[path.index(name) :], name)
