"""A process of another interpreter answers one question after another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from hyperstep.azureml_v1 import answering

COUNT = """
import os, sys
from pathlib import Path
from hyperstep.azureml_v1 import answering

def ask():
    return answering.by_process({python!r}, {{"question": "runs.runs", "folder": {folder!r}, "given": {{}}}})

def children():
    return Path("/proc/self/task/%d/children" % os.getpid()).read_text().split()

assert [ask(), ask(), ask()] == [{{"answer": []}}] * 3
assert len(children()) == 1
if os.fork() == 0:
    assert ask() == {{"answer": []}}
    assert len(children()) == 1
    sys.exit()
assert os.wait()[1] == 0
assert ask() == {{"answer": []}}
print(*children())
"""


def question(name, folder, **given):
    return {"question": name, "folder": str(folder), "given": given}


def interrupt(*_):
    raise TimeoutError


def test_one_process_answers_them_all_and_ends_with_the_one_that_asks(tmp_path):
    script = COUNT.format(python=sys.executable, folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)

    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_an_error_is_an_answer_and_the_next_question_has_its_own(tmp_path):
    answer = answering.by_process(sys.executable, question("runs.run", tmp_path, run="1"))

    assert answer["error"] == "WorkspaceMissing"
    assert str(tmp_path) in answer["message"]
    assert answering.by_process(sys.executable, question("models.list", tmp_path)) == {"answer": []}


def test_an_interrupted_question_leaves_no_answer_for_the_next(tmp_path):
    python = tmp_path / "python"  # one that no test has started yet, so that the alarm comes before the answer
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(TimeoutError):
            answering.by_process(str(python), question("runs.run", tmp_path, run="1"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

    assert answering.by_process(str(python), question("runs.runs", tmp_path)) == {"answer": []}


@pytest.mark.parametrize("ask", [answering.by_process, answering.once])
def test_an_interpreter_that_answers_nothing_is_an_error(tmp_path, ask):
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            ask("/bin/false", question("runs.runs", tmp_path))
