"""The driver is killed at random moments, resumed, and killed again: no trial is lost, restarted or counted twice."""

from __future__ import annotations

import random

import pytest
from accounts import Tally, check_rest, check_run
from amounts import amount, seeds
from yard import Yard

KILLS = 20
LOOPS = amount(15, 200)


@pytest.mark.parametrize("seed", seeds(LOOPS))
def test_a_driver_killed_again_and_again_loses_nothing(undisturbed, tmp_path, compiled, seed):
    moments = random.Random(seed)
    yard = Yard(tmp_path, compiled)
    for _ in range(KILLS):
        driver = yard.drive_to_a_random_moment(moments, undisturbed.startup)
        driver.kill()
        driver.wait()
    yard.finish()

    runs = yard.runs()
    tally = sum((check_run(yard, run, undisturbed.values) for run in runs), Tally())
    check_rest(yard)
    starts = sum(note.what == "start" for note in yard.notes())
    print(f"{KILLS} kills of {tally.drivers} drivers that drove, {len(runs)} runs of {yard.trials} trials, {tally}")
    assert starts == len(runs) * yard.trials, "only drivers were killed, so no trial was started twice"
