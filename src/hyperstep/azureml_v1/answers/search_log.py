"""The log of a search in the form of HyperDrive's, written from the events of its run.

One line for each thing that happened: `<START>[time][part][INFO]text<END>`. The part is GENERATOR for values that were
drawn, SCHEDULER for child runs, API for the search itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from hyperstep.azureml_v1 import identity
from hyperstep.azureml_v1.answers.runs import trial_state
from hyperstep.azureml_v1.run import STATUSES
from hyperstep.engine.events import (
    JobRequested,
    JobStopRequested,
    Recorded,
    SearchExhausted,
    StepEnded,
    StepReady,
    TrialAnswered,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.ids import attempt_of, trial_of
from hyperstep.store import queries

KINDS = (
    JobRequested,
    JobStopRequested,
    SearchExhausted,
    StepEnded,
    StepReady,
    TrialAnswered,
    TrialEnded,
    TrialSuggested,
)

_TRIALS = "limits.trials allows "
"""Stands in the engine's own words before the number that v1 code calls max_total_runs."""

Line = tuple[str, str]  # the part that says it, and what


def search_log(db: queries.Db, run: str, position: int) -> str:
    """All lines so far; empty before the search has begun. position: of the search's step in its run."""
    step = queries.steps(db, run)[position].id
    search = identity.written(identity.Identity(identity.SEARCH, run, position))
    states = {
        row.number: trial_state(row, queries.job(db, row.job) if row.job else None) for row in queries.trials(db, step)
    }
    lines = (
        (recorded.at, *line)
        for recorded in queries.events(db, run, KINDS)
        if _step_of(recorded) == step
        for line in _lines(recorded, search, states)
    )
    return "".join(f"<START>[{_time(at)}][{part}][INFO]{said}<END>\n" for at, part, said in lines)


def _step_of(recorded: Recorded) -> str:
    match recorded.event:
        case JobRequested(job=job):
            return job.id.rpartition("/")[0]
        case JobStopRequested(job=job):
            return job.rpartition("/")[0]
        case SearchExhausted() | StepEnded() | StepReady() | TrialAnswered() | TrialEnded() | TrialSuggested() as event:
            return event.step
    raise AssertionError(f"{recorded.event} is of none of the kinds that are asked for")


def _lines(recorded: Recorded, search: str, states: Mapping[int, str]) -> Iterator[Line]:
    match recorded.event:
        case StepReady():
            yield "API", f"The search {search} begins."
        case TrialSuggested(number=number, values=values):
            yield "GENERATOR", f"Sampled {search}_{number}: {json.dumps(dict(values))}"
        case TrialAnswered(number=number, found=found) if found:
            yield "GENERATOR", f"{search}_{number} computes what {found} has computed, whose result is taken."
        case SearchExhausted(reason=reason):
            yield "GENERATOR", reason or "Could not sample any more jobs from the space."
        case JobRequested(job=job):
            again = f", attempt {attempt_of(job.id) + 1}" if attempt_of(job.id) else ""
            yield "SCHEDULER", f"Starting {search}_{trial_of(job.id)}{again}."
        case JobStopRequested(job=job, by=by, reason=reason):
            yield "SCHEDULER", f"Cancelling {search}_{trial_of(job)}, by {by}: {reason}"
        case TrialEnded(number=number, score=score, reason=reason):
            best = "no primary metric" if score is None else f"best primary metric {score!r}"
            why = f": {reason}" if reason else ""
            yield "SCHEDULER", f"{search}_{number} is {STATUSES[states[number]]}, {best}{why}"
        case StepEnded(result=result, best=number, reused=reused, reason=reason, notes=notes):
            for note in notes:
                yield "API", note.replace(_TRIALS, "max_total_runs allows ")
            best = "" if number is None else f"; the best child run is {search}_{number}"
            taken = f"; its result is that of {reused}" if reused else ""
            yield "API", f"The search is {STATUSES[result.value]}{best}{taken}{f': {reason}' if reason else ''}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
