import pytest

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
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.pipeline.fingerprint import fingerprint
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step
from hyperstep.pipeline.tune import Limits, TuneStep
from hyperstep.reasons import _named, reasons
from hyperstep.search.distributions import Uniform
from hyperstep.search.metric import maximize
from hyperstep.search.trial import TrialStatus
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.sqlite import SqliteStore

TREE = Artifact(digest="0" * 64, size=1, kind="tree")


@pytest.fixture
def store(tmp_path):
    with SqliteStore(tmp_path / "hyperstep.db") as opened:
        yield opened


@pytest.fixture
def artifacts(tmp_path):
    return FolderArtifacts(tmp_path / "artifacts")


def run_prep(
    store,
    *,
    parts,
    result=Result.COMPLETED,
    reused="",
    fresh=False,
    reusable=True,
    pipeline="p",
    source=TREE,
    environment=None,
    reason="",
):
    """A run of one step that was computed, or reused."""
    step = Step("prep.py", environment=environment or Environment())
    submitted = RunSubmitted(pipeline=Pipeline(pipeline, [step]), sources={".": source}, fresh=fresh)
    run = store.new_run(submitted)
    step = f"{run}/prep"
    events = [StepReady(step=step, fingerprint=str(parts), parts=parts, reusable=reusable)]
    if not reused:
        job = Job(id=f"{step}.0", script="prep.py", source=TREE)
        events += [JobRequested(job=job), JobStarted(job=job.id, pid=1, start="spawn", reason="numba is imported.")]
        events.append(JobEnded(job=job.id, outcome=Outcome(ending=Ending.EXITED)))
    else:
        events.append(ReuseAnswered(step=step, reused=reused))
    store.append(run, [*events, StepEnded(step=step, result=result, reused=reused, reason=reason)])
    return step


def test_the_first_run_has_nothing_to_compare_with(store, artifacts):
    run_prep(store, parts={"code": "a"}, pipeline="another")
    step = run_prep(store, parts={"code": "a"})

    assert reasons(store.db, artifacts, step) == [
        "2/prep ran, since no earlier run of this pipeline had a step 'prep' that got so far.",
        "2/prep.0 was started in a fresh interpreter: numba is imported.",
    ]


def test_what_differs_from_the_newest_earlier_run_is_said(store, artifacts):
    run_prep(store, parts={"code": "a", "parameter size": "0.2"})
    run_prep(store, parts={"code": "a", "parameter size": "0.3"})
    step = run_prep(store, parts={"code": "b", "parameter size": "0.4"})

    assert reasons(store.db, artifacts, step)[:3] == [
        "3/prep ran, since it isn't the same as 2/prep:",
        "  the code changed",
        "  parameter size was 0.3 and is 0.4",
    ]


def test_an_equal_step_that_failed_is_no_reason_to_reuse(store, artifacts):
    run_prep(store, parts={"code": "a"}, result=Result.FAILED)
    step = run_prep(store, parts={"code": "a"})

    assert "2/prep ran, since 1/prep, which is the same, did not complete: it is failed." in reasons(
        store.db, artifacts, step
    )


def test_an_equal_step_whose_files_are_gone_is_run_again(store, artifacts):
    run_prep(store, parts={"code": "a"})
    step = run_prep(store, parts={"code": "a"})

    assert "no longer stored" in reasons(store.db, artifacts, step)[0]


@pytest.mark.parametrize(("fresh", "words"), [(True, "started with --fresh"), (False, "says reuse=False")])
def test_a_step_that_was_not_to_be_reused_says_so(store, artifacts, fresh, words):
    step = run_prep(store, parts={"code": "a"}, fresh=fresh, reusable=False)

    assert words in reasons(store.db, artifacts, step)[0]


def test_a_step_that_was_reused_says_what_is_equal(store, artifacts):
    run_prep(store, parts={"code": "a"})
    step = run_prep(store, parts={"code": "a", "script": "prep.py"}, reused="1/prep")

    assert reasons(store.db, artifacts, step)[0] == (
        "2/prep was reused from 1/prep, which computed the same. Equal are: code, script."
    )


def test_a_trial_says_who_stopped_it_with_both_numbers(store, artifacts, story):
    story.submitted().reused().searching().trial(0, 0.5, 0.2)
    told = [one.event for one in story.recorded]
    store.new_run(told[0])
    reason = "After 1 report its best score is 0.2, less than 0.3."
    stop = JobStopRequested(job="1/tune/0.0", by="policy", reason=reason)
    ended = JobEnded(job="1/tune/0.0", outcome=Outcome(ending=Ending.STOPPED))
    over = TrialEnded(step="1/tune", number=0, status=TrialStatus.STOPPED, score=0.2, reason=reason)
    store.append("1", [*told[1:], stop, ended, over])

    assert reasons(store.db, artifacts, "1/tune/0") == [
        "1/tune/0 is stopped: --alpha 0.5; its best r2 is 0.2, in 1 report.",
        f"The policy stopped it: {reason}",
        "1/tune/0.0 was forked from a warm process.",
    ]
    assert reasons(store.db, artifacts, "1/tune/0.0") == reasons(store.db, artifacts, "1/tune/0")


def test_a_trial_whose_result_was_taken_says_from_where(store, artifacts, story):
    story.submitted().reused().searching().trial(0, 0.5, 0.2).over(0, score=0.2)
    told = [one.event for one in story.recorded]
    store.new_run(told[0])
    store.append("1", told[1:])
    again = TrialSuggested(step="1/tune", number=1, values={"--alpha": 0.5}, key="k")
    store.append("1", [again, TrialAnswered(step="1/tune", number=1, found="1/tune/0", scores=(0.2,))])
    store.append("1", [TrialEnded(step="1/tune", number=1, status=TrialStatus.COMPLETED, score=0.2)])

    assert "It did not run: 1/tune/0 computed the same earlier" in " ".join(reasons(store.db, artifacts, "1/tune/1"))


def test_a_run_has_a_line_for_each_step(store, artifacts):
    run_prep(store, parts={"a": "1", "b": "1", "c": "1"})
    run_prep(store, parts={"a": "2", "b": "2", "c": "2"})

    assert reasons(store.db, artifacts, "2") == [
        "2/prep ran, since it isn't the same as 1/prep: a was 1 and is 2; 2 more: hyperstep why 2/prep"
    ]


def test_a_step_that_failed_says_why_in_the_lines_of_its_run(store, artifacts):
    run_prep(store, parts={"a": "1"}, result=Result.FAILED, reason="prep.py ended with exit code 3")

    assert reasons(store.db, artifacts, "1")[1:] == ["  The reason: prep.py ended with exit code 3"]


def test_the_files_that_changed_are_named(store, artifacts, tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()

    def run(code, **files):
        for path in folder.iterdir():
            path.unlink()
        for name, content in files.items():
            (folder / f"{name}.py").write_text(content)
        return run_prep(store, parts={"code": code}, source=artifacts.put(folder)[0])

    run("a", prep="1", gone="1", same="1")
    step = run("b", prep="2", new="1", same="1")
    many = run("c", **{f"f{number}": "1" for number in range(6)})

    assert "  the code changed: gone.py is gone, new.py is new, prep.py is different" in reasons(
        store.db, artifacts, step
    )
    assert ("  the code changed: f0.py is new, f1.py is new, f2.py is new, f3.py is new, f4.py is new, and 4 more") in (
        reasons(store.db, artifacts, many)
    )


def test_the_field_of_the_environment_that_changed_is_named_without_its_value(store, artifacts):
    run_prep(store, parts={"environment": "a"})
    step = run_prep(
        store, parts={"environment": "b"}, environment=Environment(start=Start.SPAWN, variables={"TOKEN": "secret"})
    )

    assert reasons(store.db, artifacts, step)[1] == "  the environment changed: variables, start"


def test_only_the_limits_that_changed_are_said_as_they_were_written(store, artifacts):
    for trials in (4, 5):
        tune = TuneStep(
            Step("t.py", name="tune"),
            space={"a": Uniform(0, 1)},
            metric=maximize("r2"),
            limits=Limits(trials=trials, concurrent=2),
        )
        run = store.new_run(RunSubmitted(pipeline=Pipeline("p", [tune]), sources={".": TREE}))
        _, parts = fingerprint(tune, parameters={}, source="", inputs={})
        store.append(run, [StepReady(step=f"{run}/tune", fingerprint=str(trials), parts=parts)])

    assert reasons(store.db, artifacts, "2/tune")[1:] == ["  the limit trials was 4 and is 5"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["script", "variable A", "code"], ["script", "variable A", "code"]),
        (["script", "variable A", "code", "variable B"], ["script", "code", "2 environment variables"]),
    ],
)
def test_many_variables_are_told_by_their_number(parts, words):
    assert _named(parts) == words
