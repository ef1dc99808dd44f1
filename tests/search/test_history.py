"""History knows what was tried and how it went, and stays cheap."""

from __future__ import annotations

import math
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.trial import Trial, TrialStatus
from hyperstep.testing.strategies import ENDS, histories, scores

COMPLETED, STOPPED, FAILED = TrialStatus.COMPLETED, TrialStatus.STOPPED, TrialStatus.FAILED


def played(goal: Goal, *trials: tuple[list[float], TrialStatus], prior: tuple[Trial, ...] = ()) -> History:
    history = History(goal, prior)
    for number, (reported, status) in enumerate(trials):
        history.suggest(number, {"a": number})
        for score in reported:
            history.report(number, score)
        if status is not TrialStatus.RUNNING:
            history.end(number, status)
    return history


def finite_best(goal: Goal, reported: tuple[float, ...] | list[float]) -> float | None:
    finite = [score for score in reported if math.isfinite(score)]
    return None if not finite else max(finite) if goal is Goal.MAXIMIZE else min(finite)


class Told(RuleBasedStateMachine):
    """A history agrees with a slow one that scans everything anew, whatever happened."""

    def __init__(self) -> None:
        super().__init__()
        self.goal = Goal.MINIMIZE
        self.history = History(self.goal)
        self.reported: list[list[float]] = []
        self.status: list[TrialStatus] = []

    def running(self) -> list[int]:
        return [number for number, status in enumerate(self.status) if status is TrialStatus.RUNNING]

    @rule()
    def suggest(self) -> None:
        self.history.suggest(len(self.status), {"a": len(self.status)})
        self.reported.append([])
        self.status.append(TrialStatus.RUNNING)

    @precondition(running)
    @rule(data=st.data(), score=scores())
    def report(self, data, score) -> None:
        number = data.draw(st.sampled_from(self.running()))
        self.history.report(number, score)
        self.reported[number].append(score)

    @precondition(running)
    @rule(data=st.data(), status=st.sampled_from(ENDS))
    def end(self, data, status) -> None:
        number = data.draw(st.sampled_from(self.running()))
        self.history.end(number, status)
        self.status[number] = status

    @precondition(running)
    @rule(data=st.data())
    def restart(self, data) -> None:
        number = data.draw(st.sampled_from(self.running()))
        self.history.restart(number)
        self.reported[number] = []

    @precondition(lambda self: len(self.running()) < len(self.status))
    @rule(data=st.data(), score=scores())
    def report_late(self, data, score) -> None:
        ended = [number for number, status in enumerate(self.status) if status is not TrialStatus.RUNNING]
        self.history.report(data.draw(st.sampled_from(ended)), score)

    @invariant()
    def trials_are_as_told(self) -> None:
        assert self.history.suggested == len(self.status)
        assert sorted(self.history.running) == self.running()
        assert len(self.history.finished) == len(self.status) - len(self.running())
        for number, status in enumerate(self.status):
            trial = self.history.trial(number)
            assert (trial.number, trial.status, trial.values) == (number, status, {"a": number})
            assert repr(trial.scores) == repr(tuple(self.reported[number]))  # NaN isn't equal to itself
            assert self.history.reports(number) == len(self.reported[number])
            assert self.history.score(number) == finite_best(self.goal, self.reported[number])

    @invariant()
    def the_best_is_the_best(self) -> None:
        bests = [finite_best(self.goal, reported) for reported in self.reported]
        known = [best for best in bests if best is not None]
        completed = [
            number for number, best in enumerate(bests) if best is not None and self.status[number] is COMPLETED
        ]

        expected = min(completed, key=lambda number: (bests[number], number), default=None)
        best = self.history.best()
        assert (None if best is None else best.number) == expected
        holder = self.history.holder()
        assert (holder is None) == (not known)
        for number, own in enumerate(bests):
            assert self.history.holds_best(number) == (own is not None and own == min(known))
        assert holder is None or bests[holder] == min(known)

    @invariant()
    def tables_hold_what_all_had_after_so_many_reports(self) -> None:
        for reports in range(1, max(map(len, self.reported), default=0) + 2):
            reached = [reported[:reports] for reported in self.reported if len(reported) >= reports]
            merits = sorted(self.history.merit(_or_nan(finite_best(self.goal, some))) for some in reached)
            assert list(self.history.merits_after(reports)) == merits
            averages = [sum(_finite(some)) / len(_finite(some)) for some in reached if _finite(some)]
            averages = sorted(self.history.merit(average) for average in averages if math.isfinite(average))
            assert list(self.history.average_merits_after(reports)) == averages
            best = self.history.best_after(reports)
            if best is None:
                assert not any(_finite(some) for some in reached)
            else:
                score, number = best
                assert score == min(min(_finite(some)) for some in reached if _finite(some))
                assert score == finite_best(self.goal, self.reported[number][:reports])


def _finite(reported: list[float]) -> list[float]:
    return [score for score in reported if math.isfinite(score)]


def _or_nan(score: float | None) -> float:
    return math.nan if score is None else score


TestToldHistory = Told.TestCase


@given(histories())
def test_the_score_after_the_last_report_is_the_score_so_far(history):
    for number, trial in history.running.items():
        if trial.scores:
            assert history.score_after(number, len(trial.scores)) == history.score(number)


def test_the_best_trial_is_a_completed_one_and_the_first_among_equals():
    history = played(Goal.MAXIMIZE, ([0.9], STOPPED), ([0.5], FAILED), ([0.4, 0.7, 0.1], COMPLETED), ([0.7], COMPLETED))

    assert history.best() == history.trial(2)
    assert history.holder() == 0


def test_no_number_is_never_the_best():
    history = played(Goal.MAXIMIZE, ([math.nan], COMPLETED), ([math.inf], COMPLETED), ([], COMPLETED))

    assert history.best() is None
    assert history.holder() is None
    assert history.best_after(1) is None
    assert not history.holds_best(0)


def test_earlier_searches_are_compared_with_but_never_chosen():
    earlier = Trial(number=5, values={"a": 1}, scores=(0.1, 0.9), status=COMPLETED)
    history = played(Goal.MAXIMIZE, ([0.3, 0.4], COMPLETED), prior=(earlier,))

    assert history.best_after(2) == (0.9, -1)
    assert history.score(-1) == 0.9
    assert history.best() == history.trial(0)
    assert history.holder() == 0
    assert history.suggested == 1


def test_values_are_the_same_if_a_script_reads_them_the_same():
    history = played(Goal.MAXIMIZE)
    history.suggest(0, {"a": 1, "b": "x"})

    assert history.tried({"b": "x", "a": 1.0})
    assert not history.tried({"a": "1", "b": "y"})
    assert not history.tried({"a": 2, "b": "x"})


def test_numbers_are_suggested_in_order():
    with pytest.raises(ValueError, match="Trial 1 was suggested, but the next one is 0"):
        History(Goal.MAXIMIZE).suggest(1, {"a": 1})


def test_a_snapshot_does_not_change_when_its_trial_goes_on():
    history = played(Goal.MAXIMIZE, ([0.5], TrialStatus.RUNNING))
    before = history.running[0]

    history.report(0, 0.7)

    assert before.scores == (0.5,)
    assert history.running[0].scores == (0.5, 0.7)


def test_an_event_costs_no_more_after_ten_thousand_trials():
    def seconds(history: History, trials: int) -> float:
        start = process_time()
        for number in range(history.suggested, history.suggested + trials):
            history.suggest(number, {"a": number})
            for report in range(3):
                history.report(number, (number * 7919) % 1000 + report)
                history.best_after(report + 1)
            history.end(number, COMPLETED)
            history.best()
        return process_time() - start

    history = History(Goal.MAXIMIZE)
    early = seconds(history, 1000)
    seconds(history, 9000)

    assert seconds(history, 1000) < 10 * early + 0.05


def test_a_trial_with_thousands_of_reports_is_looked_at_after_each_one():
    history = played(Goal.MAXIMIZE, ([], TrialStatus.RUNNING))

    start = process_time()
    for number in range(5000):
        history.report(0, float(number))
        assert len(history.trial(0).scores) == number + 1

    assert process_time() - start < 1.5
