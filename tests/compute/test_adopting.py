"""Jobs outlive the driver: the next one takes them up, hears what they said meanwhile, and counts each end once."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hyperstep import failpoints
from hyperstep.compute.local import LocalCompute
from hyperstep.document import dumps
from hyperstep.engine.events import JobEnded, JobStarted, MetricsLogged, ModelRequested
from hyperstep.engine.job import Ending
from hyperstep.supervisor.exits import write_exit
from hyperstep.supervisor.linux import Place
from hyperstep.supervisor.orders import line

SPEAK = """
import os, time
from hyperstep import tracking
tracking.metric("x", 1)
while not os.path.exists("outputs/go"): time.sleep(0.002)
tracking.metric("x", 2)
print("done")
"""

DRIVER = """
import sys, time
from pathlib import Path
from hyperstep.compute.local import LocalCompute
from hyperstep.document import Codec
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import JobStarted, MetricsLogged
from hyperstep.engine.job import Job
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.store.artifacts import FolderArtifacts
import json
home = Path(sys.argv[1])
compute = LocalCompute(home, FolderArtifacts(home / "artifacts", durability="normal"))
def report(events):
    for event in events: print(type(event).__name__, flush=True)
for text in sys.argv[2:]:
    compute.start(Codec([Job, Artifact, Environment, Start]).decode(json.loads(text)), report)
time.sleep(60)
"""


def go(bench, job):
    (bench.place(job) / "work" / "outputs" / "go").touch()


def driver(bench, jobs, until):
    """Start a driver process with jobs, and kill it when it has printed `until` for each of them."""
    arguments = [sys.executable, "-c", DRIVER, str(bench.home), *map(dumps, jobs)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        seen = 0
        while seen < len(jobs):
            seen += process.stdout.readline().strip() == until
        process.kill()


def supervisors(bench):
    """Processes of the supervisors that are there; their forks have the same command line."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if os.fsencode(bench.home / "jobpath") in command and state not in "ZX":
            parents[int(folder.name)] = int(parent)
    return [process for process, parent in parents.items() if parent not in parents]


def test_a_job_that_runs_is_taken_up_by_the_next_driver(bench):
    job = bench.job(SPEAK)
    bench.compute.start(job, bench.heard)
    bench.heard.wait(lambda events: [e for e in events if isinstance(e, MetricsLogged)])
    heard = bench.heard.of(MetricsLogged)[-1].through
    bench.compute.close()
    assert not bench.heard.of(JobEnded)
    go(bench, job)
    bench.open().adopt(job, heard, bench.heard)

    assert bench.heard.ended(job.id).succeeded
    assert [point.value for point in bench.heard.points(job.id)] == [1.0, 2.0]
    assert bench.log(job) == "done\n"


def test_a_job_that_ended_meanwhile_is_found_as_it_ended(bench, eventually):
    job = bench.job(SPEAK)
    bench.compute.start(job, bench.heard)
    bench.heard.started(job.id)
    bench.compute.close()
    go(bench, job)
    eventually(lambda: (bench.place(job) / "exit.json").exists())
    bench.open().adopt(job, 0, bench.heard)

    assert bench.heard.ended(job.id).succeeded
    assert [point.value for point in bench.heard.points(job.id)][-2:] == [1.0, 2.0]


def test_an_end_that_the_disk_had_no_room_for_is_found_once_there_is(bench, monkeypatch, eventually):
    monkeypatch.setenv(failpoints.PLAN, "supervisor:4:enospc")  # the fourth step is the renaming of exit.json
    bench.open()
    job = bench.job(SPEAK)
    driver(bench, [job], "MetricsLogged")
    go(bench, job)
    eventually(lambda: (bench.place(job) / "exit.json").exists())

    bench.open().adopt(job, 0, bench.heard)
    assert bench.heard.ended(job.id).succeeded


def test_an_end_that_is_told_in_one_breath_with_what_runs_is_heard(bench):
    job = bench.job("pass")
    bench.place(job).mkdir(parents=True)
    ended = {"report": "ended", "job": job.id, "ending": "exited", "code": 0, "detail": "", "seconds": 0.1}
    reports = [{"report": "ready"}, {"report": "jobs", "jobs": [job.id]}, ended]
    with socket.socket(socket.AF_UNIX) as listener:
        place = Place(str(bench.home / "supervisors"))
        listener.bind(place.address("0123456789abcdef-1-a.sock"))
        place.close()
        listener.listen()
        bench.compute.adopt(job, 0, bench.heard)
        end, _ = listener.accept()
        with end:
            assert b"list" in end.recv(100)
            write_exit(str(bench.place(job)), ended)
            end.sendall(b"".join(map(line, reports)))

            assert bench.heard.ended(job.id).succeeded


def test_a_driver_killed_at_any_moment_loses_nothing(bench):
    jobs = [bench.job(SPEAK) for _ in range(3)]
    driver(bench, jobs, until="MetricsLogged")
    for job in jobs:
        bench.compute.adopt(job, 1, bench.heard)
        go(bench, job)

    assert all(bench.heard.ended(job.id).succeeded for job in jobs)
    assert [[point.value for point in bench.heard.points(job.id)] for job in jobs] == [[2.0]] * 3


def test_a_taken_up_job_can_be_stopped(bench):
    job = bench.job("import time; time.sleep(60)")
    driver(bench, [job], until="JobStarted")
    bench.compute.adopt(job, 0, bench.heard)
    bench.compute.stop(job.id, grace=1)

    assert bench.heard.ended(job.id).ending is Ending.STOPPED


def test_a_limit_is_kept_though_no_driver_is_there(bench, eventually):
    job = bench.job("import time; time.sleep(60)", timeout=0.3, grace=0.1)
    driver(bench, [job], until="JobStarted")
    eventually(lambda: (bench.place(job) / "exit.json").exists())
    bench.compute.adopt(job, 0, bench.heard)

    assert bench.heard.ended(job.id).ending is Ending.TIMED_OUT


def test_a_script_that_waits_for_its_models_version_is_answered_by_the_next_driver(bench):
    job = bench.job(
        """
        from hyperstep import tracking
        open("model", "w").write("weights")
        tracking.metric("x", 1)
        print("version", tracking.register("ridge", "model"))
        """
    )
    driver(bench, [job], until="ModelRequested")
    bench.compute.adopt(job, 1, bench.heard)
    wish = bench.heard.wait(lambda events: [e for e in events if isinstance(e, ModelRequested)])[0]
    bench.compute.answer(job.id, wish.through, 5)

    assert bench.heard.ended(job.id).succeeded
    assert (wish.request, wish.name, wish.through) == (f"{job.id}#2", "ridge", 2)
    assert wish.artifact == bench.artifacts.put_bytes(b"weights")
    assert bench.log(job) == "version 5\n"


def test_a_job_that_never_began_is_interrupted_with_its_driver_rather_than_lost(bench):
    job = bench.job("print(1)")
    bench.compute.adopt(job, 0, bench.heard)

    assert bench.heard.ended(job.id).ending is Ending.INTERRUPTED


def test_a_job_found_lost_is_not_started_by_a_supervisor_that_comes_late(bench, tmp_path, eventually):
    gate, late = tmp_path / "gate", tmp_path / "late"
    late.write_text(f'#!/bin/sh\nwhile [ ! -e {gate} ]; do sleep 0.01; done\nexec {sys.executable} "$@"\n')
    late.chmod(0o700)
    job = bench.job("open('outputs/ran', 'w').close()", python=str(late))
    bench.compute.start(job, bench.heard)
    eventually(lambda: bench.compute._live[job.id].link is not None)
    bench.compute.close()
    bench.open().adopt(job, 0, bench.heard)
    assert bench.heard.ended(job.id).ending is Ending.INTERRUPTED

    gate.touch()
    logs = bench.home / "supervisors"
    eventually(lambda: not list(logs.glob("*-*")))
    assert not (bench.place(job) / "work" / "outputs" / "ran").exists()


def test_a_killed_supervisor_takes_its_jobs_along_and_they_are_lost(bench, eventually):
    script = """
    import os, time
    if os.fork() == 0: os.setsid()
    if os.fork() == 0: os.execvp("sleep", ["sleep", "60"])
    open(f"outputs/pid-{os.getpid()}", "w").close()
    time.sleep(60)
    """
    job = bench.job(script)
    bench.compute.start(job, bench.heard)
    folder = bench.place(job) / "work" / "outputs"
    eventually(lambda: folder.exists() and len(list(folder.glob("pid-*"))) == 2)
    (supervisor,) = supervisors(bench)
    started = bench.heard.started(job.id)
    os.kill(supervisor, signal.SIGKILL)

    assert bench.heard.ended(job.id).ending is Ending.LOST
    assert started.pid in [int(path.name[4:]) for path in folder.glob("pid-*")]
    assert not [path for path in folder.glob("pid-*") if Path(f"/proc/{path.name[4:]}/cwd").exists()]

    job, outcome = bench.run("print('next')")
    assert outcome.succeeded


def test_a_supervisor_killed_while_no_driver_was_there_leaves_nothing_alive(bench):
    job = bench.job("import os, time\nif os.fork() == 0: os.setsid()\ntime.sleep(60)")
    driver(bench, [job], until="JobStarted")
    (supervisor,) = supervisors(bench)
    os.kill(supervisor, signal.SIGKILL)
    bench.compute.adopt(job, 0, bench.heard)

    assert bench.heard.ended(job.id).ending is Ending.LOST
    assert not processes_in(bench.place(job))


def processes_in(folder):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(folder):
                found.append(process.name)
        except OSError:
            continue
    return found


def test_no_supervisor_is_left_when_nothing_needs_it(bench):
    bench.run("print(1)")
    assert len(supervisors(bench)) == 1
    bench.close()

    assert supervisors(bench) == []
    assert [path.name for path in (bench.home / "supervisors").iterdir()] == []


def test_a_supervisor_ends_by_itself_when_its_driver_was_killed(bench, eventually):
    job = bench.job("print(1)")
    driver(bench, [job], until="JobEnded")

    eventually(lambda: supervisors(bench) == [])
    assert not list((bench.home / "supervisors").glob("*-*"))


def test_the_next_driver_uses_the_warm_process_that_is_there(bench):
    bench.open()  # with the same environment variables as the one below
    first = bench.job(SPEAK)
    bench.compute.start(first, bench.heard)
    bench.heard.started(first.id)
    bench.compute.close()
    bench.open().adopt(first, 0, bench.heard)
    go(bench, first)
    bench.heard.ended(first.id)
    bench.run("print(2)")

    assert len(supervisors(bench)) == 1


def test_a_supervisor_of_this_driver_is_not_taken_for_an_earlier_ones(bench):
    first, _ = bench.run("print(1)")
    bench.compute.adopt(bench.job("print(2)"), 0, bench.heard)
    bench.heard.wait(lambda events: [e for e in events if isinstance(e, JobEnded) and e.job != first.id])
    second, _ = bench.run("print(3)")

    assert len(bench.heard.of(JobStarted, second.id)) == 1


@pytest.mark.parametrize("times", [3])
def test_drivers_may_come_and_go(bench, times):
    job = bench.job(SPEAK)
    bench.compute.start(job, bench.heard)
    bench.heard.started(job.id)
    for _ in range(times):
        bench.compute.close()
        bench.open().adopt(job, 0, bench.heard)
    go(bench, job)

    assert bench.heard.ended(job.id).succeeded
    assert len(bench.heard.of(JobEnded)) == 1


def test_a_compute_that_was_never_used_leaves_nothing(tmp_path, bench):
    with LocalCompute(tmp_path / "other", bench.artifacts):
        pass

    assert not list((tmp_path / "other" / "supervisors").iterdir())
