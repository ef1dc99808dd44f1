import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.search.goal import Goal
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.replay import Replay
from hyperstep.search.trial import TrialStatus

POLICIES = [
    NoPolicy(),
    BanditPolicy(slack_factor=0.1),
    BanditPolicy(slack_amount=0.5, evaluation_interval=2, delay_evaluation=3),
    MedianStoppingPolicy(),
    TruncationSelectionPolicy(50),
    AshaPolicy(eta=2, first_rung=1),
]


@st.composite
def searches(draw):
    """What happened, in order: trials that start, report and end, two at a time or more."""
    curves = draw(st.lists(st.lists(st.floats(-3, 3) | st.just(float("nan")), max_size=6), min_size=1, max_size=8))
    concurrent = draw(st.integers(1, 4))
    told, waiting, running = [], list(enumerate(curves)), {}
    while waiting or running:
        while waiting and len(running) < concurrent:
            number, curve = waiting.pop(0)
            running[number] = list(curve)
            told.append(("suggest", number))
        number = draw(st.sampled_from(sorted(running)))
        if running[number]:
            told.append(("report", number, running[number].pop(0)))
        else:
            del running[number]
            status = TrialStatus.COMPLETED if curves[number] else TrialStatus.FAILED
            told.append(("end", number, status))
    return told


def replayed(told, policy, goal=Goal.MAXIMIZE):
    replay = Replay(policy, goal)
    for what, number, *rest in told:
        if what == "suggest":
            replay.suggest(number, {"a": number})
        else:
            getattr(replay, what)(number, *rest)
    return replay


def shortened(told, replay):
    """The same search, as it would have been recorded under the replayed policy."""
    left = {stop.number: stop.reports for stop in replay.stops}
    kept = []
    for what, number, *rest in told:
        if what == "report" and number in left:
            if left[number] == 0:
                continue
            left[number] -= 1
            kept.append((what, number, *rest))
            if left[number] == 0:
                kept.append(("end", number, TrialStatus.STOPPED))
        elif what != "end" or number not in left:
            kept.append((what, number, *rest))
    return kept


@given(searches(), st.sampled_from(list(Goal)))
def test_no_policy_saves_nothing_and_keeps_the_best(told, goal):
    replay = replayed(told, NoPolicy(), goal)

    assert (replay.stops, replay.saved) == ([], 0)
    assert repr(replay.history.best()) == repr(replay.actual.best())  # NaN is never equal to itself
    assert replay.reports == sum(what == "report" for what, *_ in told)


@given(searches(), st.sampled_from(POLICIES), st.sampled_from(list(Goal)))
def test_what_is_saved_is_what_the_stopped_trials_reported_later(told, policy, goal):
    replay = replayed(told, policy, goal)
    made = {number: sum(one[:2] == ("report", number) for one in told) for _, number, *_ in told}

    assert replay.saved == sum(made[stop.number] - stop.reports for stop in replay.stops)
    assert all(0 < stop.reports < made[stop.number] for stop in replay.stops)


@given(searches(), st.sampled_from(POLICIES), st.sampled_from(list(Goal)))
def test_a_search_made_under_a_policy_gains_nothing_from_it(told, policy, goal):
    once = replayed(told, policy, goal)
    again = replayed(shortened(told, once), policy, goal)

    assert again.saved == 0
    assert again.reports == once.reports - once.saved


def test_a_stop_names_the_trial_the_report_and_both_numbers():
    told = [("suggest", 0), ("suggest", 1), ("report", 0, 1.0), ("report", 1, 0.5), ("report", 1, 2.0)]
    told += [("end", 0, TrialStatus.COMPLETED), ("end", 1, TrialStatus.COMPLETED)]
    replay = replayed(told, BanditPolicy(slack_factor=0.1))
    (stop,) = replay.stops

    assert (stop.number, stop.reports, replay.saved, replay.reports) == (1, 1, 1, 3)
    assert "0.5" in stop.reason
    assert (replay.actual.best().number, replay.history.best().number) == (1, 0)


def test_what_a_lost_attempt_reported_does_not_count():
    replay = Replay(NoPolicy(), Goal.MAXIMIZE)
    replay.suggest(0, {"a": 1})
    replay.report(0, 0.9)
    replay.restart(0)
    replay.report(0, 0.1)
    replay.end(0, TrialStatus.COMPLETED)

    assert replay.reports == 1
    assert replay.history.score(0) == replay.actual.score(0) == pytest.approx(0.1)


def test_a_result_that_was_taken_can_not_be_stopped():
    replay = Replay(BanditPolicy(slack_factor=0.1), Goal.MAXIMIZE)
    replay.suggest(0, {"a": 1})
    replay.report(0, 1.0)
    replay.suggest(1, {"a": 2})
    replay.take(1, (0.1, 0.1))
    replay.end(1, TrialStatus.COMPLETED)

    assert (list(replay.stops), replay.reports) == ([], 1)
