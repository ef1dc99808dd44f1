"""Recovery: what a killed driver had recorded and not seen done.

Every wish is recorded before it is performed, so what a new driver has to do
again can be read from the state. Doing it twice is harmless: a job is taken
up rather than started, a model wish is granted once, an answer is a file.
"""

from __future__ import annotations

from collections.abc import Sequence

from hyperstep.engine.events import Event, ModelRequested, StepReady, TrialTableRequested
from hyperstep.engine.state import RunState


def unanswered(state: RunState) -> Sequence[Event]:
    """The recorded questions and wishes that have no recorded answer, jobs aside, in the order of the steps."""
    events: list[Event] = []
    for step in state.open_steps():
        if isinstance(step.ready, StepReady) and not step.answered:
            events.append(step.ready)
        if step.tuning is not None:
            unwritten = (ids for ids, stored in step.tuning.tables.items() if stored is None)
            events += [TrialTableRequested(step=step.id, ids=ids) for ids in unwritten]
            events += [trial.suggestion for trial in step.tuning.open.values() if not trial.answered]
    wishes: list[ModelRequested] = list(state.models.values())
    return [*events, *wishes]
