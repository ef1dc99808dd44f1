"""History: what a search has tried so far, and how well it went.

The engine tells it what happens; samplers and policies only read. Each event
costs about as much at 10,000 trials as at ten: what rules compare is kept in
tables by the number of reports, and nothing is scanned again.

Inside, a score is kept as its *merit*: the score itself if more is better,
else its negative, and minus infinity if it isn't a finite number. So more is
always better here, and a score that isn't a number is worse than any other.
"""

from __future__ import annotations

import math
from array import array
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hyperstep.search.goal import Goal
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.search.values import Values, text_of

WORST = -math.inf


@dataclass(slots=True)
class _Running:
    """A trial that has not ended."""

    number: int
    values: Values
    scores: list[float] = field(default_factory=list)  # a list, since a tuple of it shares its numbers
    bests: array[float] = field(default_factory=lambda: array("d"))  # the best merit after 1, 2, … reports
    total: float = 0.0  # of the merits that are finite
    finite: int = 0
    snapshot: Trial | None = None

    def trial(self) -> Trial:
        if self.snapshot is None:
            self.snapshot = Trial(number=self.number, values=self.values, scores=tuple(self.scores))
        return self.snapshot


@dataclass(slots=True)
class _Rung:
    """What all trials had reached after one number of reports."""

    bests: array[float] = field(default_factory=lambda: array("d"))  # best merits, in rising order
    averages: array[float] = field(default_factory=lambda: array("d"))  # running averages of merits, in rising order
    top: float = WORST
    leader: int | None = None

    def add(self, record: _Running) -> None:
        best = record.bests[-1]
        insort(self.bests, best)
        if record.finite and math.isfinite(record.total):
            insort(self.averages, record.total / record.finite)
        if best > self.top:
            self.top, self.leader = best, record.number


class _RunningTrials(Mapping[int, Trial]):
    """Snapshots of the running trials by number, each made when it is asked for."""

    def __init__(self, records: dict[int, _Running]) -> None:
        self._records = records

    def __getitem__(self, number: int) -> Trial:
        return self._records[number].trial()

    def __iter__(self) -> Iterator[int]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


class History:
    """The trials of one search.

    goal: whether more or less of the metric is better.
    prior: trials of earlier searches, oldest first. Rules compare with them under the numbers -1, -2, …; they are
        never the best, the holder or the suggested ones of this search.
    memory: what a sampler worked out from the trials and wants to find again. It may make the next suggestion
        faster, never another one: a history that is built anew has none.
    """

    def __init__(self, goal: Goal, prior: Sequence[Trial] = ()) -> None:
        self.goal = goal
        self.prior: tuple[Trial, ...] = tuple(prior)
        self.memory: dict[str, object] = {}
        self._sign = 1.0 if goal is Goal.MAXIMIZE else -1.0
        self._records: dict[int, _Running] = {}
        self._ended: dict[int, Trial] = {}
        self._finished: list[Trial] = []
        self._merits: dict[int, float] = {}  # of every trial, prior ones included: the best so far
        self._rungs: list[_Rung] = []  # after 1, 2, … reports
        self._tried: set[tuple[str, ...]] = set()
        self._best: Trial | None = None
        self._holder: int | None = None
        for index, trial in enumerate(self.prior):
            self._count_all(-1 - index, trial)

    # What happened: said by the engine

    def suggest(self, number: int, values: Values) -> None:
        """A trial was suggested. Numbers count from 0 without gaps."""
        if number != self.suggested:
            raise ValueError(f"Trial {number} was suggested, but the next one is {self.suggested}.")
        self._records[number] = _Running(number, values)
        self._merits[number] = WORST
        self._tried.add(_key(values))

    def report(self, number: int, score: float) -> None:
        """A trial reported the metric. A report after the trial's end isn't counted."""
        record = self._records.get(number)
        if record is None:
            return
        record.snapshot = None
        self._count(record, score)

    def restart(self, number: int) -> None:
        """A running trial's job was lost and runs again from the beginning: forget what it reported.

        The one event that costs a scan of all trials; it is as rare as a lost machine.
        """
        self._records[number] = _Running(number, self._records[number].values)
        self._rungs.clear()
        self._holder = None
        for index, trial in enumerate(self.prior):
            self._count_all(-1 - index, trial)
        for trial in self._finished:
            self._count_all(trial.number, trial)
        for running in tuple(self._records):
            self._records[running] = self._count_all(running, self._records[running].trial())

    def end(self, number: int, status: TrialStatus) -> None:
        """A trial ended."""
        record = self._records.pop(number)
        trial = Trial(number=number, values=record.values, scores=tuple(record.scores), status=status)
        self._ended[number] = trial
        self._finished.append(trial)
        merit = self._merits[number]
        if status is TrialStatus.COMPLETED and merit > WORST:
            best = self._best
            if best is None or (merit, -number) > (self._merits[best.number], -best.number):
                self._best = trial

    # What is known: read by samplers, policies and the engine

    @property
    def suggested(self) -> int:
        """How many trials were suggested in this search: the number of the next one."""
        return len(self._records) + len(self._ended)

    @property
    def running(self) -> Mapping[int, Trial]:
        """The trials that have not ended, by number, oldest first."""
        return _RunningTrials(self._records)

    @property
    def finished(self) -> Sequence[Trial]:
        """The trials that ended, in the order in which they did."""
        return self._finished

    def trial(self, number: int) -> Trial:
        """A trial of this search as it is now."""
        return self._ended.get(number) or self._records[number].trial()

    def reports(self, number: int) -> int:
        """How often a trial of this search reported the metric."""
        record = self._records.get(number)
        return len(self._ended[number].scores if record is None else record.scores)

    def best(self) -> Trial | None:
        """The completed trial with the best finite score, the lowest number if several have it."""
        return self._best

    def holder(self) -> int | None:
        """The number of the trial, running or finished, that was the first to reach the best finite score so far."""
        return self._holder

    def holds_best(self, number: int) -> bool:
        """True if no trial of this search has a better score than this one, and it has one."""
        return self._holder is not None and self._merits[number] == self._merits[self._holder]

    def score(self, number: int) -> float | None:
        """A trial's best finite score so far, or None; -1, -2, … are the prior trials."""
        return self._score(self._merits[number])

    def score_after(self, number: int, reports: int) -> float | None:
        """A running trial's best finite score among its first reports, or None."""
        return self._score(self._records[number].bests[reports - 1])

    def best_after(self, reports: int) -> tuple[float, int] | None:
        """The best score that any trial had after so many reports, and the first trial that had it."""
        rung = self._rung(reports)
        return None if rung is None or rung.leader is None else (self._sign * rung.top, rung.leader)

    def merits_after(self, reports: int) -> Sequence[float]:
        """The merits of the best scores that all trials had after so many reports, in rising order."""
        rung = self._rung(reports)
        return () if rung is None else rung.bests

    def average_merits_after(self, reports: int) -> Sequence[float]:
        """The average merits of all trials over so many reports, in rising order; trials without a number left out."""
        rung = self._rung(reports)
        return () if rung is None else rung.averages

    def merit(self, score: float) -> float:
        """A score as this module compares it: more is better, and what isn't finite is minus infinity."""
        return self._sign * score if math.isfinite(score) else WORST

    def score_with(self, merit: float) -> float:
        """The score that has a merit."""
        return self._sign * merit

    def tried(self, values: Values) -> bool:
        """True if a trial of this search has the same values, as its script reads them."""
        return _key(values) in self._tried

    def _score(self, merit: float) -> float | None:
        return self._sign * merit if merit > WORST else None

    def _rung(self, reports: int) -> _Rung | None:
        return self._rungs[reports - 1] if 0 < reports <= len(self._rungs) else None

    def _count_all(self, number: int, trial: Trial) -> _Running:
        record = _Running(number, trial.values)
        self._merits[number] = WORST
        for score in trial.scores:
            self._count(record, score)
        return record

    def _count(self, record: _Running, score: float) -> None:
        merit = self.merit(score)
        best = max(merit, self._merits[record.number])
        record.scores.append(score)
        record.bests.append(best)
        if merit > WORST:
            record.total += merit
            record.finite += 1
        self._merits[record.number] = best
        if best > WORST and record.number >= 0 and (self._holder is None or best > self._merits[self._holder]):
            self._holder = record.number
        if len(record.scores) > len(self._rungs):
            self._rungs.append(_Rung())
        self._rungs[len(record.scores) - 1].add(record)


def _key(values: Values) -> tuple[str, ...]:
    return tuple(f"{name} {text_of(values[name])}" for name in sorted(values))
