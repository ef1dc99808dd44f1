"""Driver, supervisors and jobs are killed at the same time, as when a container is: nothing that was done is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from contextlib import suppress

import pytest
from accounts import Tally, check_rest, check_run
from amounts import amount, seeds
from yard import Yard

from hyperstep.engine.events import TrialEnded

KILLS = 5
LOOPS = amount(4, 100)
CONCURRENT = 2


@pytest.mark.parametrize("seed", seeds(LOOPS))
def test_all_processes_killed_at_once_lose_only_what_they_were_at(undisturbed, tmp_path, compiled, seed):
    moments = random.Random(seed)
    yard = Yard(tmp_path, compiled, concurrent=CONCURRENT)
    over = []
    for _ in range(KILLS):
        kill_all(yard, yard.drive_to_a_random_moment(moments, undisturbed.startup))
        over.append(ended(yard))
    yard.finish()

    runs = yard.runs()
    tally = sum((check_run(yard, run, undisturbed.values) for run in runs), Tally())
    check_rest(yard)
    print(f"{KILLS} kills of everything, {len(runs)} runs of {yard.trials} trials, {tally}")
    assert tally.again <= KILLS * CONCURRENT
    check_starts(yard, over)


def check_starts(yard: Yard, over: list[set[str]]) -> None:
    """Assert that no trial began that was over, and none again that nobody had killed; over: at each kill."""
    kills, running = iter(over), set()
    done: set[str] = set()
    for note in yard.notes():
        if note.what == "kill":
            done, running = next(kills), set()
        elif note.what == "start":
            assert note.trial not in done, f"{note.trial} was over and ran again"
            assert note.trial not in running, f"{note.trial} ran, and was started again"
            running.add(note.trial)


def kill_all(yard: Yard, driver: subprocess.Popen[bytes]) -> None:
    """Kill a driver and all that it started."""
    found = {driver.pid}
    stopped: set[int] = set()
    while not found <= stopped:  # all stand still before the first is killed, so that none sees another end
        for pid in found - stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        stopped |= found
        found = set(yard.processes())
    for pid in stopped:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    driver.wait()
    yard.note_kill()


def ended(yard: Yard) -> set[str]:
    """The trials whose end is recorded."""
    return {
        f"{event.step}/{event.number}"
        for run in yard.runs()
        for event in yard.events(run)
        if isinstance(event, TrialEnded)
    }
