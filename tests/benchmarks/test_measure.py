"""What the benchmarks measure is the whole of a command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MEASURE = Path(__file__).resolve().parents[2] / "benchmarks" / "measure.py"
BUSY = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
LEAVE_A_DAEMON = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BUSY!r}], start_new_session=True)"


def measured(*command: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, str(MEASURE), *command], check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def test_a_daemon_that_a_command_leaves_behind_counts_as_its_own():
    figures = measured(sys.executable, "-W", "ignore", "-c", LEAVE_A_DAEMON)

    assert figures["cpu_s"] > 0.3
    assert figures["left"] == 0


def test_the_exit_code_is_that_of_the_command():
    assert measured(sys.executable, "-c", "raise SystemExit(3)")["code"] == 3
