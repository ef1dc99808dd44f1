"""Runs of the calling program itself, and child runs."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1 import interactive
from hyperstep.azureml_v1.exceptions import ActivityFailedException, ServiceException, UserErrorException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import UnsupportedV1


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("HYPERSTEP_WIRE", raising=False)
    monkeypatch.chdir(tmp_path)
    return Experiment(Workspace("s", "g", "local"), "exp")


def ids(runs):
    return [run.id for run in runs]


def test_a_run_goes_from_running_to_completed(experiment):
    run = experiment.start_logging()

    assert run.get_status() == "Running"
    run.complete()
    assert run.get_status() == "Completed"
    assert run.wait_for_completion()["status"] == "Completed"
    assert run.get_details()["endTimeUtc"] >= run.get_details()["startTimeUtc"]


def test_the_first_word_on_how_a_run_ended_counts(experiment):
    run = experiment.start_logging()
    run.cancel()
    run.complete()

    assert run.get_status() == "Canceled"


def test_a_with_block_that_raises_fails_its_run_and_waiting_says_why(experiment):
    with pytest.raises(ZeroDivisionError), experiment.start_logging() as run:
        run.log("half", 1 / 0)
    with pytest.raises(ActivityFailedException) as caught:
        run.wait_for_completion()

    assert run.get_status() == "Failed"
    assert "division by zero" in caught.value.message
    assert run.wait_for_completion(raise_on_error=False)["error"]["error"]["message"] == "division by zero"


def test_the_folder_of_outputs_is_kept_when_the_run_completes(experiment, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.txt").write_text("first")
    with experiment.start_logging(outputs="made") as run:
        pass
    (tmp_path / "made" / "a.txt").write_text("changed since")
    run.download_files(prefix="outputs", output_directory="got")

    assert run.get_file_names() == ["outputs/a.txt"]
    assert (tmp_path / "got" / "outputs" / "a.txt").read_text() == "first"


def test_a_run_is_named_and_described_again(experiment):
    run = experiment.start_logging(display_name="first")

    assert (run.display_name, run.description) == ("first", "")
    run.display_name = "second"
    run.description = "what it is for"
    run.display_name = "third"
    again = Run.get(experiment.workspace, run.id)
    assert (again.name, again.display_name, again.description) == ("first", "third", "what it is for")
    assert again.get_metrics() == again.get_tags() == again.get_properties() == {}


def test_a_child_isnt_submitted_by_its_parent(experiment):
    with pytest.raises(UnsupportedV1, match=r"child_run\(\)"):
        experiment.start_logging().submit_child(None)


def test_files_are_refused_that_arent_there(experiment):
    run = experiment.start_logging()

    with pytest.raises(UserErrorException, match="nowhere"):
        run.upload_file("x", "nowhere")
    with pytest.raises(UserErrorException, match="nowhere"):
        run.upload_folder("x", "nowhere")
    with pytest.raises(UserErrorException, match="was not found"):
        run.download_file("x")


def test_children_are_found_newest_first_with_their_metrics(experiment):
    run = experiment.start_logging()
    first = run.child_run(name="first")
    second = first.child_run(name="second")
    third = run.child_run(run_id="my own id")
    for number, one in enumerate((run, first, second, third)):
        one.log("number", number)

    assert ids(run.get_children()) == ["my own id", first.id]
    assert ids(run.get_children(recursive=True)) == ["my own id", first.id, second.id]
    assert [first.name, third.name] == ["first", None]
    assert second.parent == first
    assert run.parent is None
    assert run.get_metrics(recursive=True) == {
        run.id: {"number": 0},
        "my own id": {"number": 3},
        first.id: {"number": 1},
        second.id: {"number": 2},
    }
    assert ids(experiment.get_runs()) == [run.id]
    assert set(ids(experiment.get_runs(include_children=True))) == {run.id, first.id, second.id, third.id}


def test_several_children_are_made_by_number_or_by_tag(experiment):
    run = experiment.start_logging()
    run.create_children(count=2)
    tagged = run.create_children(tag_key="fold", tag_values=[0, 1])

    assert len(ids(run.get_children())) == 4
    assert [child.tags for child in tagged] == [{"fold": "0"}, {"fold": "1"}]
    assert ids(run.get_children(tags={"fold": "1"})) == [tagged[1].id]
    for wrong in ({}, {"count": 1, "tag_key": "x"}, {"count": 101}, {"count": 0}, {"tag_key": "x"}):
        with pytest.raises(UserErrorException):
            run.create_children(**wrong)


def test_children_are_told_apart_by_status(experiment):
    run = experiment.start_logging()
    ended, running = run.create_children(count=2)
    ended.complete()

    assert ids(run.get_children(status="Completed")) == [ended.id]
    assert ids(run.get_children(status="Running")) == [running.id]


@pytest.mark.parametrize("taken", ["42", "42_0", "HD_1_2"])
def test_an_id_of_the_engines_is_refused(experiment, taken):
    with pytest.raises(UserErrorException, match=taken):
        experiment.start_logging().child_run(run_id=taken)


def test_an_id_is_given_once(experiment):
    run = experiment.start_logging()
    run.child_run(run_id="mine/../own")

    with pytest.raises(UserErrorException, match="already"):
        run.child_run(run_id="mine/../own")
    assert interactive.folder("mine/../own").startswith(interactive.folder(run.id).rpartition("/")[0])


def test_tags_change_and_go_and_may_be_none(experiment):
    run = experiment.start_logging()
    run.set_tags({"kept": "1", "changed": "1", "gone": "1", "none": None})
    run.tag("changed", 2)
    assert run.remove_tags(["gone", "never"]) == {"kept": "1", "changed": "2", "none": None}
    run.tag("none", "text after all")
    run.tag("gone", "again")

    assert run.get_tags() == {"kept": "1", "changed": "2", "gone": "again", "none": "text after all"}


def test_properties_are_set_once(experiment):
    run = experiment.start_logging()
    run.add_properties({"a": 1})
    run.add_properties({"a": "1", "b": "2"})

    assert run.properties == {"a": "1", "b": "2"}
    with pytest.raises(UserErrorException, match="'a' is '1' already"):
        run.add_properties({"a": "2"})


def test_a_run_is_found_again_by_its_id(experiment):
    run = experiment.start_logging()
    run.log("a", 1)
    again = Run.get(experiment.workspace, run.id)

    assert again == run
    assert again.experiment.name == "exp"
    assert again.get_metrics() == {"a": 1}
    for unknown in ("nothing", "42", "42_0", "HD_42_0_1"):
        with pytest.raises(ServiceException, match="There is no run"):
            Run.get(experiment.workspace, unknown)


@pytest.mark.parametrize("unknown", ["typo", "99", "99_0", "HD_99_0", "HD_99_0_1"])
@pytest.mark.parametrize(
    "use",
    [
        lambda run: run.log("a", 1),
        lambda run: run.tag("a"),
        lambda run: run.upload_file("a", __file__),
        lambda run: run.get_metrics(),
        lambda run: run.get_tags(),
        lambda run: run.get_status(),
        lambda run: run.get_details(),
        lambda run: run.get_file_names(),
        lambda run: list(run.get_children()),
        lambda run: run.parent,
        lambda run: run.cancel(),
        lambda run: run.complete(),
        lambda run: run.fail(),
        lambda run: run.child_run(),
        lambda run: run.wait_for_completion(),
        lambda run: run.register_model("m"),
    ],
)
def test_a_run_that_isnt_there_fails_at_its_first_use(experiment, unknown, use):
    experiment.start_logging()
    with pytest.raises(ServiceException):
        use(Run(experiment, unknown))


def test_a_run_of_a_program_registers_its_files(experiment, tmp_path):
    (tmp_path / "model.txt").write_text("trained")
    run = experiment.start_logging()
    run.upload_file("outputs/model.txt", "model.txt")
    model = run.register_model("m", "outputs/model.txt", tags={"a": "b"})

    assert (model.id, model.run_id, model.tags) == ("m:1", run.id, {"a": "b"})
    assert model.run == run
    assert model.experiment_name == "exp"


def test_a_run_shows_itself_in_a_notebook(experiment):
    run = experiment.start_logging()

    assert f"<td>{run.id}</td>" in run._repr_html_()
    assert f"Id: {run.id},\nType: None,\nStatus: Running" in repr(run)
