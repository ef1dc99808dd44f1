"""What every policy keeps; a plug-in's author subclasses the suite.

    class TestContract(PolicyContract):
        policy = PatiencePolicy(reports=5)

pytest then runs every `test_…` below with that policy.
"""

# ruff: noqa: S311 - random numbers that are repeatable, not secret

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator

from hyperstep.document import Codec, encode
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policy import Bounded, TerminationPolicy, is_due
from hyperstep.search.trial import TrialStatus

SEARCHES = 60
STRANGE = (math.nan, math.inf, -math.inf)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


class PolicyContract:
    """Subclass it, and set `policy`."""

    policy: TerminationPolicy

    def test_the_holder_of_the_best_is_never_stopped(self) -> None:
        for history, number in moments(self.policy):
            if number == history.holder():
                reason = self.policy.reason_to_stop(history.trial(number), history)
                assert reason is None, f"trial {number} holds the best score, but: {reason}"

    def test_nothing_is_stopped_while_nothing_is_comparable(self) -> None:
        for goal in Goal:
            history = History(goal)
            history.suggest(0, {"a": 0})
            history.suggest(1, {"a": 1})
            for score in (*STRANGE, -1.0, math.nan, 2.0, -3.0, *STRANGE, 0.0):
                history.report(0, score)
                reason = self.policy.reason_to_stop(history.trial(0), history)
                assert reason is None, f"only one trial has reported, but: {reason}"

    def test_a_worse_score_never_turns_a_stop_into_a_keep(self) -> None:
        for goal in Goal:
            for seed in range(SEARCHES):
                stops = [self._stops(goal, seed, score) for score in worsening(goal)]
                assert stops == sorted(stops), f"seed {seed}: {list(zip(worsening(goal), stops, strict=True))}"

    def test_a_reason_names_both_numbers(self) -> None:
        for history, number in moments(self.policy):
            reason = self.policy.reason_to_stop(history.trial(number), history)
            if reason is not None and history.score(number) is not None:
                assert len(set(NUMBER.findall(reason))) >= 2, f"{reason!r} should name the score and what it missed"

    def test_a_bound_parts_those_that_are_stopped_from_those_that_go_on(self) -> None:
        if not isinstance(self.policy, Bounded):
            return
        for history, number in moments(self.policy):
            score, bound = history.score(number), self.policy.bound(history.reports(number), history)
            stopped = self.policy.reason_to_stop(history.trial(number), history) is not None
            if score is not None and not history.holds_best(number):
                worse = bound is not None and history.goal.better(bound, score)
                assert worse == stopped, f"score {score:g}, bound {bound}, {'stopped' if stopped else 'goes on'}"

    def test_an_equal_history_gives_an_equal_answer(self) -> None:
        for (first, number), (second, _) in zip(moments(self.policy), moments(self.policy), strict=True):
            reasons = [self.policy.reason_to_stop(history.trial(number), history) for history in (first, second)]
            assert reasons[0] == reasons[1]

    def test_the_policy_survives_json(self) -> None:
        assert Codec([type(self.policy)]).decode(encode(self.policy)) == self.policy

    def _stops(self, goal: Goal, seed: int, score: float) -> bool:
        history = History(goal)
        generator = random.Random(seed)
        reports = next(count for count in range(1, 1000) if is_due(self.policy, count))
        others = generator.randrange(1, 8)
        for number in range(others):
            history.suggest(number, {"a": number})
            for _ in range(reports + generator.randrange(3)):
                history.report(number, generator.uniform(-1, 1))
        history.suggest(others, {"a": others})
        for _ in range(reports):
            history.report(others, score)
        return self.policy.reason_to_stop(history.trial(others), history) is not None


def worsening(goal: Goal) -> list[float]:
    """Scores from very good to no number at all."""
    falling = [2.0, 1.0, 0.9, 0.5, 0.1, 0.0, -0.1, -0.5, -0.9, -1.0, -2.0]
    return [*(falling if goal is Goal.MAXIMIZE else falling[::-1]), math.nan]


def moments(policy: TerminationPolicy) -> Iterator[tuple[History, int]]:
    """Histories, each at a moment when the policy is due for a running trial; seeded, so always the same."""
    for seed in range(SEARCHES):
        generator = random.Random(seed)
        history = History(generator.choice(tuple(Goal)))
        quality: dict[int, float] = {}
        for _ in range(60):
            if len(history.running) < 4:
                quality[history.suggested] = generator.uniform(-1, 1)
                history.suggest(history.suggested, {"a": history.suggested})
            number = generator.choice(tuple(history.running))
            if history.reports(number) == 8:
                history.end(number, TrialStatus.COMPLETED)
                continue
            strange = generator.random() < 0.05
            history.report(number, generator.choice(STRANGE) if strange else quality[number] + generator.gauss(0, 0.2))
            if is_due(policy, history.reports(number)):
                yield history, number
                if policy.reason_to_stop(history.trial(number), history) is not None:
                    history.end(number, TrialStatus.STOPPED)
