"""Names of experiments, what they submit, and what is kept of them."""

import pytest

from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.experiment import Experiment


@pytest.mark.parametrize("name", ["a", "ab", "1a", "a_b-c", "x" * 255])
def test_an_experiment_may_have_the_name(local, name):
    assert Experiment(local, name).name == name


@pytest.mark.parametrize("name", ["", "a b", "-ab", "_ab", "a.b", "x" * 256, "éab", "ab\n"])
def test_an_experiment_may_not_have_the_name(local, name):
    with pytest.raises(UserErrorException) as caught:
        Experiment(local, name)

    assert caught.value.message == (
        "Experiment name must be between 1 and 255 characters long. Its first character has to be alphanumeric, "
        "and the rest may contain hyphens and underscores. No whitespace is allowed."
    )


def test_what_is_submitted_is_told_its_experiment_and_tags(local):
    class Configuration:
        def _submit(self, experiment, tags=None, **kwargs):
            return experiment.name, tags, kwargs

    given = Experiment(local, "exp").submit(Configuration(), tags={"a": "b"}, pipeline_parameters={"x": 1})

    assert given == ("exp", {"a": "b"}, {"pipeline_parameters": {"x": 1}})


def test_something_that_is_no_configuration_is_refused_by_its_type(local):
    with pytest.raises(UserErrorException, match=r"A dict can't be submitted\. Give a ScriptRunConfig"):
        Experiment(local, "exp").submit({})


def test_runs_of_the_program_are_found_newest_first(local):
    experiment = Experiment(local, "exp")
    runs = [experiment.start_logging() for _ in range(3)]
    Experiment(local, "other").start_logging()

    assert [run.id for run in experiment.get_runs()] == [run.id for run in reversed(runs)]


def test_tags_are_kept_and_removed(local):
    experiment = Experiment(local, "exp")
    experiment.set_tags({"a": "1", "b": "2"})
    experiment.tag("c")
    experiment.remove_tags(["a"])

    assert Experiment(local, "exp").tags == {"b": "2", "c": None}


def test_archived_experiments_are_listed_when_they_are_asked_for(local):
    Experiment(local, "kept").tag("team", "blue")
    Experiment(local, "old").archive()

    def names(**asked):
        return [experiment.name for experiment in Experiment.list(local, **asked)]

    assert names() == ["kept"]
    assert names(view_type="ArchivedOnly") == ["old"]
    assert names(view_type="All") == ["kept", "old"]
    assert names(tags={"team": "blue"}) == names(tags="team") == ["kept"]
    assert names(tags={"team": "red"}) == names(experiment_name="missing") == []
    Experiment(local, "old").reactivate()
    assert names() == ["kept", "old"]


def test_only_an_experiment_without_runs_is_deleted(local):
    empty, full = Experiment(local, "empty"), Experiment(local, "full")
    full.start_logging()
    Experiment.delete(local, empty.id)

    with pytest.raises(UserErrorException, match="'full' has runs"):
        Experiment.delete(local, full.id)
    with pytest.raises(UserErrorException, match="No experiment has the id"):
        Experiment.delete(local, empty.id)
    assert [experiment.name for experiment in Experiment.list(local)] == ["full"]
