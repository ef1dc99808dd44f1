"""Run a pipeline from Python and take its best trial."""

from __future__ import annotations

import pytest

import hyperstep
from hyperstep import Pipeline, Source, Step
from hyperstep.errors import NotFound, RunFailed, SubmissionError, UnknownParameter


def test_the_best_trial_tells_its_values_score_and_files(make):
    best = hyperstep.run(make()).best()

    assert best.id == "1/tune/1"
    assert best.values == {"x": 2}
    assert (best.metric, best.score) == ("score", 1.0)
    assert best.metrics == {"score": 1.0, "other": 2.0}
    assert best.files == ("outputs", "outputs/model")


def test_a_file_of_the_best_trial_is_saved_where_it_is_wanted(make, project):
    best = hyperstep.run(make()).best()
    best.save("outputs/model", project / "model.txt")

    assert (project / "model.txt").read_text() == "model of 2.0"
    with pytest.raises(SubmissionError, match="is there already"):
        best.save("outputs/model", project / "model.txt")
    with pytest.raises(NotFound, match="'outputs/model'"):
        best.save("outputs/modle", project / "other.txt")


def test_a_run_knows_its_trials_best_first_and_its_models(make):
    finished = hyperstep.run(make())

    assert [trial.values["x"] for trial in finished.trials()] == [2, 1, 3, 4]
    (model,) = finished.models()
    assert (model.name, model.version, model.trial, model.values) == ("tiny", 1, "1/tune/1", {"x": 2})
    assert model.metrics == {"score": 1.0, "other": 2.0}
    assert model.source
    assert model.data


def test_a_run_whose_search_is_reused_still_knows_the_best_trial(make, trained):
    hyperstep.run(make())
    trained()
    again = hyperstep.run(make())

    assert trained() == []
    assert again.id == "2"
    assert again.best().id == "1/tune/1"
    assert again.models()[0].version == 2
    assert again.models()[0].trial == "1/tune/1"


def test_a_parameter_reaches_the_scripts(make):
    assert hyperstep.run(make(), {"offset": 5.0}).best().score == 5.0


def test_an_unknown_parameter_and_one_of_another_type_are_refused_before_anything_is_recorded(make):
    with pytest.raises(UnknownParameter, match="'offset'"):
        hyperstep.run(make(), {"ofset": 5.0})
    with pytest.raises(SubmissionError, match="float"):
        hyperstep.run(make(), {"offset": "five"})

    assert hyperstep.run(make()).id == "1"


def test_a_step_that_fails_raises_with_the_end_of_its_log_and_the_path(project):
    (project / "steps" / "broken.py").write_text("print('so far so good')\nraise ValueError('no such column: age')")
    pipeline = Pipeline("broken", [Step("broken.py", source=Source("steps"))])

    with pytest.raises(RunFailed) as caught:
        hyperstep.run(pipeline)
    assert "broken.py ended with exit code 1" in str(caught.value)
    assert "so far so good" in str(caught.value)
    assert "no such column: age" in str(caught.value)
    assert str(project / ".hyperstep" / "runs" / "1" / "broken.0" / "log.txt") in str(caught.value)
    assert caught.value.run == "1"


def test_asking_for_a_tuning_step_that_is_not_there_names_those_that_are(make):
    with pytest.raises(NotFound, match="'tune'"):
        hyperstep.run(make()).best("tuen")
