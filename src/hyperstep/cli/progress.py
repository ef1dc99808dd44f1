"""Progress: how far a run is, folded from its events, for whoever watches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hyperstep.engine.events import JobEnded, ModelRegistered, Recorded, StepEnded, StepReady, TrialAnswered, TrialEnded
from hyperstep.engine.ids import owner_of, trial_of
from hyperstep.engine.state import RunState, StepState
from hyperstep.engine.tuning_state import TuneState
from hyperstep.search.history import History
from hyperstep.search.trial import Trial, TrialStatus

ENOUGH = 2
"""Ended trials from which on the time left is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A tuning step as it stands.

    total: how many trials there will be at most. left: seconds until it ends, None if that can't be said yet.
    best: the best completed trial, or before there is one, the best running one; None if none has a score.
    """

    total: int
    counts: Mapping[TrialStatus, int]
    best: Trial | None
    score: float | None
    left: float | None

    @property
    def ended(self) -> int:
        """Trials that are over, in whichever way."""
        return sum(count for status, count in self.counts.items() if status is not TrialStatus.RUNNING)


class Progress:
    """A run's state, how long its parts took, and what it registered."""

    def __init__(self, run: str, recorded: Iterable[Recorded] = ()) -> None:
        self.state = RunState(run)
        self.models: list[ModelRegistered] = []
        self.taken: dict[str, str] = {}  # earlier trial whose result was taken, by trial
        self._number = 0
        self._ready: dict[str, float] = {}  # elapsed at which a step became ready
        self._took: dict[str, float] = {}  # seconds, by step or trial
        self._ended: dict[str, Counter[TrialStatus]] = {}  # by tuning step
        self._jobs: dict[str, tuple[int, float]] = {}  # jobs that had their chance, and their seconds, by tuning step
        for one in recorded:
            self.hear(one)

    def hear(self, recorded: Recorded) -> bool:
        """Take in an event; False if it was known already."""
        if recorded.number <= self._number:
            return False
        self._number = recorded.number
        self.state.apply(recorded)
        match recorded.event:
            case StepReady(step=step):
                self._ready[step] = recorded.elapsed
            case StepEnded(step=step) if step in self._ready:
                self._took[step] = recorded.elapsed - self._ready[step]
            case JobEnded(job=job, outcome=outcome) if trial_of(job) is not None:
                self._took[owner_of(job)] = outcome.seconds
                if not outcome.runs_again:
                    self._count_job(self.state.step_of(job).id, outcome.seconds)
            case TrialAnswered(step=step, number=trial, found=found) if found:
                self.taken[f"{step}/{trial}"] = found
            case TrialEnded(step=step, status=status):
                self._ended.setdefault(step, Counter())[status] += 1
            case ModelRegistered():
                self.models.append(recorded.event)
        return True

    def word(self, step: StepState) -> str:
        """Where a step stands, in one word."""
        if step.ended is not None:
            return "reused" if step.ended.reused else step.ended.result.value
        return "running" if step.ready is not None else "waiting"

    def seconds(self, identity: str) -> float | None:
        """How long an ended step or trial took; None if that isn't known, as after a restart of the machine."""
        took = self._took.get(identity)
        return took if took is not None and took >= 0 else None

    def running_for(self, step: StepState, now: float) -> float | None:
        """Seconds since a step that runs was ready; `now` on the clock of the log."""
        since = self._ready.get(step.id)
        return now - since if since is not None and step.ended is None and now >= since else None

    def search(self, step: StepState) -> Search | None:
        """How far a tuning step is, or None for another kind of step."""
        tuning = step.tuning
        if tuning is None:
            return None
        limits, size = tuning.step.limits, tuning.step.space.size
        total = tuning.history.suggested if tuning.exhausted else min(limits.trials, size or limits.trials)
        history = tuning.history
        counts = Counter(self._ended.get(step.id, ()))
        counts[TrialStatus.RUNNING] = len(history.running)
        best = best_so_far(history)
        return Search(
            total=total,
            counts=counts,
            best=best,
            score=None if best is None else history.score(best.number),
            left=self._left(step, tuning, total - len(history.finished)),
        )

    def _left(self, step: StepState, tuning: TuneState, trials: int) -> float | None:
        jobs, seconds = self._jobs.get(step.id, (0, 0.0))
        if step.ended is not None or jobs < ENOUGH or trials <= 0:
            return None
        return seconds / jobs * trials / min(tuning.step.limits.concurrent, trials)

    def _count_job(self, step: str, seconds: float) -> None:
        jobs, before = self._jobs.get(step, (0, 0.0))
        self._jobs[step] = (jobs + 1, before + seconds)


def best_so_far(history: History) -> Trial | None:
    """The best completed trial; before there is one, the running trial with the best score."""
    best = history.best()
    if best is not None:
        return best
    holder = history.holder()
    return history.trial(holder) if holder is not None and holder in history.running else None
