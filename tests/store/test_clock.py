"""The clock of this machine."""

from __future__ import annotations

import subprocess
import sys
import time

from hyperstep.store.clock import SystemClock


def test_elapsed_seconds_go_on_from_process_to_process():
    script = "from hyperstep.store.clock import SystemClock; print(SystemClock().elapsed())"
    before = SystemClock().elapsed()
    other = float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)

    assert before < other < SystemClock().elapsed()


def test_setting_the_time_of_day_moves_no_limit(monkeypatch):
    clock = SystemClock()
    before = clock.elapsed()
    monkeypatch.setattr(time, "time", lambda: 10.0**12)

    assert before <= clock.elapsed() < before + 60


def test_now_is_the_time_of_day():
    assert abs(SystemClock().now() - time.time()) < 1
