import json
import re
import shlex

import pytest


def test_runs_are_listed(finished):
    head, line = finished.look("runs").out.splitlines()

    assert head.split() == ["run", "state", "pipeline", "submitted", "took", "best"]
    assert re.fullmatch(r" *1  completed  first +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[\d.]+ s  error [\d.e-]+", line)


def test_a_run_is_shown_with_its_steps_best_and_models(finished):
    text = finished.look("show").out

    assert text == finished.look("show", "1").out
    assert text.startswith("Run 1 of first: completed after")
    assert re.search(r"^tune +completed .*12 trials: ", text, re.MULTILINE)
    assert "Registered line version 1." in text


@pytest.mark.parametrize("identity", ["tune", "1/tune", "1/prepare", "1/tune/0", "1/tune/0.0", "1/register-line"])
def test_each_thing_can_be_shown_as_text_and_json(finished, identity):
    full = "1/tune" if identity == "tune" else identity

    assert full in finished.look("show", identity).out.splitlines()[0]
    assert finished.json("show", identity)["id"] == full


@pytest.mark.parametrize("text", ["tune/0", "tune/0.0", "prepare.0", "register line", "Tune/3/"])
def test_what_is_below_a_step_of_the_newest_run_needs_no_run(finished, text):
    full = {"Tune/3/": "1/tune/3", "register line": "1/register-line"}.get(text, f"1/{text}")

    assert finished.json("show", text)["id"] == full


def test_every_command_that_takes_an_id_takes_the_short_form(finished):
    assert finished.look("logs", "tune/0").out == finished.look("logs", "1/tune/0").out
    assert finished.look("why", "tune/0").out == finished.look("why", "1/tune/0").out
    assert finished.look("best", "tune/0").out == finished.look("best", "1/tune/0").out
    assert finished.look("trials", "tune/0").out == finished.look("trials", "1/tune").out


def test_a_trial_that_is_named_is_shown_though_it_is_not_the_best(finished):
    for trial in finished.json("trials", "1")[:3]:
        assert finished.json("best", trial["id"])["id"] == trial["id"]
        assert finished.json("best", f"{trial['id']}.0")["values"] == trial["values"]


def test_trials_are_listed_best_first(finished):
    rows = finished.json("trials", "1")
    scores = [row["best_score"] for row in rows if row["best_score"] is not None]

    assert len(rows) == 12
    assert scores == sorted(scores)
    lines = finished.look("trials", "1", "-n", "3").out.splitlines()
    assert lines[2].split()[:6] == ["trial", "state", "error", "--decay", "--rate", "reports"]
    assert len(lines) == 7
    assert lines[-1] == "and 9 more: hyperstep trials 1/tune -n 12"


def test_trials_are_listed_as_they_were_tried(finished):
    assert [row["number"] for row in finished.json("trials", "1", "--by-number")] == list(range(12))


def test_the_best_values_are_a_command_line_with_every_digit(finished):
    best = finished.json("best", "1")
    words = shlex.split(finished.look("best", "1", "--values").out)

    assert words[::2] == ["--decay", "--rate"]
    assert [float(word) for word in words[1::2]] == [best["values"]["decay"], best["values"]["rate"]]
    assert best["command_line"] == shlex.join(words)
    assert best["models"] == [{"name": "line", "version": 1}]
    assert "outputs/model.json" in finished.look("best").out


def test_the_best_trial_s_files_can_be_taken(finished, tmp_path):
    finished.look("best", "--copy", str(tmp_path / "best"))
    model = json.loads((tmp_path / "best" / "outputs" / "model.json").read_text())

    assert model["error"] == pytest.approx(finished.json("best")["metrics"]["error"])
    assert "is there already" in finished.look("best", "--copy", str(tmp_path / "best"), code=2).err


def test_models_are_listed_with_where_they_come_from(finished, tmp_path):
    best = finished.json("best")
    (row,) = finished.json("models")
    text = finished.look("models", "line:1").out

    assert (row["name"], row["version"], row["trial"]) == ("line", 1, best["id"])
    assert row["values"] == best["values"]
    assert best["command_line"] in text
    assert "line" in finished.look("models").out
    assert "line" in finished.look("models", "line").out
    finished.look("models", "line:1", "--copy", str(tmp_path / "model.json"))
    assert "weights" in json.loads((tmp_path / "model.json").read_text())
    assert "absent" in finished.look("models", "absent", code=2).err


def test_a_script_s_output_is_printed(finished):
    assert re.search(r"^200 rows, \d+ bytes$", finished.look("logs", "1/prepare").out, re.MULTILINE)
    assert finished.look("logs", "1/tune/0").out
    assert "1/tune/99" in finished.look("logs", "1/tune/99", code=2).err


def test_why_says_why_a_step_ran(finished):
    text = finished.look("why", "1/prepare").out

    assert "1/prepare ran, since no earlier run of this pipeline had a step 'prepare'" in text
    assert re.search(r"1/prepare\.0 was (forked|started)", text)


def test_why_says_it_of_each_step_of_the_newest_run_in_a_line(finished):
    text = finished.look("why").out

    assert [line.split()[0] for line in text.splitlines()] == ["1/prepare", "1/tune", "1/register-line"]
    assert text == finished.look("why", "1").out


def test_why_says_which_trial_won(finished):
    assert "It is the best of 1/tune" in finished.look("why", finished.json("best")["id"]).out


def test_another_policy_can_be_tried_on_what_was_recorded(finished):
    none = finished.json("what-if", "1", "--policy", "bandit", "--slack-factor", "1000000")
    some = finished.json("what-if", "1", "--policy", "median")
    text = finished.look("what-if", "--policy", "median", "--trials", "1").out

    assert (none["saved"], none["stops"], none["best"]) == (0, [], none["best_then"])
    assert some["best"] == finished.json("best")["number"]
    assert f"{len(some['stops'])} of 12 trials would have been stopped" in text
    assert "--policy median takes" in finished.look("what-if", "--policy", "median", "--eta", "3", code=2).err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "9"], "There is no run '9'"),
        (["show", "1/tun"], "'1/tune'"),
        (["trials", "1/prepare"], "1/prepare isn't a tuning step"),
        (["logs", "tun/0"], "There is no step 'tun/0' in run 1, the newest. Did you mean 'tune'?"),
        (["show", "A/B"], "There is no step 'A/B'"),
        (["logs", "tune/99"], "There is no trial '1/tune/99'. Its trials are 0 to 11."),
        (["best", "1/tune/99"], "There is no trial '1/tune/99'"),
        (["best", "1/tune/x"], "There is no trial '1/tune/x'"),
        (["resume"], "nothing to resume"),
        (["cancel", "1"], "ended already"),
        (["init"], "nothing is overwritten"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(finished, arguments, words):
    assert words in finished.look(*arguments, code=2).err


def test_reading_changes_nothing(finished):
    def state():
        return sorted(
            (str(p), p.stat().st_size)
            for p in finished.folder.rglob("*")
            if "-shm" not in p.name and "-wal" not in p.name
        )

    before = state()
    for command in (["show"], ["best"], ["logs", "1"]):
        finished.look(*command)

    assert state() == before
