import threading
from pathlib import Path

from hyperstep.engine.events import ArtifactStored
from hyperstep.engine.job import Ending, InputPath, OutputPath
from hyperstep.pipeline.environment import Environment, Start


def test_a_script_runs_with_its_arguments_and_files(bench):
    artifact = bench.artifacts.put_bytes(b"21")
    job = bench.job(
        """
        import sys, pathlib
        from hyperstep import tracking
        given, made = sys.argv[1:]
        value = int(pathlib.Path(given).read_text())
        pathlib.Path(made).write_text(str(2 * value))
        pathlib.Path("outputs/note.txt").write_text("hello")
        tracking.metric("value", value)
        print("done")
        """,
        arguments=(InputPath(name="data"), OutputPath(name="double")),
        inputs={"data": artifact},
        outputs=("double", "absent"),
    )
    bench.compute.start(job, bench.heard)
    outcome = bench.heard.ended(job.id)

    assert (outcome.ending, outcome.code) == (Ending.EXITED, 0), bench.log(job)
    assert [point.value for point in bench.heard.points(job.id)] == [21.0]
    stored = {event.name: event for event in bench.heard.of(ArtifactStored)}
    assert set(stored) == {"double", "outputs"}
    assert stored["double"].artifact == bench.artifacts.put_bytes(b"42")
    assert bench.log(job) == "done\n"
    assert bench.heard.started(job.id).start == "fork"


def test_a_script_may_start_cold(bench):
    job, outcome = bench.run("print(1)", start=Start.SPAWN)

    assert outcome.succeeded
    assert bench.log(job) == "1\n"
    begun = bench.heard.started(job.id)
    assert (begun.start, begun.reason) == ("spawn", "")


def test_a_prepared_environment_has_imported_what_the_scripts_import(bench, tmp_path):
    (tmp_path / "train.py").write_text("import fractions")
    bench.compute.prepare(Environment(), [(tmp_path, "train.py")])

    job, _ = bench.run("import sys; print('fractions' in sys.modules, 'decimal' in sys.modules)")
    assert bench.log(job) == "True True\n"


def test_what_scikit_learn_looks_up_once_a_process_is_looked_up_before_the_fork(bench):
    script = """
        import narwhals.plugins
        print(narwhals.plugins._discover_entrypoints.cache_info().currsize)
    """
    job, _ = bench.run(script)

    assert bench.heard.started(job.id).start == "fork"
    assert bench.log(job) == "1\n"


def test_preparing_what_cannot_be_prepared_is_left_to_the_job(bench, tmp_path):
    bench.compute.prepare(Environment(python=str(tmp_path / "absent")), [(tmp_path, "absent.py")])


def test_a_job_starts_by_a_fork_in_the_time_of_a_few_system_calls(bench):
    bench.run("import numpy, json")
    job, outcome = bench.run("import numpy, json")

    assert bench.heard.started(job.id).start == "fork"
    assert outcome.seconds < 1


def test_running_jobs_leaves_no_descriptors_threads_or_processes(bench):
    def held():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    bench.compute.close()
    before = held()
    bench.open()
    for _ in range(20):
        bench.run("from hyperstep import tracking; tracking.metric('x', 1); print(1)")
    during = held()
    for _ in range(20):
        bench.run("from hyperstep import tracking; tracking.metric('x', 1); print(1)")

    assert held() == during
    bench.compute.close()
    assert held() == before


def test_a_supervisor_holds_nothing_for_jobs_that_are_over(bench):
    script = "import os; print(len(os.listdir(f'/proc/{os.getppid()}/fd')))"
    counts = [int(bench.log(bench.run(script)[0])) for _ in range(15)]

    assert max(counts) - min(counts) <= 2  # what the supervisor does at that moment: the pipe's end, the log


def test_closing_twice_is_fine(bench):
    bench.compute.close()
    bench.compute.close()
