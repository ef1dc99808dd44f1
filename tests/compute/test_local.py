from hyperstep.engine.events import ArtifactStored
from hyperstep.engine.job import Ending, InputPath, OutputPath
from hyperstep.pipeline.environment import Start


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


def test_cold(bench):
    job, outcome = bench.run("print(1)", start=Start.SPAWN)
    assert (outcome.ending, outcome.code) == (Ending.EXITED, 0)
    assert bench.log(job) == "1\n"
    assert bench.heard.started(job.id).start == "spawn"
