"""Lines: a run as it is told where no terminal is looking, one line for each notable event."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self, TextIO

from hyperstep.cli.progress import Progress, Search
from hyperstep.cli.text import visible
from hyperstep.engine.events import (
    Event,
    JobEnded,
    JobStarted,
    ModelRegistered,
    Recorded,
    Result,
    StepEnded,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.ids import trial_of
from hyperstep.search.trial import TrialStatus
from hyperstep.wording import counted, duration, number, options


def tally(search: Search) -> str:
    """`12 of 40 done, 3 of them stopped, 1 failed`."""
    parts = [
        f"{search.counts[status]} {status.value}"
        for status in (TrialStatus.STOPPED, TrialStatus.FAILED, TrialStatus.CANCELLED)
        if search.counts[status]
    ]
    return f"{search.ended} of {search.total} done" + (f", of them {', '.join(parts)}" if parts else "")


def line(progress: Progress, event: Event) -> str | None:
    """What an event that `progress` has just taken in tells a person, or None if it isn't notable."""
    match event:
        case JobStarted(job=job) if trial_of(job) is None:
            return f"{progress.state.step_of(job).id}  running"
        case TrialSuggested(step=step, number=trial, values=values):
            return f"{step}/{trial}  {options(values)}"
        case TrialEnded():
            return _trial_line(progress, event)
        case JobEnded(job=job, outcome=outcome) if outcome.runs_again:
            return f"{job}  {outcome.sentence()}; it runs again"
        case ModelRegistered(name=name, version=version):
            return f"{name}  version {version} registered"
        case StepEnded():
            return _step_line(progress, event)
        case _:
            return None


def _trial_line(progress: Progress, event: TrialEnded) -> str:
    step = progress.state.step_of(event.step)
    search = progress.search(step)
    assert search is not None, "trials belong to tuning steps"
    identity = f"{event.step}/{event.number}"
    took = progress.seconds(identity)
    words = f"{identity}  {event.status.value}" + (f" after {duration(took)}" if took is not None else "")
    if event.score is not None and step.tuning is not None:
        words += f", {step.tuning.step.metric.name} {number(event.score)}"
    if search.best is not None and search.best.number == event.number and event.status is TrialStatus.COMPLETED:
        words += ", the best so far"
    if identity in progress.taken:
        words += f", taken from {progress.taken[identity]}"
    if event.reason:
        words += f": {event.reason}"
    return f"{words} ({tally(search)})"


def _step_line(progress: Progress, event: StepEnded) -> str:
    step = progress.state.step_of(event.step)
    took = progress.seconds(event.step)
    word = progress.word(step)
    if event.reused:
        return f"{event.step}  reused from {event.reused}"
    words = f"{event.step}  {word}" + (f" after {duration(took)}" if took is not None else "")
    if event.result is Result.COMPLETED and event.best is not None:
        words += f": trial {event.best} of {counted(_tried(progress, event.step), 'trial')} is best"
    return words + (f": {event.reason}" if event.reason else "")


def _tried(progress: Progress, step: str) -> int:
    tuning = progress.state.step_of(step).tuning
    return 0 if tuning is None else tuning.history.suggested


class Lines:
    """Prints the line of each event that it hears."""

    def __init__(self, progress: Progress, out: TextIO | None = None) -> None:
        self._progress = progress
        self._out = out or sys.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put back."""

    def hear(self, recorded: Recorded) -> None:
        """Take in an event, and print it if it is notable."""
        if self._progress.hear(recorded):
            told = line(self._progress, recorded.event)
            if told is not None:
                self.say(told)

    def say(self, text: str) -> None:
        """Print a text of our own at once."""
        print(visible(text), file=self._out, flush=True)
