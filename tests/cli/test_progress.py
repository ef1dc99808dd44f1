from hyperstep.cli.progress import Progress
from hyperstep.search.trial import TrialStatus


def search(progress):
    return progress.search(progress.state.steps["tune"])


def words(progress):
    return {name: progress.word(step) for name, step in progress.state.steps.items()}


def test_steps_wait_run_and_end(story):
    progress = Progress("1", story.submitted().recorded)

    assert words(progress) == {"prep data": "waiting", "tune": "waiting", "register ridge": "waiting"}

    progress = Progress("1", story.prepared().searching().recorded)

    assert words(progress) == {"prep data": "completed", "tune": "running", "register ridge": "waiting"}
    assert progress.seconds("1/prep-data") == 5.0
    assert progress.running_for(progress.state.steps["tune"], now=len(story.recorded) + 9.0) == 10.0


def test_a_step_that_was_reused_says_so(story):
    assert words(Progress("1", story.submitted().reused().recorded))["prep data"] == "reused"


def test_an_event_that_is_told_again_counts_once(story):
    story.submitted().reused().searching().trial(0, 0.5, 0.2).over(0, score=0.2)
    progress = Progress("1", story.recorded)

    assert [progress.hear(one) for one in story.recorded] == [False] * len(story.recorded)
    assert search(progress).ended == 1


def test_trials_are_counted_by_how_they_ended(story):
    story.submitted(trials=5).reused().searching()
    story.trial(0, 0.1, 0.2).over(0).trial(1, 0.2).over(1, TrialStatus.FAILED).trial(2, 0.3).over(
        2, TrialStatus.STOPPED
    )
    story.trial(3, 0.4)
    found = search(Progress("1", story.recorded))

    assert (found.ended, found.total) == (3, 5)
    assert {status: count for status, count in found.counts.items() if count} == {
        TrialStatus.COMPLETED: 1,
        TrialStatus.FAILED: 1,
        TrialStatus.STOPPED: 1,
        TrialStatus.RUNNING: 1,
    }


def test_a_running_trial_is_the_best_until_one_has_completed(story):
    story.submitted().reused().searching().trial(0, 0.1, 0.5).trial(1, 0.2, 0.9)
    early = search(Progress("1", story.recorded))
    later = search(Progress("1", story.over(0).recorded))

    assert (early.best.number, early.score) == (1, 0.9)
    assert (later.best.number, later.score) == (0, 0.5)


def test_the_time_left_is_said_once_two_trials_have_ended(story):
    story.submitted(trials=8, concurrent=2).reused().searching().trial(0, 0.1, 0.2).over(0, seconds=10)

    assert search(Progress("1", story.recorded)).left is None

    story.trial(1, 0.1, 0.2).over(1, seconds=20)

    assert search(Progress("1", story.recorded)).left == 15 * 6 / 2


def test_progress_is_the_same_wherever_it_is_taken_up(story):
    story.submitted().prepared().searching().trial(0, 0.1, 0.2).trial(1, 0.2, 0.3).over(1).over(0)
    story.trial(2, 0.3).over(2, TrialStatus.FAILED).tuned(1).registered()
    whole = Progress("1", story.recorded)

    for cut in range(len(story.recorded)):
        parts = Progress("1", story.recorded[:cut])
        for one in story.recorded:
            parts.hear(one)

        assert words(parts) == words(whole)
        assert search(parts) == search(whole)
        assert parts.models == whole.models
