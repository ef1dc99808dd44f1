"""What every compute keeps; a plug-in's author subclasses the suite.

    class TestContract(ComputeContract):
        def open(self, home, artifacts):
            return RayCompute(home, artifacts)

pytest then runs every `test_…` below with that compute. Jobs are real: each
runs a script that is written into a folder of the test's own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from hyperstep.engine.events import ArtifactStored, JobEnded, JobEvent, JobStarted, MetricsLogged, ModelRequested, Point
from hyperstep.engine.ids import JobId
from hyperstep.engine.interfaces import Compute
from hyperstep.engine.job import Ending, InputPath, Job, JobArgument, Outcome, OutputPath
from hyperstep.store.artifacts import FolderArtifacts

PATIENCE = 60.0  # seconds until an event that doesn't come fails the test
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); tracking.metric('deaf', 1); time.sleep(60)"

Found = TypeVar("Found")


class Heard:
    """A Report that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self._changed = threading.Condition()

    def __call__(self, events: Sequence[JobEvent]) -> None:
        with self._changed:
            self.events += events
            self._changed.notify_all()

    def wait(self, find: Callable[[list[JobEvent]], list[Found]]) -> Found:
        """The first of what is found among the events, once there is one."""
        with self._changed:
            assert self._changed.wait_for(lambda: find(self.events), PATIENCE), f"heard only {self.events}"
            return find(self.events)[0]

    def ended(self, job: JobId) -> Outcome:
        """How a job ended, once it has."""
        return self.wait(lambda events: [e.outcome for e in events if isinstance(e, JobEnded) and e.job == job])

    def spoke(self, job: JobId) -> Point:
        """The first point that a job has logged, once it has."""
        return self.wait(
            lambda events: [p for e in events if isinstance(e, MetricsLogged) for p in e.points if e.job == job]
        )

    def points(self, job: JobId) -> list[Point]:
        """All points of a job, in order."""
        return [p for e in self.events if isinstance(e, MetricsLogged) and e.job == job for p in e.points]


class Workbench:
    """A compute over a folder of its own, and jobs for it."""

    def __init__(self, folder: Path, open_compute: Callable[[Path, FolderArtifacts], Compute]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.artifacts = FolderArtifacts(self.home / "artifacts", durability="normal")
        self.heard = Heard()
        self._open = open_compute
        self._numbers = count()
        self.compute = open_compute(self.home, self.artifacts)

    def reopen(self) -> None:
        """Close the compute, and open another one over the same folder, as a new driver does."""
        self.compute.close()
        self.compute = self._open(self.home, self.artifacts)

    def job(self, script: str, *, arguments: tuple[JobArgument, ...] = (), outputs: tuple[str, ...] = ()) -> Job:
        """A job for the text of a script, in which `tracking` is imported; its input `data` holds `21`."""
        number = next(self._numbers)
        source = self.folder / f"source-{number}"
        source.mkdir()
        (source / "main.py").write_text(f"from hyperstep import tracking\n{script}\n")
        return Job(
            id=f"1/tune/{number}.0",
            script="main.py",
            source=self.artifacts.put(source)[0],
            arguments=arguments,
            inputs={"data": self.artifacts.put_bytes(b"21")},
            outputs=outputs,
        )

    def start(self, script: str) -> Job:
        """Start a job for the text of a script."""
        job = self.job(script)
        self.compute.start(job, self.heard)
        return job

    def ends(self, script: str) -> Outcome:
        """Run a script to its end."""
        return self.heard.ended(self.start(script).id)


class ComputeContract:
    """Subclass it, and say in `open` how a compute is opened."""

    def open(self, home: Path, artifacts: FolderArtifacts) -> Compute:
        """Open a compute whose files lie in `home`."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Workbench]:
        """A compute, closed when the test is over."""
        bench = Workbench(tmp_path, self.open)
        yield bench
        bench.compute.interrupt(grace=0)
        bench.compute.close()

    @pytest.mark.parametrize(
        ("script", "ending", "code"),
        [
            ("pass", Ending.EXITED, 0),
            ("raise SystemExit(3)", Ending.EXITED, 3),
            ("raise SystemExit('a message')", Ending.EXITED, 1),
            ("1 / 0", Ending.EXITED, 1),
            ("x = = 1", Ending.EXITED, 1),
            ("import os; os.kill(os.getpid(), 9)", Ending.SIGNALLED, 9),
            ("import os; os.abort()", Ending.SIGNALLED, 6),
            ("import os; os._exit(4)", Ending.EXITED, 4),
        ],
    )
    def test_a_job_ends_once_and_as_its_script_did(
        self, bench: Workbench, script: str, ending: Ending, code: int
    ) -> None:
        outcome = bench.ends(script)

        assert (outcome.ending, outcome.code) == (ending, code)
        kinds = [type(event) for event in bench.heard.events]
        assert (kinds[0], kinds[-1], kinds.count(JobEnded), kinds.count(JobStarted)) == (JobStarted, JobEnded, 1, 1)

    def test_metrics_arrive_in_order_and_before_the_end(self, bench: Workbench) -> None:
        job = bench.start("for i in range(1000): tracking.metric('i', i, step=i)")
        bench.heard.ended(job.id)

        assert [(point.value, point.step) for point in bench.heard.points(job.id)] == [(i, i) for i in range(1000)]
        assert isinstance(bench.heard.events[-1], JobEnded)

    def test_files_go_in_and_come_out(self, bench: Workbench) -> None:
        job = bench.job(
            "import sys; open(sys.argv[2], 'w').write(2 * open(sys.argv[1]).read()); open('outputs/note', 'w').close()",
            arguments=(InputPath(name="data"), OutputPath(name="twice")),
            outputs=("twice", "never made"),
        )
        bench.compute.start(job, bench.heard)
        assert bench.heard.ended(job.id).succeeded
        stored = {event.name: event for event in bench.heard.events if isinstance(event, ArtifactStored)}

        assert set(stored) == {"twice", "outputs"}
        assert stored["twice"].artifact == bench.artifacts.put_bytes(b"2121")
        assert [member.path for member in stored["outputs"].members] == ["note"]

    def test_no_two_jobs_share_a_folder(self, bench: Workbench) -> None:
        jobs = [bench.start("import os; open('mark', 'x').close(); print(os.getcwd())") for _ in range(3)]

        assert [bench.heard.ended(job.id).succeeded for job in jobs] == [True, True, True]

    def test_a_stopped_job_ends_as_stopped(self, bench: Workbench) -> None:
        job = bench.start("import time; tracking.metric('x', 1); time.sleep(60)")
        bench.heard.spoke(job.id)
        bench.compute.stop(job.id, grace=30)

        assert bench.heard.ended(job.id).ending is Ending.STOPPED

    def test_a_job_that_ignores_its_stop_is_killed_after_the_grace(self, bench: Workbench) -> None:
        job = bench.start(DEAF)
        bench.heard.spoke(job.id)
        bench.compute.stop(job.id, grace=0.2)

        assert bench.heard.ended(job.id).ending is Ending.STOPPED

    def test_an_interrupt_ends_every_job(self, bench: Workbench) -> None:
        jobs = [bench.start("import time; time.sleep(60)") for _ in range(30)]
        bench.compute.interrupt(grace=1)

        assert {bench.heard.ended(job.id).ending for job in jobs} == {Ending.INTERRUPTED}

    def test_stopping_what_has_ended_does_nothing(self, bench: Workbench) -> None:
        job = bench.start("pass")
        bench.heard.ended(job.id)
        bench.compute.stop(job.id, grace=0)
        bench.compute.stop("1/never/0.0", grace=0)

        assert bench.ends("pass").succeeded
        assert sum(isinstance(event, JobEnded) and event.job == job.id for event in bench.heard.events) == 1

    def test_a_script_that_registers_a_model_gets_its_version(self, bench: Workbench) -> None:
        job = bench.start("open('m', 'w').write('w'); tracking.metric('version', tracking.register('ridge', 'm'))")
        wish = bench.heard.wait(lambda events: [e for e in events if isinstance(e, ModelRequested)])
        bench.compute.answer(job.id, wish.through, 7)

        assert bench.heard.ended(job.id).succeeded
        assert [point.value for point in bench.heard.points(job.id)] == [7]
        assert (wish.name, wish.job, wish.artifact) == ("ridge", job.id, bench.artifacts.put_bytes(b"w"))

    def test_a_job_outlives_the_compute_and_is_taken_up(self, bench: Workbench) -> None:
        job = bench.start(
            "import os, time; go = os.path.join(tracking.checkpoint_folder(), 'go'); tracking.metric('x', 1)\n"
            "while not os.path.exists(go): time.sleep(0.01)\n"
            "tracking.metric('x', 2)"
        )
        bench.heard.spoke(job.id)
        bench.reopen()
        assert not [event for event in bench.heard.events if isinstance(event, JobEnded)]
        bench.compute.adopt(job, 1, bench.heard)
        (bench.home / "runs" / f"{job.id.rpartition('.')[0]}.checkpoints" / "go").touch()

        assert bench.heard.ended(job.id).succeeded
        assert [point.value for point in bench.heard.points(job.id)] == [1, 2]

    def test_what_was_never_started_runs_again(self, bench: Workbench) -> None:
        job = bench.job("pass")
        bench.compute.adopt(job, 0, bench.heard)

        assert bench.heard.ended(job.id).runs_again
