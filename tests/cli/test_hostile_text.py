"""Whatever scripts and people write, what is printed of it holds nothing that a terminal obeys."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest

DEADLINE = 60  # seconds
PAYLOADS = (
    "\x1b]0;owned\x07", "\x1b[2J\x1b[1;1H", "\x9b31m", "\x9d0;owned\x9c", "\u202egnp.exe\u202c",
    "\u2066x\u2069", "\u200f\u200e", "\u2028\u2029", "a\rb", "\x08\x08", "\x7f", "\x00", "\x1bP$q\x1b\\",
    "\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\", "\t\n\tc", "\x85", "[red]x[/red]",
)  # fmt: skip
HOSTILE = "".join(PAYLOADS)

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]"
)
OURS = re.compile(r"\x1b\[(?:[0-9;]*[mAGK]|\?25[hl]|2K)|\r")
"""What we send to a terminal ourselves: colours, the cursor's place for a drawing, and whether it is shown."""

PIPELINE = """
from hyperstep import Limits, Parameter, Pipeline, RegisterStep, Source, Step, TuneStep, choice, maximize
from hyperstep.search.samplers.grid import GridSampler
HOSTILE = {hostile!r}
plain = HOSTILE.replace("\\0", "")
source = Source("steps")
say = Step("say.py", name="say", source=source, arguments=["--p", Parameter("p", plain)])
tune = TuneStep(
    Step("try.py", name="try", source=source), name="tune", space={{"x": choice(plain, "b")}}, metric=maximize(plain),
    sampler=GridSampler(), limits=Limits(trials=2, concurrent=2),
)
register = RegisterStep("model", tune.best_file("outputs/model"), tags={{plain: plain}})
fail = Step("fail.py", name="fail", source=source)
pipeline = Pipeline("p", [say, tune, register, fail], description=plain)
"""

SAY = """
import os, sys
from hyperstep import tracking
HOSTILE = {hostile!r}
plain = HOSTILE.replace("\\0", "")
sys.stdout.buffer.write(bytes(range(256)) + HOSTILE.encode() + b"\\n\\xed\\xa0\\x80 \\xff\\xfe \\xc3\\n")
for name in {payloads!r}:
    tracking.metric(name, 1.0)
    tracking.tag(name, name)
    open("outputs/" + name.replace("\\0", "").replace("/", "") + "_", "w").close()
tracking.metric(plain, 1.0)
open("outputs/model", "w").write("model")
tracking.artifact(HOSTILE, "outputs/model")
tracking.register("scripted", "outputs/model", tags={{HOSTILE: HOSTILE}})
os.mkfifo("outputs/pipe" + plain.replace("/", ""))
"""

FAIL = """
import sys
sys.stdout.buffer.write(bytes(range(256)))
raise ValueError({hostile!r})
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, compiled, program):
    """A project after one run in which everything that can be named or printed is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "steps").mkdir()
    (folder / "pipeline.py").write_text(PIPELINE.format(hostile=HOSTILE))
    for name, text in (("say", SAY), ("try", SAY), ("fail", FAIL)):
        (folder / "steps" / f"{name}.py").write_text(text.format(hostile=HOSTILE, payloads=PAYLOADS))
    made = program(folder, compiled)
    made.told = made("run", "pipeline.py", code=2)
    return made


COMMANDS = [
    ["runs"], ["show"], ["show", "1"], ["show", "1/say"], ["show", "1/say.0"], ["show", "1/tune"],
    ["show", "1/tune/0"], ["show", "1/tune/0.0"], ["show", "1/fail"], ["show", "1/fail.0"], ["trials", "1"],
    ["best", "1"], ["best", "1", "--values"], ["logs", "1/say"], ["logs", "1/fail"], ["logs", "1"], ["models"],
    ["models", "model"], ["models", "model:1"], ["models", "scripted"], ["models", "scripted:1"],
    ["why", "1/say"], ["why", "1/tune"], ["why", "1/tune/0"], ["why", "1/fail"], ["importance", "1"],
    ["what-if", "1", "--policy", "median"], ["env"],
]  # fmt: skip


def test_a_run_is_told_in_harmless_lines(hostile):
    assert not OBEYED.search(hostile.told.out + hostile.told.err)
    assert "owned" in hostile.told.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_is_printed_holds_nothing_that_a_terminal_obeys(hostile, command):
    told = hostile.either(*command)

    assert not OBEYED.search(told.out + told.err)


@pytest.mark.parametrize("command", [one for one in COMMANDS if one[0] not in ("logs", "why")], ids=" ".join)
def test_json_is_ascii_and_holds_what_was_written(hostile, command):
    told = hostile.either(*[part for part in command if part != "--values"], "--json")

    assert not OBEYED.search(told.out + told.err)
    assert told.out.isascii()
    if told.out:
        json.loads(told.out)


def test_names_come_back_from_the_store_as_they_were_written(hostile):
    found = hostile.json("show", "1/say.0")

    assert {*PAYLOADS, HOSTILE.replace("\0", "")} == {metric["name"] for metric in found["metrics"]}
    assert HOSTILE in {stored["name"] for stored in found["artifacts"]}


@pytest.mark.parametrize("payload", [one.replace("\0", "") for one in PAYLOADS if one != "\0"])
def test_errors_show_what_was_typed_and_do_not_obey_it(hostile, payload):
    for command in (
        ["show", payload],
        [payload],
        ["trials", "--" + payload],
        ["runs", "-n", payload],
        ["logs", payload, "x"],
    ):
        told = hostile.look(*command, code=2)

        assert not OBEYED.search(told.out + told.err)


def test_a_log_is_kept_and_given_byte_for_byte(hostile):
    raw = bytes(range(256)) + HOSTILE.encode() + b"\n\xed\xa0\x80 \xff\xfe \xc3\n"

    assert (hostile.folder / ".hyperstep" / "runs" / "1" / "say.0" / "log.txt").read_bytes() == raw
    assert hostile.bytes("logs", "1/say", "--raw") == raw


def test_the_values_of_the_best_trial_reach_a_script_through_a_shell(hostile):
    line = hostile.look("best", "1/tune/0", "--values").out.strip()
    printed = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c 'import json, sys; print(json.dumps(sys.argv[1:]))' {line}"],
        capture_output=True, timeout=DEADLINE, check=True,
    ).stdout  # fmt: skip

    assert json.loads(printed) in (["--x", HOSTILE.replace("\0", "")], ["--x", "b"])


def on_a_terminal(program, *arguments):
    """What the program sends to a terminal."""
    ours, theirs = pty.openpty()
    process = program.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    sent, until = b"", time.monotonic() + DEADLINE
    while time.monotonic() < until and select.select([ours], [], [], DEADLINE)[0]:
        try:
            data = os.read(ours, 65536)
        except OSError:  # its end was closed
            break
        if not data:
            break
        sent += data
    os.close(ours)
    process.wait(DEADLINE)
    return sent.decode()


@pytest.mark.parametrize(
    "command", [["run", "pipeline.py", "--fresh"], ["show", "1"], ["best", "1"], ["logs", "1/say"]], ids=" ".join
)
def test_a_terminal_gets_no_commands_but_ours(hostile, command):
    sent = on_a_terminal(hostile, *command)

    assert "owned" in sent or command == ["best", "1"]
    assert not OBEYED.search(OURS.sub("", sent))
