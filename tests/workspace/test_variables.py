"""What a script finds in its environment: paths, names of its own, sampled values; and commands in place of scripts."""

from __future__ import annotations

import json
import sys

import pytest

from hyperstep import (
    Dataset,
    Environment,
    JobName,
    Joined,
    Limits,
    Output,
    Parameter,
    Pipeline,
    Start,
    Step,
    TrialTable,
    TuneStep,
    choice,
    maximize,
)
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import Result
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.store import queries
from hyperstep.workspace import Workspace

TELL = """
import json, os, sys
found = {name: value for name, value in os.environ.items() if name.startswith("TOLD_")}
for name in ("TOLD_IN", "TOLD_TABLE"):
    if name in found:
        found[name + "_TEXT"] = open(found[name]).read()
found["arguments"] = sys.argv[1:]
json.dump(found, open(os.environ["TOLD_OUT"], "w"))
"""
SCORE = """
import os, sys
from hyperstep import tracking
tracking.metric("score", float(os.environ["SWEEP_x"]))
open("outputs/arguments", "w").write(repr(sys.argv[1:]))
"""


def drive(workspace, pipeline, parameters=None, **more):
    run = workspace.submit(pipeline, parameters, **more)
    ended = workspace.drive(run)
    assert ended.result is Result.COMPLETED, ended.reason
    return run


def told(workspace, step):
    (job,) = queries.jobs(workspace.store.db, step)
    (made,) = [row.artifact for row in queries.artifacts(workspace.store.db, job.id) if row.name == "told"]
    with workspace.artifacts.open(made) as file:
        return json.load(file)


@pytest.fixture
def workspace(project):
    (project / "tell.py").write_text(TELL)
    (project / "score.py").write_text(SCORE)
    (project / "data.txt").write_text("the data")
    with Workspace.open(project) as opened:
        yield opened


def tell(**variables):
    start = variables.pop("start", Start.AUTO)
    more = variables.pop("arguments", ())
    variables |= {"TOLD_OUT": Output("told")}
    return Step("tell.py", arguments=more, variables=variables, environment=Environment(start=start))


@pytest.mark.parametrize("start", [Start.FORK, Start.SPAWN])
def test_a_variable_may_be_whatever_an_argument_may_be(workspace, start):
    step = tell(
        start=start,
        TOLD_IN=Dataset("data.txt"),
        TOLD_SIZE=Parameter("size", 0.2),
        TOLD_NAME=JobName("{run}_{step}_{position}_{trial}_{attempt}"),
        TOLD_TEXT="plain",
        TOLD_NUMBER=3,
    )
    run = drive(workspace, Pipeline("variables", [step]), {"size": 0.3})

    found = told(workspace, f"{run}/tell")
    assert found["TOLD_IN_TEXT"] == "the data"
    assert (found["TOLD_SIZE"], found["TOLD_NAME"]) == ("0.3", f"{run}_tell_0__0")
    assert (found["TOLD_TEXT"], found["TOLD_NUMBER"]) == ("plain", "3")


def test_joined_parts_follow_each_other_without_a_blank(workspace):
    step = tell(arguments=[Joined(["--in=", Dataset("data.txt"), "!"]), Joined([Parameter("size", 2), "x"])])
    run = drive(workspace, Pipeline("joined", [step]))

    first, second = told(workspace, f"{run}/tell")["arguments"]
    assert first.startswith("--in=/")
    assert first.endswith("/data.txt!")
    assert second == "2x"


def test_a_step_waits_for_what_stands_in_its_variables(workspace):
    make = Step(command='printf made > "$OUT"', name="make", variables={"OUT": Output("made")})
    take = tell(TOLD_IN=make.output("made"))
    run = drive(workspace, Pipeline("waits", [take, make]))

    assert told(workspace, f"{run}/tell")["TOLD_IN_TEXT"] == "made"


def test_values_reach_a_trial_as_variables_in_place_of_options(workspace):
    tune = TuneStep(
        Step("score.py"),
        space={"--x": choice(1, 3)},
        metric=maximize("score"),
        sampler=GridSampler(),
        limits=Limits(trials=2),
        options=False,
        variables="SWEEP_",
    )
    named = TrialTable("score", "HD_{run}_{position}_{trial}")
    pipeline = Pipeline("sweep", [tune, tell(TOLD_TABLE=named, arguments=[tune.trial_table()])])
    run = drive(workspace, pipeline)

    trials = queries.trials(workspace.store.db, f"{run}/score")
    assert [trial.best_score for trial in trials] == [1.0, 3.0]
    for trial in trials:
        (file,) = [row for row in queries.artifacts(workspace.store.db, trial.job) if row.name == "outputs"]
        (member,) = file.members
        with workspace.artifacts.open(Artifact(digest=member.digest, size=member.size)) as text:
            assert text.read() == b"[]"
    table = json.loads(told(workspace, f"{run}/tell")["TOLD_TABLE_TEXT"])
    assert table == {f"HD_{run}_0_0": {"score": [1.0]}, f"HD_{run}_0_1": {"score": [3.0]}}


def test_the_table_holds_what_a_trial_logged_whose_result_was_taken(workspace):
    def pipeline(trials):
        tune = TuneStep(
            Step("score.py"),
            space={"x": choice(1, 3, 5)},
            metric=maximize("score"),
            sampler=GridSampler(),
            limits=Limits(trials=trials),
            variables="SWEEP_",
        )
        return Pipeline("sweep", [tune, tell(TOLD_TABLE=tune.trial_table())])

    drive(workspace, pipeline(2))
    run = drive(workspace, pipeline(3))

    table = json.loads(told(workspace, f"{run}/tell")["TOLD_TABLE_TEXT"])
    assert table == {f"{run}/score/{number}": {"score": [score]} for number, score in enumerate((1.0, 3.0, 5.0))}


def test_a_step_is_reused_whatever_a_name_is_that_does_not_count(workspace):
    for name in ("first", "{run}-second"):
        run = drive(workspace, Pipeline("again", [tell(TOLD_NAME=JobName(name, counts=False))]))

    assert queries.step(workspace.store.db, f"{run}/tell").state == "reused"


def test_an_unchanged_step_is_reused_whatever_its_run_is_called(workspace):
    pipeline = Pipeline("again", [tell(TOLD_NAME=JobName("{run}"), TOLD_IN=Dataset("data.txt"))])
    drive(workspace, pipeline)
    run = drive(workspace, pipeline)

    assert queries.step(workspace.store.db, f"{run}/tell").state == "reused"


@pytest.mark.parametrize(
    "changed",
    [
        {"TOLD_SIZE": Parameter("size", 4)},
        {"TOLD_NAME": JobName("{step}")},
        {"TOLD_SIZE": Joined(["a", Parameter("size", 3)])},
        {"TOLD_IN": Dataset("tell.py")},
    ],
)
def test_a_changed_variable_makes_a_step_run(workspace, changed):
    before = {"TOLD_SIZE": Parameter("size", 3), "TOLD_NAME": JobName("{run}"), "TOLD_IN": Dataset("data.txt")}
    drive(workspace, Pipeline("again", [tell(**before)]))
    run = drive(workspace, Pipeline("again", [tell(**{**before, **changed})]))

    assert queries.step(workspace.store.db, f"{run}/tell").state == "completed"


def test_a_command_runs_in_a_copy_of_its_folder_with_the_environments_python(workspace):
    command = 'test -f train.py && python -c "import sys; print(sys.prefix, sys.argv[1])" "$1" > "$OUT"'
    step = Step(
        command=command, name="command", source="steps", arguments=["an argument"], variables={"OUT": Output("told")}
    )
    run = drive(workspace, Pipeline("command", [step]))

    (job,) = queries.jobs(workspace.store.db, f"{run}/command")
    (made,) = [row.artifact for row in queries.artifacts(workspace.store.db, job.id) if row.name == "told"]
    with workspace.artifacts.open(made) as file:
        assert file.read().decode().split(" ", 1) == [sys.prefix, "an argument\n"]
    assert job.start == "spawn"


def test_a_command_that_fails_fails_its_step(workspace):
    run = workspace.submit(Pipeline("command", [Step(command="exit 3", name="command")]))
    ended = workspace.drive(run)

    assert ended.result is Result.FAILED
    assert "exit code 3" in ended.reason


def test_any_file_of_its_folder_counts_for_a_command(workspace, project):
    pipeline = Pipeline("command", [Step(command="ls", name="command", source="steps")])
    drive(workspace, pipeline)
    (project / "steps" / "another.txt").write_text("new")
    run = drive(workspace, pipeline)

    assert queries.step(workspace.store.db, f"{run}/command").state == "completed"
