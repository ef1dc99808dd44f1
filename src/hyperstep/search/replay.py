"""Replay: what another policy would have stopped in a search that is over.

It sees what the search saw, in the order it was recorded, but for the reports
that a trial made after the policy would have stopped it. What a sampler would
have proposed otherwise isn't known, so the trials stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policy import TerminationPolicy, is_due
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.search.values import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A trial that the policy would have stopped, after how many reports, and why."""

    number: int
    reports: int
    reason: str


class Replay:
    """Told what happened in a search, as a History is; asks the policy whenever it would have been due.

    history: the search as it would have been. actual: as it was.
    saved: reports that wouldn't have been made, of `reports` in all that scripts made.
    """

    def __init__(self, policy: TerminationPolicy, goal: Goal, prior: Sequence[Trial] = ()) -> None:
        self.history = History(goal, prior)
        self.actual = History(goal, prior)
        self._policy = policy
        self._stops: dict[int, Stop] = {}
        self._made: dict[int, int] = {}  # reports of each trial, those of lost attempts left out

    def suggest(self, number: int, values: Values) -> None:
        """A trial was suggested."""
        self.history.suggest(number, values)
        self.actual.suggest(number, values)
        self._made[number] = 0

    def take(self, number: int, scores: Sequence[float]) -> None:
        """A trial's scores were taken from an earlier one, so there was nothing to stop."""
        for score in scores:
            self.history.report(number, score)
            self.actual.report(number, score)

    def report(self, number: int, score: float) -> None:
        """A script reported the metric."""
        self.actual.report(number, score)
        self._made[number] += 1
        if number in self._stops:
            return
        self.history.report(number, score)
        reports = self._made[number]
        if is_due(self._policy, reports):
            reason = self._policy.reason_to_stop(self.history.trial(number), self.history)
            if reason is not None:
                self._stops[number] = Stop(number=number, reports=reports, reason=reason)
                self.history.end(number, TrialStatus.STOPPED)

    def restart(self, number: int) -> None:
        """A trial's job was lost, and runs again from the beginning."""
        self.actual.restart(number)
        if number not in self._stops:
            self._made[number] = 0
            self.history.restart(number)

    def end(self, number: int, status: TrialStatus) -> None:
        """A trial ended."""
        self.actual.end(number, status)
        if number not in self._stops:
            self.history.end(number, status)

    @property
    def stops(self) -> Sequence[Stop]:
        """What would have been stopped after fewer reports than were made, in the order of the stops."""
        return [stop for stop in self._stops.values() if stop.reports < self._made[stop.number]]

    @property
    def reports(self) -> int:
        """How many reports scripts made in all."""
        return sum(self._made.values())

    @property
    def saved(self) -> int:
        """How many of them wouldn't have been made."""
        return sum(self._made[stop.number] - stop.reports for stop in self._stops.values())
