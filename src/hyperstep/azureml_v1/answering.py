"""Answering: a process of hyperstep's own interpreter, which answers the questions of one that can't.

It is started by the first question and ends with this process: starting it
takes a hundred times as long as an answer. One line of JSON each way.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import threading
from contextlib import suppress
from typing import Any, Dict, List

_running: Dict[str, Answering] = {}  # by interpreter
_lock = threading.Lock()


class Answering:
    """The process, while it runs."""

    def __init__(self, python: str) -> None:
        self._process = started(python)

    def ask(self, question: Dict[str, Any]) -> Dict[str, Any]:
        """The answer to one question. Raises CalledProcessError if the process ends before it has answered."""
        process = self._process
        assert process.stdin is not None, "it is a pipe"
        assert process.stdout is not None, "it is a pipe"
        with suppress(BrokenPipeError):  # the end of its output says the same
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise subprocess.CalledProcessError(process.wait(), process.args)
        answer: Dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None, "they are pipes"
            with suppress(BrokenPipeError):  # a question that it will never read
                pipe.close()


def by_process(python: str, question: Dict[str, Any]) -> Dict[str, Any]:
    """The answer of an interpreter to a question."""
    with _lock:
        if python not in _running:
            _running[python] = Answering(python)
        try:
            return _running[python].ask(question)
        except BaseException:  # interrupted in between, it would give the next question this one's answer
            _running.pop(python).close()
            raise


def once(python: str, question: Dict[str, Any]) -> Dict[str, Any]:
    """The answer of a process that starts with the environment and working folder of now."""
    process = started(python)
    said, _ = process.communicate(json.dumps(question) + "\n")
    if not said:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    answer: Dict[str, Any] = json.loads(said)
    return answer


def started(python: str) -> subprocess.Popen[str]:
    """A process that answers, in a session of its own, as an interrupt is meant for the program."""
    command: List[str] = [python, "-m", "hyperstep.azureml_v1.answers"]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        start_new_session=True,
    )


def _forget() -> None:
    """In a forked process: it starts one of its own, as it can't share the pipes."""
    global _lock
    _running.clear()
    _lock = threading.Lock()


def _close() -> None:
    for answering in _running.values():
        answering.close()


os.register_at_fork(after_in_child=_forget)
atexit.register(_close)
