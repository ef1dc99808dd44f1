"""Jobs that hang, each in its own way, end at their limit, and others don't wait for them."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue

from yard import DEADLINE

from hyperstep.compute.local import LocalCompute
from hyperstep.engine.events import JobEnded, JobEvent
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.store.artifacts import FolderArtifacts

LIMIT, GRACE = 3.0, 0.5  # seconds
QUICK = 6

IMPORTS = "import atexit, os, re, signal, subprocess, threading, time"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
HANGS = {
    "asleep": "time.sleep(120)",
    "deaf": f"{DEAF}; time.sleep(120)",
    "busy in C": "signal.signal(signal.SIGTERM, lambda *_: None); re.match('(a+)+b', 'a' * 60)",
    "in its handler": "signal.signal(signal.SIGTERM, lambda *_: time.sleep(120)); signal.pause()",
    "locked": f"{DEAF}; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
    "waiting for a child": "subprocess.run(['sh', '-c', 'trap \"\" TERM; sleep 120 & wait; wait'])",
    "at its end": f"{DEAF}; atexit.register(time.sleep, 120)",
    "in a thread": f"{DEAF}; threading.Thread(target=time.sleep, args=(120,)).start()",
}
DEAF_ONES = {"deaf", "busy in C", "in its handler", "locked", "at its end", "in a thread"}


def test_jobs_that_hang_end_at_their_limit_and_no_other_waits_for_them(tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path / "home" / "artifacts", durability="normal")
    heard: SimpleQueue[tuple[str, Outcome]] = SimpleQueue()

    def report(events: list[JobEvent]) -> None:
        for event in events:
            if isinstance(event, JobEnded):
                heard.put((event.job, event.outcome))

    def job(identity: str, script: str) -> Job:
        folder = tmp_path / identity
        folder.mkdir()
        (folder / "main.py").write_text(f"{IMPORTS}\n{script}\n")
        source, _ = artifacts.put(folder)
        return Job(id=f"1/s/{identity}.0", script="main.py", source=source, timeout=LIMIT, grace=GRACE)

    hang = {f"1/s/{number}.0": name for number, name in enumerate(HANGS)}
    with LocalCompute(tmp_path / "home", artifacts, slots=len(HANGS) + 1) as compute:
        for number, script in enumerate([*HANGS.values(), *["pass"] * QUICK]):
            compute.start(job(str(number), script), report)
        ends = [heard.get(timeout=DEADLINE) for _ in range(len(HANGS) + QUICK)]

    assert [outcome.ending for _, outcome in ends[:QUICK]] == [Ending.EXITED] * QUICK
    outcomes = {hang[identity]: outcome for identity, outcome in ends[QUICK:]}
    assert {name: outcome.ending for name, outcome in outcomes.items()} == dict.fromkeys(HANGS, Ending.TIMED_OUT)
    for name, outcome in outcomes.items():
        print(f"{name}: {outcome.seconds:.2f} s")
        assert outcome.seconds >= LIMIT + (GRACE if name in DEAF_ONES else 0.0)
