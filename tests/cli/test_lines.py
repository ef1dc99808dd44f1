import io

from hyperstep.cli.lines import Lines
from hyperstep.cli.progress import Progress
from hyperstep.engine.events import JobEnded, TrialAnswered, TrialEnded, TrialSuggested
from hyperstep.engine.job import Ending, Outcome
from hyperstep.search.trial import TrialStatus


def told(story):
    out = io.StringIO()
    with Lines(Progress("1"), out) as lines:
        for one in story.recorded:
            lines.hear(one)
    return out.getvalue().splitlines()


def test_a_run_is_told_in_a_line_for_each_notable_event(story):
    story.submitted(trials=2).prepared().searching()
    story.trial(0, 0.1749, 0.2046).trial(1, 0.11, 0.2021).over(0, score=0.2046).over(1, score=0.2021).tuned(
        0
    ).registered()

    assert told(story) == [
        "1/prep-data  running",
        "1/prep-data  completed after 5.0 s",
        "1/tune/0  --alpha 0.1749",
        "1/tune/1  --alpha 0.11",
        "1/tune/0  completed after 2.0 s, r2 0.2046, the best so far (1 of 2 done)",
        "1/tune/1  completed after 2.0 s, r2 0.2021 (2 of 2 done)",
        "1/tune  completed after 14 s: trial 0 of 2 trials is best",
        "ridge  version 3 registered",
        "1/register-ridge  completed after 3.0 s",
    ]


def test_a_trial_that_did_not_complete_says_why(story):
    story.submitted().reused().searching().trial(0, 0.1, 0.2).trial(1, 0.2)
    story.over(0, TrialStatus.STOPPED, score=0.2, reason="0.2 is less than 0.3.").over(
        1, TrialStatus.FAILED, reason="ended with exit code 3"
    )

    assert told(story)[-2:] == [
        "1/tune/0  stopped after 2.0 s, r2 0.2: 0.2 is less than 0.3. (1 of 4 done, of them 1 stopped)",
        "1/tune/1  failed after 2.0 s: ended with exit code 3 (2 of 4 done, of them 1 stopped, 1 failed)",
    ]


def test_a_step_and_a_trial_that_were_taken_from_earlier_say_from_where(story):
    story.submitted().reused().searching().tell(
        TrialSuggested(step="1/tune", number=0, values={"--alpha": 0.5}, key="k"),
        TrialAnswered(step="1/tune", number=0, found="0/tune/7", scores=(0.3,)),
        TrialEnded(step="1/tune", number=0, status=TrialStatus.COMPLETED, score=0.3),
    )

    assert told(story) == [
        "1/prep-data  reused from 0/prep-data",
        "1/tune/0  --alpha 0.5",
        "1/tune/0  completed, r2 0.3, the best so far, taken from 0/tune/7 (1 of 4 done)",
    ]


def test_a_job_that_was_lost_runs_again(story):
    story.submitted().reused().searching().trial(0, 0.1)
    story.tell(JobEnded(job="1/tune/0.0", outcome=Outcome(ending=Ending.LOST)))

    assert told(story)[-1] == "1/tune/0.0  was lost; it runs again"


def test_what_users_wrote_can_not_steer_the_terminal(story):
    story.submitted().reused().searching().trial(0, "\x1b[2J").over(0, TrialStatus.FAILED, reason="\x9b31m")

    assert not set("\x1b\x9b") & set("".join(told(story)))
