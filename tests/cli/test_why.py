import pytest

from hyperstep.cli.why import reasons
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
    JobEnded,
    JobRequested,
    JobStarted,
    JobStopRequested,
    Result,
    ReuseAnswered,
    RunSubmitted,
    StepEnded,
    StepReady,
    TrialAnswered,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.errors import NotFound
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step
from hyperstep.search.trial import TrialStatus
from hyperstep.store.sqlite import SqliteStore

TREE = Artifact(digest="0" * 64, size=1, kind="tree")


@pytest.fixture
def store(tmp_path):
    with SqliteStore(tmp_path / "hyperstep.db") as opened:
        yield opened


def run_prep(store, *, parts, result=Result.COMPLETED, reused="", fresh=False, reusable=True, pipeline="p"):
    """A run of one step that was computed, or reused."""
    submitted = RunSubmitted(pipeline=Pipeline(pipeline, [Step("prep.py")]), sources={".": TREE}, fresh=fresh)
    run = store.new_run(submitted)
    step = f"{run}/prep"
    events = [StepReady(step=step, fingerprint=str(parts), parts=parts, reusable=reusable)]
    if not reused:
        job = Job(id=f"{step}.0", script="prep.py", source=TREE)
        events += [JobRequested(job=job), JobStarted(job=job.id, pid=1, start="spawn", reason="numba is imported.")]
        events.append(JobEnded(job=job.id, outcome=Outcome(ending=Ending.EXITED)))
    else:
        events.append(ReuseAnswered(step=step, reused=reused))
    store.append(run, [*events, StepEnded(step=step, result=result, reused=reused)])
    return step


def test_the_first_run_has_nothing_to_compare_with(store):
    run_prep(store, parts={"code": "a"}, pipeline="another")
    step = run_prep(store, parts={"code": "a"})

    assert reasons(store.db, step) == [
        "2/prep ran, since no earlier run of this pipeline had a step 'prep' that got so far.",
        "2/prep.0 was started in a fresh interpreter: numba is imported.",
    ]


def test_what_differs_from_the_newest_earlier_run_is_said(store):
    run_prep(store, parts={"code": "a", "parameter size": "0.2"})
    run_prep(store, parts={"code": "a", "parameter size": "0.3"})
    step = run_prep(store, parts={"code": "b", "parameter size": "0.4"})

    assert reasons(store.db, step)[:3] == [
        "3/prep ran, since it isn't the same as 2/prep:",
        "  the code changed",
        "  parameter size was 0.3 and is 0.4",
    ]


def test_an_equal_step_that_failed_is_no_reason_to_reuse(store):
    run_prep(store, parts={"code": "a"}, result=Result.FAILED)
    step = run_prep(store, parts={"code": "a"})

    assert "2/prep ran, since 1/prep, which is the same, did not complete: it is failed." in reasons(store.db, step)


def test_an_equal_step_whose_files_are_gone_is_run_again(store):
    run_prep(store, parts={"code": "a"})
    step = run_prep(store, parts={"code": "a"})

    assert "no longer stored" in reasons(store.db, step)[0]


@pytest.mark.parametrize(("fresh", "words"), [(True, "started with --fresh"), (False, "says reuse=False")])
def test_a_step_that_was_not_to_be_reused_says_so(store, fresh, words):
    step = run_prep(store, parts={"code": "a"}, fresh=fresh, reusable=False)

    assert words in reasons(store.db, step)[0]


def test_a_step_that_was_reused_says_what_is_equal(store):
    run_prep(store, parts={"code": "a"})
    step = run_prep(store, parts={"code": "a", "script": "prep.py"}, reused="1/prep")

    assert reasons(store.db, step)[0] == (
        "2/prep was reused from 1/prep, which computed the same. Equal are: code, script."
    )


def test_a_trial_says_who_stopped_it_with_both_numbers(store, story):
    story.submitted().reused().searching().trial(0, 0.5, 0.2)
    told = [one.event for one in story.recorded]
    store.new_run(told[0])
    reason = "After 1 report its best score is 0.2, less than 0.3."
    stop = JobStopRequested(job="1/tune/0.0", by="policy", reason=reason)
    ended = JobEnded(job="1/tune/0.0", outcome=Outcome(ending=Ending.STOPPED))
    over = TrialEnded(step="1/tune", number=0, status=TrialStatus.STOPPED, score=0.2, reason=reason)
    store.append("1", [*told[1:], stop, ended, over])

    assert reasons(store.db, "1/tune/0") == [
        "1/tune/0 is stopped: --alpha 0.5; its best r2 is 0.2, in 1 report.",
        f"The policy stopped it: {reason}",
        "1/tune/0.0 was forked from a warm process.",
    ]
    assert reasons(store.db, "1/tune/0.0") == reasons(store.db, "1/tune/0")


def test_a_trial_whose_result_was_taken_says_from_where(store, story):
    story.submitted().reused().searching().trial(0, 0.5, 0.2).over(0, score=0.2)
    told = [one.event for one in story.recorded]
    store.new_run(told[0])
    store.append("1", told[1:])
    again = TrialSuggested(step="1/tune", number=1, values={"--alpha": 0.5}, key="k")
    store.append("1", [again, TrialAnswered(step="1/tune", number=1, found="1/tune/0", scores=(0.2,))])
    store.append("1", [TrialEnded(step="1/tune", number=1, status=TrialStatus.COMPLETED, score=0.2)])

    assert "It did not run: 1/tune/0 computed the same earlier" in " ".join(reasons(store.db, "1/tune/1"))


def test_a_run_has_no_reason_of_its_own(store):
    run_prep(store, parts={})

    with pytest.raises(NotFound, match="its steps are '1/prep'"):
        reasons(store.db, "1")
