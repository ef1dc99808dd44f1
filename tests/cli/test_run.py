import contextlib
import os
import pty
import signal
import time

import pytest

SLOW = """
import argparse, time
from pathlib import Path
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--a", type=float)
a = parser.parse_args().a
tracking.metric("r2", a)
print("began", flush=True)
while not Path({gate!r}).exists():
    time.sleep(0.01)
Path("outputs").mkdir(exist_ok=True)
Path("outputs/model").write_text(str(a))
"""

PIPELINE = """
from hyperstep import Limits, Parameter, Pipeline, RegisterStep, Step, TuneStep, maximize, uniform
train = Step("train.py")
tune = TuneStep(train, name="tune", space={"a": uniform(0, 1)}, metric=maximize("r2"), limits=Limits(trials=3))
pipeline = Pipeline("gated", [tune, RegisterStep("m", tune.best_file("outputs/model"))])
"""

FAILING = """
from hyperstep import Parameter, Pipeline, Step
fail = Step("fail.py", arguments=["--code", Parameter("code", 3)])
pipeline = Pipeline("failing", [fail, Step("after.py", after=["fail"])])
"""


@pytest.fixture
def gated(project, tmp_path):
    """A search whose trials go on until the gate is opened."""
    gate = tmp_path / "gate"
    (tmp_path / "train.py").write_text(SLOW.format(gate=str(gate)))
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    project.open = gate.touch
    return project


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited for 30 s"
        time.sleep(0.02)


def trials_running(program):
    def count():
        if not (program.folder / ".hyperstep" / "hyperstep.db").exists():
            return False
        return (
            sum(path.read_text() == "began\n" for path in program.folder.glob(".hyperstep/runs/*/tune/*/log.txt")) >= 2
        )

    return count


def test_a_run_tells_its_events_its_result_and_what_to_type_next(finished):
    lines = finished.told.splitlines()

    assert "1/prepare  running" in lines
    assert sum(" done" in line for line in lines) == 12
    assert any(line.startswith("Run 1 of first: completed") for line in lines)
    assert any(line.startswith("Best trial of tune: 1/tune/") for line in lines)
    assert "Registered line version 1." in lines
    assert any(line.startswith("  hyperstep best 1/tune ") for line in lines)
    assert finished.told.isascii()


def test_a_second_run_reuses_what_is_the_same(copied):
    again = copied("run", "pipeline.py")

    assert "2/prepare  reused from 1/prepare" in again.out
    assert "2/tune  reused from 1/tune" in again.out
    assert "2/tune was reused from 1/tune, which computed the same" in copied.look("why", "2/tune").out
    assert "1/tune, minimize error" in copied.look("trials", "2").out


def test_a_run_with_another_parameter_runs_what_depends_on_it(copied):
    other = copied("run", "pipeline.py", "-p", "noise=0.2")

    assert "reused" not in other.out
    assert "parameter noise was 0.1 and is 0.2" in copied.look("why", "2/prepare").out
    assert "the input data of prepare changed" in copied.look("why", "2/tune").out


def test_everything_runs_again_if_asked_to(copied):
    again = copied("run", "pipeline.py", "--fresh")

    assert "reused" not in again.out
    assert "started with --fresh" in copied.look("why", "2/prepare").out


def test_a_run_that_failed_shows_the_log_and_ends_with_2(project, tmp_path):
    (tmp_path / "pipeline.py").write_text(FAILING)
    (tmp_path / "fail.py").write_text("import sys; print('\\x1b]0;look here\\x07'); sys.exit(int(sys.argv[2]))")
    (tmp_path / "after.py").write_text("")
    done = project("run", "pipeline.py", code=2)

    assert "exit code 3" in done.out
    assert "look here" in done.out
    assert "\x1b" not in done.out
    assert "hyperstep run pipeline.py" in done.out
    assert project.json("show", "1")["state"] == "failed"
    assert [step["state"] for step in project.json("show", "1")["steps"]] == ["failed", "skipped"]
    assert "look here" in project.look("logs", "1").out
    project("run", "pipeline.py", "-p", "code=0")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "absent.py"], "There is no file 'absent.py'"),
        (["run", "pipeline.py", "-p", "cod=1"], "has no parameter 'cod'"),
        (["run", "pipeline.py", "-p", "code=x"], "expected a whole number"),
        (["run", "broken.py"], "ZeroDivisionError"),
        (["run", "lost.py"], "Step 'abesnt' runs 'abesnt.py'"),
        (["resume"], "nothing has run here yet"),
        (["show", "7"], "nothing has run here yet"),
    ],
)
def test_what_the_caller_can_put_right_ends_with_2_and_leaves_nothing(project, tmp_path, arguments, words):
    (tmp_path / "pipeline.py").write_text(FAILING)
    (tmp_path / "broken.py").write_text("x = 1 / 0")
    (tmp_path / "lost.py").write_text(FAILING.replace("fail.py", "abesnt.py").replace("fail", "abesnt"))
    done = project(*arguments, code=2)

    assert words in done.err
    assert "Traceback" not in done.err
    assert not list(tmp_path.glob(".hyperstep/runs/*"))


def test_ctrl_c_stops_the_scripts_and_the_run_can_be_resumed(gated):
    process = gated.start("run", "pipeline.py")
    until(trials_running(gated))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (130, "")
    assert "hyperstep resume 1" in out
    assert gated.json("show", "1")["state"] == "interrupted"

    gated.open()
    resumed = gated("resume")

    assert "Run 1 of gated: completed" in resumed.out
    assert len(gated.json("trials", "1")) == 3
    assert "has ended" in gated.look("resume", "1", code=2).err


def test_ctrl_c_twice_kills_scripts_that_do_not_end(gated, tmp_path):
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    (tmp_path / "train.py").write_text(stubborn + (tmp_path / "train.py").read_text())
    process = gated.start("run", "pipeline.py")
    until(trials_running(gated))
    process.send_signal(signal.SIGINT)
    told = iter(process.stdout.readline, "")
    assert any("Once more kills" in line for line in told)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=9)  # less than the grace of a script that is asked to end

    assert process.returncode == 130


def test_a_run_that_is_detached_goes_on_alone(gated):
    out = gated("run", "pipeline.py", "--detach").out
    until(trials_running(gated))

    assert out.startswith("Run 1 goes on in the background.")
    assert "When the other is done: hyperstep resume 1" in gated.look("resume", "1", code=2).err

    gated.open()
    until(lambda: "Run 1 of gated: completed" in (gated.folder / ".hyperstep" / "drivers" / "1.log").read_text())

    assert gated.json("show", "1")["state"] == "completed"


def test_a_run_whose_last_seconds_may_be_lost_syncs_nothing_of_what_it_stores(copied):
    copied("run", "pipeline.py", "-p", "noise=0.2", "--durability", "normal")

    assert any(path.stat().st_mode & 0o200 for path in copied.folder.glob(".hyperstep/artifacts/??/*"))


def test_a_run_is_running_while_it_is_driven_and_interrupted_once_its_driver_is_gone(gated):
    process = gated.start("run", "pipeline.py")
    until(trials_running(gated))
    assert gated.json("runs")[0]["state"] == gated.json("show", "1/tune")["state"] == "running"
    process.kill()
    process.communicate(timeout=60)

    assert gated.json("runs")[0]["state"] == gated.json("show", "1")["state"] == "interrupted"
    assert [step["state"] for step in gated.json("show")["steps"]] == ["interrupted", "waiting"]
    assert gated.json("show", "1/tune")["state"] == "interrupted"
    assert "hyperstep resume 1" in gated.look("runs").out
    assert "hyperstep resume 1" in gated.look("show").out
    gated.open()


def test_a_run_that_another_process_drives_can_be_cancelled(gated):
    process = gated.start("run", "pipeline.py")
    until(trials_running(gated))
    cancelled = gated("cancel", "1")
    out, _ = process.communicate(timeout=60)

    # The driver may have ended the run before the command has looked whether there is one.
    assert cancelled.out.startswith(("Run 1 is asked to end", "Run 1 is cancelled"))
    assert process.returncode == 1
    assert "cancelled" in out
    assert gated.json("show", "1")["state"] == "cancelled"
    assert "ended already" in gated.look("cancel", "1", code=2).err


def test_a_run_that_nothing_drives_can_be_cancelled(gated):
    process = gated.start("run", "pipeline.py")
    until(trials_running(gated))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert gated("cancel", "1").out == "Run 1 is cancelled.\n"
    assert gated.json("show", "1")["state"] == "cancelled"


def test_logs_can_be_followed_to_the_end(gated):
    process = gated.start("run", "pipeline.py")
    until(trials_running(gated))
    following = gated.start("logs", "1/tune/0", "-f")
    first = following.stdout.readline()
    gated.open()
    rest, _ = following.communicate(timeout=60)
    process.communicate(timeout=60)

    assert (first, rest, following.returncode) == ("began\n", "", 0)


def test_a_reader_that_goes_away_is_no_fault(finished):
    with finished.start("trials", "1", "--json") as process:
        process.stdout.close()
        err = process.stderr.read()

    assert (process.returncode, err) == (1, "")


@pytest.mark.parametrize("no_colour", [False, True])
def test_a_terminal_sees_the_run_go_on_in_place(copied, no_colour):
    master, slave = pty.openpty()
    copied.environment |= {"TERM": "xterm", "COLUMNS": "120", "LINES": "50", "NO_COLOR": "1" if no_colour else ""}
    process = copied.start("run", "pipeline.py", "-p", "epochs=20", stdout=slave, stderr=slave)
    os.close(slave)
    shown = read_all(master)

    assert process.wait(60) == 0
    assert "12 of 12 done" in shown
    assert "Run 2" in shown
    assert "\x1b[2K" in shown
    assert ("\x1b[32m" in shown) is not no_colour


def test_a_run_goes_on_to_its_end_when_its_terminal_is_gone(gated):
    gated.environment |= {"TERM": "xterm"}
    master, slave = pty.openpty()
    process = gated.start("run", "pipeline.py", stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    until(trials_running(gated))
    os.close(master)
    gated.open()

    assert process.wait(60) == 0
    assert gated.json("show")["state"] == "completed"


def read_all(terminal):
    """What a program writes to its terminal until it ends."""
    with os.fdopen(terminal, "rb") as file:
        pieces = []
        with contextlib.suppress(OSError):  # Linux: EIO when the last writer has closed
            while piece := file.read1(4096):
                pieces.append(piece)
    return b"".join(pieces).decode()
