"""Scripts print more than anybody reads: the log keeps its two ends, and the driver stays small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from amounts import amount
from yard import Yard, until

MIB = 2**20
KEPT = 16 * MIB
NOTICE = 200  # bytes that say what is left out
ROOM = 20 * MIB  # that a driver may need more than one whose script prints nothing

FLOOD = """
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int)
parser.add_argument("--line", type=int)
args = parser.parse_args()
filling = "." * (args.line - 11)
for number in range(args.size // args.line):
    sys.stdout.write(f"{number:010}{filling}\\n")
"""

PIPELINE = """
from hyperstep import Parameter, Pipeline, Step
size, line = Parameter("size", 0), Parameter("line", 100)
steps = [Step("flood.py", name=f"flood-{{n}}", arguments=["--size", size, "--line", line]) for n in range({steps})]
pipeline = Pipeline("flood", steps)
"""


@pytest.fixture
def yard(tmp_path, compiled):
    yard = Yard(tmp_path, compiled)
    (tmp_path / "flood.py").write_text(FLOOD)
    (tmp_path / "pipeline.py").write_text(PIPELINE.format(steps=1))
    return yard


def flood(yard: Yard, size: int, line: int) -> int:
    """Run the script; returns the driver's memory at its largest, in bytes."""
    driver = yard.start("run", "pipeline.py", "-p", f"size={size}", "-p", f"line={line}")
    largest = 0

    def is_over() -> bool:
        nonlocal largest
        # Not what wait4 tells of it, which begins with the memory of the process that started it.
        status = Path(f"/proc/{driver.pid}/status").read_text()
        largest = max([largest, *(int(kib) * 1024 for kib in re.findall(r"VmHWM:\s*(\d+) kB", status))])
        return driver.poll() is not None

    until(is_over, "the run's end")
    assert driver.returncode == 0, yard.out.read_text()
    return largest


def check_log(path: Path, size: int, line: int) -> None:
    log = path.read_bytes()
    assert len(log) <= KEPT + NOTICE
    (notice,) = re.finditer(rb"\[(\d+) bytes of output are left out here\] *\n", log)
    numbers = [
        int(text[:10]) for text in (log[: notice.start()] + log[notice.end() :]).split(b"\n") if text[10:11] == b"."
    ]
    whole = size // line
    assert int(notice[1]) + len(log) - len(notice[0]) == whole * line
    assert numbers[0] == 0
    assert numbers[-1] == whole - 1
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(("size", "line"), [(amount(256, 1024) * MIB, 1000), (amount(64, 1024) * MIB, MIB)])
def test_a_flood_is_kept_at_both_ends_and_costs_the_driver_nothing(yard, size, line):
    quiet = flood(yard, 0, line)
    loud = flood(yard, size, line)

    print(f"{size // MIB} MiB in lines of {line} bytes: the driver took {(loud - quiet) / MIB:.1f} MiB more")
    check_log(yard.home / "runs/2/flood-0.0/log.txt", size, line)
    assert loud - quiet <= ROOM


def test_four_floods_at_once_are_kept_at_both_ends(yard):
    (yard.folder / "pipeline.py").write_text(PIPELINE.format(steps=4))
    quiet = flood(yard, 0, 100)
    loud = flood(yard, 40 * MIB, 100)

    print(f"the driver took {(loud - quiet) / MIB:.1f} MiB more")
    for number in range(4):
        check_log(yard.home / f"runs/2/flood-{number}.0/log.txt", 40 * MIB, 100)
    assert loud - quiet <= ROOM
