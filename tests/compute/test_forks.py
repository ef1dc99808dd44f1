"""What a fork shares with its siblings and must not, and when a job starts cold instead."""

import sys
import textwrap
import venv

import pytest

from hyperstep.engine.job import Ending
from hyperstep.pipeline.environment import Start


@pytest.mark.parametrize("draw", ["numpy.random.random()", "random.random()", "os.urandom(4).hex()", "uuid.uuid4()"])
def test_two_jobs_draw_different_random_numbers(shared_bench, draw):
    script = f"import numpy, numpy.random, os, random, uuid\nprint({draw})"

    logs = [shared_bench.log(shared_bench.run(script)[0]) for _ in range(3)]

    assert len(set(logs)) == 3


def test_a_seeded_generator_gives_what_a_new_interpreter_gives(shared_bench):
    script = "import numpy, random\nnumpy.random.seed(1); random.seed(1)\nprint(numpy.random.random(), random.random())"

    forked, _ = shared_bench.run(script, start=Start.FORK)
    cold, _ = shared_bench.run(script, start=Start.SPAWN)

    assert shared_bench.log(forked) == shared_bench.log(cold) != ""


def test_a_module_beside_the_script_shadows_an_installed_one(shared_bench):
    job, _ = shared_bench.run("import joblib; print(joblib.NAME)", files={"joblib.py": "NAME = 'mine'"})

    assert shared_bench.log(job) == "mine\n"
    assert shared_bench.heard.started(job.id).start == "fork"


def test_a_module_that_shadows_an_imported_one_starts_cold_and_says_why(bench):
    imported, _ = bench.run("import fractions; print(fractions.__file__)")
    job, _ = bench.run("import fractions; print(fractions.NAME)", files={"fractions.py": "NAME = 'mine'"})

    assert bench.heard.started(imported.id).start == "fork"
    assert bench.log(job) == "mine\n"
    begun = bench.heard.started(job.id)
    assert begun.start == "spawn"
    assert begun.reason == "'fractions' in the source folder shadows a module that is already imported"


def test_a_package_in_another_folder_on_pythonpath_is_found(bench, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "lib")
    bench.open()
    files = {"lib/fancy/__init__.py": "NAME = 'from lib'"}

    job, _ = bench.run("import fancy, sys; print(fancy.NAME, sys.path[1])", files=files)
    cold, _ = bench.run("import fancy, sys; print(fancy.NAME, sys.path[1])", files=files, start=Start.SPAWN)

    assert bench.log(job) == f"from lib {bench.place(job)}/work/lib\n"
    assert bench.log(cold) == f"from lib {bench.place(cold)}/work/lib\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport numpy",
            "main.py sets OMP_NUM_THREADS before numpy is imported",
        ),
        ("import os\nif True:\n    os.putenv('A', 'b')\nimport numpy", "main.py sets A before numpy is imported"),
        ("import tensorflow", "main.py imports tensorflow, which starts threads of its own"),
    ],
)
def test_a_hazard_in_the_script_starts_it_cold(shared_bench, script, reason):
    job, _ = shared_bench.run(script)

    begun = shared_bench.heard.started(job.id)
    assert (begun.start, begun.reason) == ("spawn", reason)


def test_a_forced_fork_is_a_fork(shared_bench):
    script = "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport numpy"

    job, _ = shared_bench.run(script, start=Start.FORK)

    assert shared_bench.heard.started(job.id).start == "fork"


@pytest.mark.parametrize("name", ["PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONUTF8", "PYTHONSAFEPATH"])
def test_a_forked_job_obeys_the_interpreters_variables(bench, name):
    value = {"PYTHONHASHSEED": "7", "PYTHONWARNINGS": "error"}.get(name, "1")
    script = "import sys, warnings; print(hash('a'), __debug__, sys.flags, sys.warnoptions, sys.path[0])"
    hashes = "" if name == "PYTHONHASHSEED" else "sys.flags"

    forked, _ = bench.run(script.replace("hash('a')", hashes or "hash('a')"), variables={name: value}, start=Start.FORK)
    cold, _ = bench.run(script.replace("hash('a')", hashes or "hash('a')"), variables={name: value}, start=Start.SPAWN)

    assert bench.heard.started(forked.id).start == "fork"
    logs = [bench.log(job).replace(job.id, "") for job in (forked, cold)]
    assert logs[0] == logs[1].replace("unbuffered=1", "unbuffered=0")


def test_an_interpreter_that_would_act_at_its_end_is_started_cold(bench):
    job, _ = bench.run("print(1)", variables={"PYTHONINSPECT": "1"})

    assert bench.heard.started(job.id).reason == "PYTHONINSPECT is set"


def test_a_job_sees_the_users_variables_and_none_of_our_own(bench, monkeypatch):
    monkeypatch.setenv("USERS_OWN", "seen")
    monkeypatch.setenv("HYPERSTEP_TOKEN", "secret")
    bench.open()
    script = "import os; print(sorted(n for n in os.environ if n.startswith(('USERS', 'HYPERSTEP', 'STEPS'))))"

    logs = []
    for start in (Start.FORK, Start.SPAWN):
        job = bench.job(script, start=start, variables={"STEPS_OWN": "1"})
        bench.compute.start(job, bench.heard)
        bench.heard.ended(job.id)
        logs.append(bench.log(job))

    names = ["HYPERSTEP_BELL", "HYPERSTEP_JOB", "HYPERSTEP_RUN", "HYPERSTEP_WIRE", "STEPS_OWN", "USERS_OWN"]
    assert logs == [f"{names}\n"] * 2


@pytest.fixture
def install(bench, tmp_path, monkeypatch):
    """Install a module, given its text, into an interpreter that also has all others; returns the interpreter."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = tmp_path / "user" / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "user"))
    bench.open()
    venv.create(tmp_path / "venv", system_site_packages=True)

    def install(name, text):
        (packages / f"{name}.py").write_text(textwrap.dedent(text))
        return str(tmp_path / "venv")

    return install


def test_what_an_import_prints_stays_out_of_the_log_and_what_it_breaks_is_skipped(bench, install):
    install("loud", "print('hello from loud')\nLOUD = 1\n")
    python = install("broken", "raise SystemExit('no')\n")
    script = "import loud\ntry:\n    import broken\nexcept SystemExit: print('broken')\nprint(loud.LOUD)"

    job, outcome = bench.run(script, python=python)

    assert bench.heard.started(job.id).start == "fork"
    assert (outcome.ending, outcome.code, bench.log(job)) == (Ending.EXITED, 0, "broken\n1\n")


def test_an_import_that_kills_the_warm_process_costs_only_the_warmth(bench, install):
    python = install("deadly", "import os\nif 'HYPERSTEP_JOB' not in os.environ: os._exit(9)\n")

    jobs = [bench.job("import deadly, time\ntime.sleep(0.1)\nprint('alive')", python=python) for _ in range(6)]
    for job in jobs:
        bench.compute.start(job, bench.heard)

    for job in jobs:
        outcome = bench.heard.ended(job.id)
        assert (outcome.ending, outcome.code, bench.log(job)) == (Ending.EXITED, 0, "alive\n")
        assert bench.heard.started(job.id).reason == "the warm process ended while it imported deadly"


def test_only_scripts_that_name_the_deadly_module_start_cold(bench, install):
    install("harmless", "")
    python = install("deadly", "import os\nif 'HYPERSTEP_JOB' not in os.environ: os._exit(9)\n")
    bench.run("import harmless, deadly", python=python)

    cold, _ = bench.run("import deadly, harmless", python=python)
    warm, _ = bench.run("import harmless", python=python)

    assert bench.heard.started(cold.id).start == "spawn"
    assert bench.heard.started(warm.id).start == "fork"


def test_a_supervisor_that_dies_under_its_job_leaves_its_last_words(bench):
    script = (
        "import os, time; open(f'/proc/{os.getppid()}/fd/2', 'w').write('out of luck\\n'); os.kill(os.getppid(), 9)"
    )

    _, outcome = bench.run(script)

    assert outcome.ending is Ending.LOST
    assert outcome.detail.endswith("; the last that it printed: out of luck")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import threading; threading.Thread(target=threading.Event().wait, name='w', daemon=True).start()", "'w'"),
        ("import _thread, time; _thread.start_new_thread(time.sleep, (1000,))", "'python'"),
    ],
)
def test_a_thread_that_an_import_starts_makes_jobs_start_cold(bench, install, text, name):
    job, _ = bench.run("import threaded", python=install("threaded", text))

    begun = bench.heard.started(job.id)
    assert (begun.start, begun.reason) == ("spawn", f"an import started the thread {name}, which a fork would lose")


def test_no_interpreter_is_a_refusal(bench, tmp_path):
    _, outcome = bench.run("print(1)", python=str(tmp_path / "absent"))

    assert outcome.ending is Ending.REFUSED
    assert "names no Python" in outcome.detail


def test_what_is_no_interpreter_is_a_refusal(bench, tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho not a python; exit 3\n")
    (tmp_path / "python").chmod(0o755)

    _, outcome = bench.run("print(1)", python=str(tmp_path / "python"))

    assert outcome.ending is Ending.REFUSED
    assert "not a python" in outcome.detail


def test_no_script_is_a_refusal(bench):
    job = bench.job("print(1)")
    job = type(job)(id=job.id, script="absent.py", source=job.source)
    bench.compute.start(job, bench.heard)

    outcome = bench.heard.ended(job.id)
    assert outcome.ending is Ending.REFUSED
    assert "'absent.py'" in outcome.detail
