"""Every durable step of a run, met by a kill, a full disk, a failing disk and a fault of our own.

The steps are counted in an undisturbed run, so none can be forgotten: a new
fail-point is walked from the day on which it stands in the code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from hyperstep import failpoints

WALK = Path(__file__).with_name("walk.py")
SOAK = os.environ.get("HYPERSTEP_SOAK") == "1"
PROCESSES = 2
LASTING = 4  # steps for which a disk stays full

NO_STORAGE = ("job.start", "job.forked", "end.tell")

Case = dict[str, Any]
Steps = dict[tuple[str, int], str]


def walk(folder: Path, cases: Sequence[str], **variables: str) -> list[Case]:
    """What came of the cases, in their order."""
    shares = [cases[start::PROCESSES] for start in range(PROCESSES)]
    processes = []
    for number, share in enumerate(shares):
        place = folder / str(number)
        place.mkdir(parents=True)
        (place / "cases").write_text("".join(f"{case}\n" for case in share))
        (place / "runs").mkdir()
        with (
            (place / "cases").open() as given,
            (place / "found").open("w") as found,
            (place / "said").open("w") as said,
        ):
            environment = {**os.environ, failpoints.PLAN: "nobody:0:kill", **variables}
            command = [sys.executable, str(WALK), str(place / "runs")]
            processes.append(subprocess.Popen(command, stdin=given, stdout=found, stderr=said, env=environment))
    for process in processes:
        process.wait(timeout=1200)
    shares_found = [(folder / str(number) / "found").read_text().splitlines() for number in range(PROCESSES)]
    results: list[Case] = []
    for place in range(len(cases)):
        share = shares_found[place % PROCESSES]
        assert place // PROCESSES < len(share), f"{cases[place]} ended the walk: {said_by(folder, place % PROCESSES)}"
        results.append(json.loads(share[place // PROCESSES]))
    return results


def said_by(folder: Path, number: int) -> str:
    return (folder / str(number) / "said").read_text()[-2000:]


def steps_of(seen: Path) -> Steps:
    """The steps that each kind of process takes in a run, by their numbers."""
    return {(process, int(number)): name for process, number, name in map(str.split, seen.read_text().splitlines())}


def ends_supervisor(plan: str, steps: Steps) -> bool:
    """True if a case ends a supervisor, whose jobs end with it and may have been through when they are run again."""
    process, number, what = plan.split(":")[:3] if ":" in plan else ("", "", "")
    return process == failpoints.SUPERVISOR and (what in ("kill", "error") or steps[process, int(number)] in NO_STORAGE)


def all_cases(steps: Steps) -> Iterator[str]:
    whats = ("kill", "enospc", "eio", "error")
    taken = Counter(process for process, _ in steps)
    for process, count in taken.items():
        for number, what in product(range(1, count + 1), whats):
            yield f"{process}:{number}:{what}"
    for number in range(1, taken["driver"] + 1, 1 if SOAK else 4):
        yield f"driver:{number}+{LASTING}:enospc"
    for number in range(1, taken["driver"] + 1):  # while a run is taken up again, which is the hard case
        yield f"driver:{taken['driver'] * 2 // 3}:kill driver:{number}:kill"


def wrong(case: Case, steps: Steps) -> str:
    """What is wrong with what came of a case, or nothing."""
    job_is_hit = any(plan.startswith("job:") for plan in case["plans"])
    most = 2 if any(ends_supervisor(plan, steps) for plan in case["plans"]) else 1
    ends = {name: count for name, count in case["ledger"].items() if name.startswith("ended")}
    faults = {
        "the run didn't end": case["run"] not in ("completed", "failed"),
        "the database is damaged": case["integrity"] != "ok",
        "events are missing or doubled": not case["gapless"],
        "a job is left running": case["running"] != 0,
        "a trial is left or counted twice": [number for number, _, _ in case["trials"]] != [0, 1],
        "finished work was run again": any(count > most for count in ends.values()),
    }
    if not job_is_hit:
        faults |= {
            f"the run {case['run']}: {case['reason']}": case["run"] != "completed",
            "a trial lacks": [(state, score) for _, state, score in case["trials"]]
            != [("completed", 8), ("completed", 9)],
            "a finished trial was lost": set(ends) != {"ended 1", "ended 2"},
            "the model isn't the best one's": case["models"].get("kept 1") != "model 2",
            "a model was registered twice": "kept 2" in case["models"],
        }
    return "; ".join(what for what, so in faults.items() if so)


def test_whatever_durable_step_is_hit_by_whatever_nothing_is_lost(tmp_path):
    seen = tmp_path / "seen"
    (undisturbed,) = walk(tmp_path / "counting", ["-"], **{failpoints.SEEN: str(seen)})
    steps = steps_of(seen)
    cases = list(all_cases(steps))
    results = walk(tmp_path / "walking", cases)
    found = {" ".join(case["plans"]): wrong(case, steps) for case in results}

    assert not wrong(undisturbed, steps)
    assert {process for process, _ in steps} == {failpoints.DRIVER, failpoints.SUPERVISOR, failpoints.JOB}
    assert len(cases) >= 400
    assert not {case: what for case, what in found.items() if what}
    missed = [case["plans"] for case in results if not case["happened"][0]]
    assert len(missed) <= len(cases) // 20, "a plan that no process reaches tests nothing"
