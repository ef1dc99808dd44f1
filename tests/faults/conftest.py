"""Faults: everything is killed, hung, flooded and cut off, and nothing is lost.

The promise that these tests try to break: each trial is seen to finish exactly
once; a finished trial is never run again and never lost; one that ran when the
driver died goes on and is taken up by the next driver, or is run again at most
once for each loss of its supervisor or machine; and nothing that a trial
started outlives it by more than its grace.

Every process here is real, and killed by a real signal. What happened is told
by a ledger to which the scripts append themselves; what hyperstep believes is
read from its store; the two have to agree.

Moments are random, and their seed stands in the test's name:

    pytest tests/faults                         what CI runs: minutes
    HYPERSTEP_SEED=7 pytest tests/faults        other moments
    HYPERSTEP_SOAK=1 pytest tests/faults        a night; `make soak` picks a new seed each time
    pytest tests/faults -rP                     and show how often what was hit

amounts.py says how much is done, yard.py has the folder in which it happens.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from accounts import check_run
from yard import DEADLINE, Yard, living, works_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """What a yard is if nobody disturbs it.

    values: what its search tries, in order. startup: seconds that the program takes to start.
    """

    values: tuple[float, ...]
    startup: float


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program's processes keep compiled modules, each of which a driver would compile anew."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Undisturbed:
    yard = Yard(tmp_path_factory.mktemp("undisturbed"), compiled, shortest=0.0, longest=0.0)
    assert yard.start("run", "pipeline.py").wait(DEADLINE) == 0
    began = time.monotonic()
    assert yard.start("resume", "1").wait(DEADLINE) == 2, "there is nothing to resume"
    startup = time.monotonic() - began
    values = tuple(float(row.values["x"]) for row in sorted(yard.rows("1"), key=lambda row: row.number))
    check_run(yard, "1", values)
    return Undisturbed(values=values, startup=startup)


@pytest.fixture(autouse=True)
def nothing_goes_on(tmp_path: Path) -> Iterator[None]:
    """A test that failed doesn't leave the processes of its folder behind."""
    yield
    for pid in living():
        if works_in(pid, tmp_path):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
