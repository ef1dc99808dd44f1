"""At a random moment a driver is told to stop, once, twice or three times, or loses its terminal."""

from __future__ import annotations

import os
import pty
import random
import signal
import sys
import time
from contextlib import suppress

import pytest
from accounts import check_rest, check_run
from amounts import amount, seeds
from yard import DEADLINE, Yard, until

ENDING = [signal.SIGINT, signal.SIGTERM]

# The first attempt of each trial neither ends by itself nor when it is asked to.
HANGS = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ["HYPERSTEP_JOB"].endswith(".0"):
    time.sleep(120)
"""


@pytest.fixture
def yard(tmp_path, compiled):
    return Yard(tmp_path, compiled, trials=8)


@pytest.fixture
def hanging(tmp_path, compiled):
    return Yard(tmp_path, compiled, trials=2, shortest=0.0, longest=0.0, more=HANGS)


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("seed", seeds(amount(7, 120)))
def test_a_driver_that_is_told_to_stop_says_how_to_go_on(undisturbed, yard, number, seed):
    driver = yard.drive_to_a_random_moment(random.Random(seed), undisturbed.startup, early=False)
    driver.send_signal(number)
    code = driver.wait(DEADLINE)

    expect_interrupted(yard, code, {128 + number})
    yard.finish()
    for run in yard.runs():
        check_run(yard, run, undisturbed.values)
    check_rest(yard)


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("seed", seeds(amount(5, 60)))
def test_a_driver_that_is_told_to_stop_twice_kills_what_does_not_end(undisturbed, hanging, number, seed):
    moments = random.Random(seed)
    driver = hanging.drive_to_a_random_moment(moments, undisturbed.startup, early=False)
    driver.send_signal(number)
    time.sleep(moments.uniform(0.05, 0.3))
    driver.send_signal(number)
    began = time.monotonic()
    code = driver.wait(DEADLINE)

    print(f"ended {time.monotonic() - began:.2f} s after the second signal")
    expect_interrupted(hanging, code, {128 + number})
    hanging.finish()
    check_run(hanging, "1", undisturbed.values)
    check_rest(hanging)


@pytest.mark.parametrize("seed", seeds(amount(4, 60)))
def test_a_driver_that_is_told_three_times_ends_though_nothing_answers_it(undisturbed, hanging, seed):
    moments = random.Random(seed)
    driver = hanging.drive_to_a_random_moment(moments, undisturbed.startup, early=False)
    stopped = [pid for pid in hanging.processes() if pid != driver.pid]
    for pid in stopped:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    for _ in range(3):
        driver.send_signal(signal.SIGINT)
        time.sleep(0.1)
    began = time.monotonic()
    code = driver.wait(DEADLINE)

    print(f"ended {time.monotonic() - began:.2f} s after the third signal")
    assert code == 130
    for pid in stopped:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    hanging.finish()
    check_run(hanging, "1", undisturbed.values)
    check_rest(hanging)


@pytest.mark.parametrize("seed", seeds(amount(6, 80)))
def test_a_driver_that_hears_that_its_terminal_is_gone_goes_on(undisturbed, yard, seed):
    driver = yard.drive_to_a_random_moment(random.Random(seed), undisturbed.startup, early=False)
    driver.send_signal(signal.SIGHUP)

    assert driver.wait(DEADLINE) == 0
    tallies = [check_run(yard, run, undisturbed.values) for run in yard.runs()]
    check_rest(yard)
    assert {(tally.drivers, tally.again) for tally in tallies} == {(1, 0)}


@pytest.mark.parametrize("seed", seeds(amount(6, 80)))
def test_a_driver_goes_on_when_its_terminal_is_closed(undisturbed, yard, seed):
    terminal, end = pty.openpty()
    driver = start_in(os.ttyname(end), yard)
    os.close(end)
    until(lambda: read_all(terminal) or yard.is_driven_by(driver), "a driver")
    closing = time.monotonic() + random.Random(seed).uniform(0.0, 0.5)
    until(lambda: read_all(terminal) or time.monotonic() > closing, "the moment")
    os.close(terminal)

    until(lambda: os.waitid(os.P_PID, driver, os.WEXITED | os.WNOHANG | os.WNOWAIT), "the driver's end")
    assert os.waitstatus_to_exitcode(os.waitpid(driver, 0)[1]) == 0
    assert check_run(yard, "1", undisturbed.values).drivers == 1
    check_rest(yard)


def expect_interrupted(yard: Yard, code: int, codes: set[int]) -> None:
    """Assert that a driver said how to go on and left nothing running, unless the run was at its end."""
    out = yard.out.read_text()
    if run := yard.open_run():
        assert code in codes, out
        assert out.endswith(f"To go on: hyperstep resume {run}\n")
    assert "Traceback" not in out
    until(lambda: not yard.processes(), f"the end of all processes; these are left: {yard.processes()}", 10.0)


def start_in(terminal: str, yard: Yard) -> int:
    """Start a run whose controlling terminal this is, as a shell does."""
    arguments = ["env", "-C", str(yard.folder), sys.executable, "-m", "hyperstep", "run", "pipeline.py"]
    opened = [(os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0)]
    copied = [(os.POSIX_SPAWN_DUP2, 0, number) for number in (1, 2)]
    environment = {**yard.environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    return os.posix_spawn("/usr/bin/env", arguments, environment, file_actions=opened + copied, setsid=True)


def read_all(terminal: int) -> None:
    """Take what is printed, so that who prints needn't wait."""
    os.set_blocking(terminal, False)
    with suppress(BlockingIOError):
        while os.read(terminal, 65536):
            pass
