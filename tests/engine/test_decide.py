"""What happens next in a run, from its start to its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import pytest
from pipelines import alpha_of, training, tutorial
from world import Log, Script, artifact, run, start

from hyperstep.engine.events import (
    JobRequested,
    JobStopRequested,
    MetricsLogged,
    ModelRegistered,
    ModelRequested,
    Point,
    Result,
    ReuseAnswered,
    StepEnded,
    StepReady,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.job import Ending, InputPath, Outcome, OutputPath
from hyperstep.errors import SpaceError
from hyperstep.pipeline.data import TRIAL_IDS, Output, TrialTable
from hyperstep.pipeline.parameter import Parameter
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step
from hyperstep.search.distributions import choice
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.trial import TrialStatus


def ends(log: Log) -> dict[str, StepEnded]:
    return {event.step: event for event in log.of(StepEnded)}


def statuses(log: Log) -> dict[int, TrialStatus]:
    return {event.number: event.status for event in log.of(TrialEnded)}


def test_the_tutorial_runs_to_a_registered_model_of_the_best_trial():
    log, world = start(tutorial(), training)
    state = run(log, world)

    suggested = {e.number: e.values["alpha"] for e in log.of(TrialSuggested)}
    best = min(suggested, key=lambda number: abs(suggested[number] - 0.3))
    assert state.ended.result is Result.COMPLETED
    assert len(suggested) == 4
    assert ends(log)["1/tune"].best == best
    assert log.of(ModelRequested)[0].trial == f"1/tune/{best}"
    assert log.of(ModelRegistered)[0].version == 1


def test_a_job_gets_its_arguments_first_and_then_its_sampled_values_sorted_by_name():
    space = {"zeta": choice(3.0), "--alpha": choice("a b")}
    log, world = start(tutorial(space=space, sampler=GridSampler()), lambda job: Script([Point("r2", 1.0)]))
    run(log, world)

    job = next(e.job for e in log.of(JobRequested) if e.job.id == "1/tune/0.0")
    assert job.arguments == ("--data", InputPath(name="data"), "--alpha", "a b", "--zeta", "3")


def test_a_parameter_reaches_the_script_as_text_and_an_output_as_a_path():
    step = Step("prep.py", arguments=["--size", Parameter("size", 0.25), "--n", Parameter("n", 2.0), Output("data")])
    log, world = start(Pipeline("p", [step]), lambda job: Script())
    run(log, world)

    assert log.of(JobRequested)[0].job.arguments == ("--size", "0.25", "--n", "2", OutputPath(name="data"))


def test_never_more_trials_run_than_are_allowed_at_once():
    log, world = start(tutorial(trials=9, concurrent=3), training)
    most = 0
    state_running = set()
    run(log, world)
    for event in log.events:
        if isinstance(event, JobRequested) and "/tune/" in event.job.id:
            state_running.add(event.job.id)
        elif type(event).__name__ == "JobEnded":
            state_running.discard(event.job)
        most = max(most, len(state_running))

    assert most == 3
    assert len(log.of(TrialSuggested)) == 9


def test_a_policy_stops_a_trial_and_both_numbers_are_on_record():
    log, world = start(tutorial(trials=6, policy=BanditPolicy(slack_amount=0.02)), lambda job: training(job, reports=5))
    run(log, world)

    stops = log.of(JobStopRequested)
    assert stops
    assert all(stop.by == "policy" and any(c.isdigit() for c in stop.reason) for stop in stops)
    stopped = {event.number: event for event in log.of(TrialEnded) if event.status is TrialStatus.STOPPED}
    assert {f"1/tune/{number}.0" for number in stopped} == {stop.job for stop in stops}
    assert all(stopped[number].reason for number in stopped)


def test_a_stopped_trial_that_ends_well_all_the_same_counts_as_completed():
    log, world = start(tutorial(policy=BanditPolicy(slack_amount=0.001)), lambda job: training(job, reports=2))
    turn = world.turn
    world.turn = lambda: [  # the script traps the signal, saves its model and exits with 0
        e
        if getattr(getattr(e, "outcome", None), "ending", None) is not Ending.STOPPED
        else type(e)(job=e.job, outcome=Outcome(ending=Ending.EXITED))
        for e in turn()
    ]
    run(log, world)

    assert log.of(JobStopRequested)
    assert set(statuses(log).values()) == {TrialStatus.COMPLETED}


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [
        (Outcome(ending=Ending.EXITED, code=3), TrialStatus.FAILED, "exit code 3"),
        (Outcome(ending=Ending.SIGNALLED, code=9), TrialStatus.FAILED, "signal 9"),
        (Outcome(ending=Ending.TIMED_OUT, seconds=5), TrialStatus.STOPPED, "time limit"),
        (Outcome(ending=Ending.REFUSED, detail="no Python"), TrialStatus.FAILED, "no Python"),
    ],
)
def test_a_trial_that_goes_wrong_is_recorded_as_what_it_is_and_the_others_go_on(outcome, status, words):
    def one_is_bad(job):
        script = training(job)
        return Script(script.points, outcome=outcome) if job.id.startswith("1/tune/1.") else script

    log, world = start(tutorial(), one_is_bad)
    state = run(log, world)

    bad = next(event for event in log.of(TrialEnded) if event.number == 1)
    assert bad.status is status
    assert words in bad.reason
    assert state.ended.result is Result.COMPLETED
    assert list(statuses(log).values()).count(TrialStatus.COMPLETED) == 3
    assert ends(log)["1/tune"].best != 1


def test_a_trial_that_never_logs_the_metric_fails_and_is_never_best():
    log, world = start(tutorial(), lambda job: Script() if job.id.startswith("1/tune/0.") else training(job))
    run(log, world)

    first = next(event for event in log.of(TrialEnded) if event.number == 0)
    assert first.status is TrialStatus.FAILED
    assert "'r2'" in first.reason


def test_a_metric_that_nobody_logs_fails_the_step_and_names_those_that_were_logged():
    log, world = start(
        tutorial(first_failures=0),
        lambda job: Script([Point("mse", 1.0), Point("R2", 1.0)]) if "tune" in job.id else Script(),
    )
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert "'r2'" in state.ended.reason
    assert "'mse' and 'R2'" in state.ended.reason
    assert ends(log)["1/register-ridge"].result is Result.SKIPPED


def test_a_search_whose_first_three_trials_all_fail_ends():
    log, world = start(
        tutorial(trials=20),
        lambda job: Script(outcome=Outcome(ending=Ending.EXITED, code=1)) if "tune" in job.id else Script(),
    )
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert len(log.of(TrialSuggested)) <= 4
    assert "exit code 1" in state.ended.reason


def test_a_best_file_that_the_winner_did_not_write_fails_the_step_and_names_what_it_wrote():
    log, world = start(tutorial(best_file="outputs/other"), training)
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert "'outputs/other'" in state.ended.reason
    assert "'outputs/model'" in state.ended.reason


def test_a_step_that_fails_ends_the_run_and_says_how():
    log, world = start(tutorial(), lambda job: Script(outcome=Outcome(ending=Ending.EXITED, code=3)))
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert "prep.py ended with exit code 3" in state.ended.reason
    assert [e.result for e in log.of(StepEnded)] == [Result.FAILED, Result.SKIPPED, Result.SKIPPED]


def test_a_step_whose_result_is_known_runs_nothing():
    log, world = start(tutorial(), training)
    run(log, world)
    earlier = {ready.fingerprint: ready.step for ready in log.of(StepReady) if ready.reusable}
    again, second = start(tutorial(), training)
    for fingerprint, step in earlier.items():
        ended = ends(log)[step]
        second.earlier[fingerprint] = ReuseAnswered(step=step, reused=step, outputs=ended.outputs, best=ended.best)
    state = run(again, second)

    assert state.ended.result is Result.COMPLETED
    assert second.starts == []
    assert ends(again)["1/tune"].reused == "1/tune"
    assert again.of(ModelRequested)[0].trial == log.of(ModelRequested)[0].trial


def test_a_reused_search_that_lacks_a_file_wanted_now_is_run_again():
    log, world = start(tutorial(), training)
    run(log, world)
    tune = next(ready for ready in log.of(StepReady) if ready.step == "1/tune")
    again, second = start(tutorial(), training)
    second.earlier[tune.fingerprint] = ReuseAnswered(step="0/tune", reused="0/tune", outputs={}, best=0)
    state = run(again, second)

    assert state.ended.result is Result.COMPLETED
    assert any(job.startswith("1/tune/") for job in second.starts)


def test_a_run_that_asks_for_fresh_results_asks_nobody_for_earlier_ones():
    log, world = start(tutorial(), training, fresh=True)
    run(log, world)

    assert log.of(ReuseAnswered) == []
    assert not any(ready.reusable for ready in log.of(StepReady))


def test_the_table_of_trials_is_written_only_for_a_step_that_takes_it():
    without, world = start(tutorial(), training)
    run(without, world)
    log, world = start(tutorial(table=True), training)
    run(log, world)

    assert "trials" not in ends(without)["1/tune"].outputs
    assert ends(log)["1/tune"].outputs["trials"] == artifact(f"table of {TRIAL_IDS}")


@pytest.mark.parametrize("cancel_at", range(3, 40))
def test_a_cancelled_run_stops_what_runs_and_ends_cancelled(cancel_at):
    log, world = start(tutorial(), training)
    state = run(log, world, cancel_at=cancel_at)

    assert state.ended.result in (Result.CANCELLED, Result.COMPLETED)
    assert state.jobs == {}
    assert all(step.ended for step in state.steps.values())
    assert {e.number for e in log.of(TrialSuggested)} == set(statuses(log))


def test_a_search_over_its_time_stops_what_runs_and_keeps_its_best():
    log, world = start(tutorial(trials=100, duration=40.0), training)
    state = run(log, world)

    assert state.ended.result is Result.COMPLETED
    assert len(log.of(TrialSuggested)) < 100
    assert any("limit of 40 s" in note for note in ends(log)["1/tune"].notes)
    assert {stop.by for stop in log.of(JobStopRequested)} <= {"limit"}


def test_a_finite_space_that_runs_out_ends_the_search_and_says_so():
    log, world = start(tutorial(trials=50, space={"alpha": choice(0.1, 0.2, 0.3)}), training)
    state = run(log, world)

    assert state.ended.result is Result.COMPLETED
    assert sorted(alpha_of(e.job) for e in log.of(JobRequested) if "/tune/" in e.job.id) == [0.1, 0.2, 0.3]
    assert any("3 combinations" in note for note in ends(log)["1/tune"].notes)


def test_a_policy_that_never_could_act_is_said_at_the_end():
    log, world = start(
        tutorial(policy=BanditPolicy(slack_factor=0.1, evaluation_interval=2)), lambda job: training(job, reports=1)
    )
    run(log, world)

    assert any("policy never acted" in note and "report 2" in note for note in ends(log)["1/tune"].notes)


def test_a_nan_is_kept_as_a_report_and_never_wins():
    def nan_first(job):
        script = training(job)
        return Script([Point("r2", float("nan"))]) if job.id.startswith("1/tune/0.") else script

    log, world = start(tutorial(), nan_first)
    run(log, world)

    assert ends(log)["1/tune"].best != 0
    assert any(e.job.startswith("1/tune/0.") for e in log.of(MetricsLogged))


def test_a_trial_that_is_lost_again_and_again_fails_at_last():
    lost = Outcome(ending=Ending.LOST)
    log, world = start(tutorial(), lambda job: Script(outcome=lost) if "/tune/1." in job.id else training(job))
    state = run(log, world)

    attempts = [e.job.id for e in log.of(JobRequested) if "/tune/1." in e.job.id]
    assert len(attempts) == 5
    assert statuses(log)[1] is TrialStatus.FAILED
    assert state.ended.result is Result.COMPLETED


def test_a_step_that_is_lost_again_and_again_fails_at_last():
    log, world = start(tutorial(), lambda job: Script(outcome=Outcome(ending=Ending.LOST)))
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert "lost" in state.ended.reason
    assert len(log.of(JobRequested)) == 5


@dataclass(frozen=True)
class Choosy:
    """A sampler that gives up after a few trials."""

    trials: int

    def suggest(self, space, history):
        if history.suggested >= self.trials:
            raise SpaceError("this space is too odd for it")
        return {"alpha": history.suggested / 10}


def test_a_sampler_that_cannot_take_the_space_fails_the_step_with_its_words():
    log, world = start(tutorial(sampler=Choosy(0)), training)
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert "too odd" in state.ended.reason


def test_a_sampler_that_gives_up_in_the_middle_leaves_the_best_so_far():
    log, world = start(tutorial(trials=9, sampler=Choosy(4)), training)
    state = run(log, world)

    assert state.ended.result is Result.COMPLETED
    assert ends(log)["1/tune"].best == 3
    assert any("too odd" in note for note in ends(log)["1/tune"].notes)


def test_two_tables_with_other_ids_are_two_outputs():
    (prep, tune, *others) = tutorial(table=True).steps
    more = Step("more.py", arguments=["--trials", TrialTable("tune", "HD_{trial}")])
    log, world = start(Pipeline("tables", [prep, tune, *others, more]), training)
    run(log, world)

    outputs = ends(log)["1/tune"].outputs
    assert outputs["trials"] == artifact(f"table of {TRIAL_IDS}")
    assert outputs["trials:HD_{trial}"] == artifact("table of HD_{trial}")


@pytest.mark.parametrize("change", [{"variables": "SWEEP_"}, {"variables": "OTHER_", "options": False}])
def test_a_trial_that_is_told_its_values_in_another_way_is_another_trial(change):
    (prep, tune, *_) = tutorial().steps
    logs = []
    for changed in ({}, {"variables": "OTHER_"}, change):
        log, world = start(Pipeline("told", [prep, replace(tune, **changed)]), told_training)
        run(log, world)
        logs.append([e.key for e in log.of(TrialSuggested)])

    assert all(one != other for one, other in combinations([key for keys in logs for key in keys], 2))


def told_training(job):
    options = [text for name in job.told if name.endswith("alpha") for text in ("--alpha", job.told[name])]
    return training(replace(job, arguments=(*job.arguments, *options)))


def failing(job, after=0):
    points = [Point("loss", 1.0)] * after
    failed = Outcome(ending=Ending.EXITED, code=3)
    return Script(points=points, outcome=failed) if job.script == "bad.py" else training(job)


@pytest.mark.parametrize("after", range(5))
def test_where_nothing_is_to_go_on_a_failed_step_ends_the_others(after):
    pipeline = Pipeline("several", [Step("bad.py"), Step("later.py", after=["bad"]), *tutorial().steps])
    log, world = start(pipeline, partial(failing, after=after), keep_going=False)
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert state.ended.reason.startswith("step 'bad'")
    assert state.jobs == {}
    assert {stop.by for stop in log.of(JobStopRequested)} <= {"failure"}
    assert ends(log)["1/register-ridge"].result is Result.SKIPPED
    assert ends(log)["1/register-ridge"].reason == "step 'bad' failed"
    assert {e.number for e in log.of(TrialSuggested)} == set(statuses(log))
    started = {e.step for e in log.of(StepReady)} - {"1/bad"}
    assert {step for step, end in ends(log).items() if end.result is Result.CANCELLED} <= started


def test_otherwise_the_steps_that_dont_need_a_failed_one_go_on():
    pipeline = Pipeline("several", [Step("bad.py"), Step("later.py", after=["bad"]), *tutorial().steps])
    log, world = start(pipeline, failing)
    state = run(log, world)

    assert state.ended.result is Result.FAILED
    assert ends(log)["1/register-ridge"].result is Result.COMPLETED
    assert ends(log)["1/later"].result is Result.SKIPPED
