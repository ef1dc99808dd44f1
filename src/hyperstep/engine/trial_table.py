"""The table of a search's trials: what each logged, as other steps read it."""

from __future__ import annotations

from collections import defaultdict

from hyperstep.engine.events import MetricsLogged, RunSubmitted, TrialAnswered
from hyperstep.engine.ids import StepId, run_of, step_of, trial_of
from hyperstep.engine.interfaces import EventLog
from hyperstep.pipeline.graph import slugs

Logged = dict[str, list[float]]


def trial_table(log: EventLog, step: StepId, ids: str) -> dict[str, Logged]:
    """Every trial's metrics, of its last attempt, in the order of the trials; always lists, as in Azure's metrics file.

    A trial whose result was taken from an earlier one has what that one logged. ids: as in TrialTable.
    """
    logged = _logged(log, step)
    run, part = run_of(step), step_of(step)
    submitted = next(recorded.event for recorded in log.read(run=run) if isinstance(recorded.event, RunSubmitted))
    position = list(slugs(submitted.pipeline).values()).index(part)
    return {
        ids.format(run=run, step=part, position=position, trial=number): logged[number] for number in sorted(logged)
    }


def _logged(log: EventLog, step: StepId) -> dict[int, Logged]:
    found: dict[int, Logged] = {}
    last: dict[int, str] = {}
    taken: dict[StepId, dict[int, int]] = defaultdict(dict)  # by the earlier search: its trial's number by ours
    for recorded in log.read(run=run_of(step)):
        match recorded.event:
            case MetricsLogged(job=job, points=points) if job.startswith(f"{step}/"):
                number = trial_of(job)
                assert number is not None, f"{job} is a trial's"
                if last.setdefault(number, job) != job:
                    found[number], last[number] = {}, job
                for point in points:
                    found.setdefault(number, {}).setdefault(point.name, []).append(point.value)
            case TrialAnswered(step=of, number=number, found=earlier) if of == step and earlier:
                number_there = trial_of(earlier)
                assert number_there is not None, f"{earlier} is a trial's"
                taken[earlier.rpartition("/")[0]][number] = number_there
    for other, numbers in taken.items():
        there = _logged(log, other)
        found |= {ours: there[theirs] for ours, theirs in numbers.items() if theirs in there}
    return found
