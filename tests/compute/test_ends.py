"""How jobs end: stopped, timed out, killed with all they started, and how their logs are kept."""

import os
import signal
import sys
import time
import venv

import pytest

from hyperstep.engine.events import JobEnded, JobStarted
from hyperstep.engine.job import Ending
from hyperstep.pipeline.environment import Start

SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def pids(bench, job):
    """Processes that the script named in files `outputs/pid-*`."""
    folder = bench.place(job) / "work" / "outputs"
    return [int(path.read_text()) for path in folder.glob("pid-*") if path.read_text()]


def begin(bench, script, **fields):
    job = bench.job(script, **fields)
    bench.compute.start(job, bench.heard)
    return job


NOTE = """
import os, signal, subprocess, sys, time
def note(name):
    with open(f"outputs/new-{name}", "w") as file: file.write(str(os.getpid()))
    os.rename(f"outputs/new-{name}", f"outputs/pid-{name}")
def child(name, then):
    if os.fork() == 0:
        then(); note(name); time.sleep(60); os._exit(0)
def ready(count):
    while len([n for n in os.listdir("outputs") if n.startswith("pid-")]) < count: time.sleep(0.002)
def deaf(): signal.signal(signal.SIGTERM, signal.SIG_IGN)
def daemon():
    os.setsid()
    if os.fork(): os._exit(0)
def stopped():
    note("stopped"); os.kill(os.getpid(), signal.SIGSTOP)
def closed(): os.closerange(0, 100)
"""

SHAPES = {
    "child": "child('a', lambda: None); ready(1)",
    "deaf child": "child('a', deaf); ready(1)",
    "own session": "child('a', os.setsid); ready(1)",
    "daemon": "child('a', daemon); ready(1)",
    "deaf daemon": "child('a', lambda: (daemon(), deaf())); ready(1)",
    "daemon without descriptors": "child('a', lambda: (daemon(), closed())); ready(1)",
    "stopped child": "child('a', stopped); ready(1)",
    "other program": """
subprocess.Popen([sys.executable, "-c", NOTE + "os.setsid(); deaf(); note('a'); time.sleep(60)"]); ready(1)
""",
    "program without variables": """
subprocess.Popen([sys.executable, "-c", NOTE + "daemon(); note('a'); time.sleep(60)"], env={}); ready(1)
""",
    "deep tree": """
def nest(depth):
    child(f"d{depth}", lambda: (os.setsid() if depth % 2 else deaf(), nest(depth - 1) if depth else None))
nest(5); ready(6)
""",
    "many": "[child(f'c{i}', deaf if i % 2 else daemon) for i in range(20)]; ready(20)",
}


@pytest.mark.parametrize("start", [Start.FORK, Start.SPAWN])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_job_leaves_behind_is_gone_when_its_end_is_told(shared_bench, shape, start, alive):
    job, outcome = shared_bench.run(f"NOTE = {NOTE!r}\nexec(NOTE)\n{SHAPES[shape]}", start=start)

    assert outcome.succeeded, shared_bench.log(job)
    left = pids(shared_bench, job)
    assert left
    assert not [pid for pid in left if alive(pid)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stopped_job_takes_its_whole_tree_along(shared_bench, shape, eventually, alive):
    script = f"NOTE = {NOTE!r}\nexec(NOTE)\n{SHAPES[shape]}\nnote('main'); deaf(); print('set', flush=True); {SLEEP}"
    job = begin(shared_bench, script)
    eventually(lambda: "set" in read(shared_bench, job))
    began = time.monotonic()
    shared_bench.compute.stop(job.id, grace=0.1)

    outcome = shared_bench.heard.ended(job.id)
    assert outcome.ending is Ending.STOPPED
    assert time.monotonic() - began < 5
    assert not [pid for pid in pids(shared_bench, job) if alive(pid)]


def test_a_job_may_end_by_itself_when_it_is_asked_to(shared_bench, eventually):
    script = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('set', flush=True); time.sleep(60)"
    )
    job = begin(shared_bench, script)
    eventually(lambda: "set" in read(shared_bench, job))
    shared_bench.compute.stop(job.id, grace=30)

    outcome = shared_bench.heard.ended(job.id)
    assert (outcome.ending, outcome.code) == (Ending.EXITED, 0)


def test_a_script_that_ignores_the_stop_is_killed_after_its_grace(shared_bench, eventually):
    job = begin(shared_bench, DEAF)
    eventually(lambda: "deaf" in read(shared_bench, job))
    began = time.monotonic()
    shared_bench.compute.stop(job.id, grace=0.3)

    assert shared_bench.heard.ended(job.id).ending is Ending.STOPPED
    assert 0.3 <= time.monotonic() - began < 5


def test_a_second_stop_can_only_shorten_the_grace(shared_bench, eventually):
    job = begin(shared_bench, DEAF)
    eventually(lambda: "deaf" in read(shared_bench, job))
    shared_bench.compute.stop(job.id, grace=60)
    shared_bench.compute.stop(job.id, grace=0)

    assert shared_bench.heard.ended(job.id).ending is Ending.STOPPED


def test_a_job_is_stopped_at_its_limit_and_others_go_on(shared_bench):
    hangs = begin(shared_bench, DEAF, timeout=0.5, grace=0.2)
    other = begin(shared_bench, "import time; time.sleep(0.2); print('done')")

    outcome = shared_bench.heard.ended(hangs.id)
    assert outcome.ending is Ending.TIMED_OUT
    assert 0.7 <= outcome.seconds < 5
    assert shared_bench.heard.ended(other.id).succeeded


def test_a_job_that_stopped_itself_can_be_stopped(shared_bench, eventually):
    job = begin(shared_bench, "import os, signal; print('now', flush=True); os.kill(os.getpid(), signal.SIGSTOP)")
    eventually(lambda: "now" in read(shared_bench, job))
    shared_bench.compute.stop(job.id, grace=0.2)

    assert shared_bench.heard.ended(job.id).ending is Ending.STOPPED


@pytest.mark.parametrize(("number", "start"), [(9, Start.FORK), (11, Start.SPAWN), (15, Start.FORK)])
def test_a_job_killed_by_somebody_else_says_by_which_signal(shared_bench, number, start):
    _, outcome = shared_bench.run(f"import os; os.kill(os.getpid(), {number})", start=start)

    assert (outcome.ending, outcome.code) == (Ending.SIGNALLED, number)


def test_jobs_beyond_the_slots_wait_in_order(bench):
    bench.open(slots=1)
    jobs = [begin(bench, "import time; time.sleep(0.05)") for _ in range(4)]
    for job in jobs:
        bench.heard.ended(job.id)

    assert [event.job for event in bench.heard.of(JobEnded)] == [job.id for job in jobs]


def test_a_waiting_job_can_be_stopped(bench):
    bench.open(slots=1)
    first, second = begin(bench, SLEEP), begin(bench, SLEEP)
    bench.heard.started(first.id)
    bench.compute.stop(second.id, grace=10)
    assert bench.heard.ended(second.id).ending is Ending.STOPPED

    bench.compute.stop(first.id, grace=0)
    assert bench.heard.ended(first.id).ending is Ending.STOPPED
    assert not bench.place(second).exists()


def test_a_job_stopped_before_its_process_runs_never_runs(bench):
    for _ in range(5):
        job = begin(bench, "print('ran', flush=True); import time; time.sleep(60)")
        bench.compute.stop(job.id, grace=0.0)

        assert bench.heard.ended(job.id).ending is Ending.STOPPED


def test_interrupting_stops_what_runs_and_what_waits(bench):
    bench.open(slots=2)
    jobs = [begin(bench, SLEEP) for _ in range(4)]
    bench.heard.started(jobs[0].id)
    bench.heard.started(jobs[1].id)
    bench.compute.interrupt(grace=5)

    assert {bench.heard.ended(job.id).ending for job in jobs} == {Ending.INTERRUPTED}


def test_interrupting_twice_ends_a_supervisor_that_does_not_answer(bench, eventually, alive):
    script = "import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(60)"
    jobs = [begin(bench, script) for _ in range(2)]
    for job in jobs:
        eventually(lambda job=job: read(bench, job).endswith("\n"))
    started, supervisor = map(int, read(bench, jobs[0]).split())
    os.kill(supervisor, signal.SIGSTOP)
    bench.compute.interrupt(grace=10)
    bench.compute.interrupt(grace=0)

    began = time.monotonic()
    assert {bench.heard.ended(job.id).ending for job in jobs} == {Ending.INTERRUPTED}
    assert time.monotonic() - began < 8
    assert not alive(started)
    assert not alive(supervisor)


def test_a_supervisor_that_answers_is_not_killed_by_a_hurry(bench, eventually):
    sleeps = begin(bench, SLEEP)
    bench.heard.started(sleeps.id)
    bench.compute.interrupt(grace=0)
    bench.heard.ended(sleeps.id)
    slow, outcome = bench.run("import os, time; time.sleep(2.5); print(os.getppid())")
    again, _ = bench.run("import os; print(os.getppid())")

    assert outcome.succeeded
    assert bench.log(slow) == bench.log(again)


def test_interrupting_ends_at_once_what_waits_for_an_import(bench, tmp_path, monkeypatch, eventually):
    packages = tmp_path / "user" / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"
    packages.mkdir(parents=True)
    mark = tmp_path / "importing"
    (packages / "hangs.py").write_text(f"import time; open({str(mark)!r}, 'w').close(); time.sleep(60)")
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "user"))
    venv.create(tmp_path / "venv", system_site_packages=True)
    bench.open()
    job = begin(bench, "import hangs", python=str(tmp_path / "venv"))
    eventually(lambda: mark.exists() and not bench.compute._waiting)
    eventually(lambda: bench.compute._live[job.id].link is not None)
    began = time.monotonic()
    bench.compute.interrupt(grace=10)

    assert bench.heard.ended(job.id).ending is Ending.INTERRUPTED
    bench.compute.close()
    assert time.monotonic() - began < 5
    assert not bench.heard.of(JobStarted)


def test_a_flood_of_output_is_cut_in_the_middle_and_never_blocks(bench):
    line = "x" * 99 + "\n"
    script = f"import sys\nfor i in range({2 * 2**20 // 100}): sys.stdout.write({line!r} * 32)\nprint('the end')"
    job, outcome = bench.run(f"print('the beginning')\n{script}")

    assert outcome.succeeded
    log = (bench.place(job) / "log.txt").read_bytes()
    assert log.startswith(b"the beginning\nxxx")
    assert log.endswith(b"\nthe end\n")
    assert len(log) <= 16 * 2**20 + 200
    cut = [text for text in log.split(b"\n") if b"left out" in text]
    assert len(cut) == 1
    kept = len(log) - 80
    assert int(cut[0].split()[0][1:]) + kept == len("the beginning\nthe end\n") + 2 * 2**20 // 100 * 3200


def test_any_bytes_are_kept_as_they_are(shared_bench):
    script = "import os; os.write(1, bytes(range(256)) * 3); os.write(2, b'\\xff\\x1b[31m')"
    job, _ = shared_bench.run(script)

    assert (shared_bench.place(job) / "log.txt").read_bytes() == bytes(range(256)) * 3 + b"\xff\x1b[31m"


@pytest.mark.parametrize("start", [Start.FORK, Start.SPAWN])
def test_a_log_can_be_followed(shared_bench, start, eventually):
    job = begin(shared_bench, f"print('first line'); {SLEEP}", start=start)
    eventually(lambda: read(shared_bench, job) == "first line\n")
    shared_bench.compute.stop(job.id, grace=0)
    shared_bench.heard.ended(job.id)


def test_folders_are_for_their_owner_only(shared_bench):
    job, _ = shared_bench.run("print(1)")

    assert shared_bench.place(job).stat().st_mode & 0o777 == 0o700
    assert (shared_bench.home / "runs").stat().st_mode & 0o777 == 0o700
    assert (shared_bench.place(job) / "log.txt").stat().st_mode & 0o777 == 0o600
    assert (shared_bench.home / "supervisors").stat().st_mode & 0o777 == 0o700


def read(bench, job):
    try:
        return bench.log(job)
    except FileNotFoundError:
        return ""


def test_a_script_that_removes_its_own_folder_harms_nobody_else(bench):
    _, outcome = bench.run("import os, shutil; shutil.rmtree(os.path.dirname(os.getcwd()))")
    _, next_outcome = bench.run("print(1)")

    assert (outcome.ending, outcome.code) == (Ending.EXITED, 0)
    assert next_outcome.succeeded


def test_a_job_whose_outputs_cannot_be_stored_runs_again(bench):
    script = """
    import os, shutil
    shutil.rmtree(os.environ["ARTIFACTS"])
    for path in (os.environ["ARTIFACTS"], "outputs/file"):
        open(path, "w").close()
    """
    job = bench.job(script, variables={"ARTIFACTS": str(bench.home / "artifacts" / "incoming")})
    bench.compute.start(job, bench.heard)

    outcome = bench.heard.ended(job.id)
    assert (outcome.ending, outcome.runs_again) == (Ending.LOST, True)
    assert "couldn't be stored" in outcome.detail
