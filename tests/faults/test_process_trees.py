"""Whatever a job starts, in whatever shape: when its end is told, nothing of it is left."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from shapes import SHAPES
from yard import DEADLINE, Yard, alive, living, until

from hyperstep.compute.local import LocalCompute
from hyperstep.engine.events import JobEnded
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.supervisor.linux import Place, peer

GRACE = 0.2


class Grove:
    """A compute whose jobs leave process trees; `tag` is among the arguments or variables of every process of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tag = f"tree-{os.getpid()}-{folder.name}"
        artifacts = FolderArtifacts(folder / "home" / "artifacts", durability="normal")
        self._source, _ = artifacts.put(Path(__file__).parent, keep=lambda path, _is_folder: path == "shapes.py")
        self._artifacts = artifacts
        self._ends: SimpleQueue[Outcome] = SimpleQueue()
        self._number = 0
        self.compute = LocalCompute(folder / "home", artifacts)

    def job(self, shape: str, *stay: str, **fields: object) -> Job:
        """Start a job whose tree has this shape."""
        self._number += 1
        job = Job(
            id=f"1/s/{self._number}.0",
            script="shapes.py",
            source=self._source,
            environment=Environment(start=Start.FORK if self._number % 2 else Start.SPAWN),
            arguments=(shape, str(self.ledger), self.tag, *stay),
            variables={"TREE_TAG": self.tag},
            **fields,
        )
        self.compute.start(job, self._report)
        return job

    @property
    def ledger(self) -> Path:
        return self.folder / f"ledger-{self._number}"

    def reopen(self) -> None:
        """Replace the compute, as a new driver would."""
        self.compute.close()
        self.compute = LocalCompute(self.folder / "home", self._artifacts)

    def adopt(self, job: Job) -> None:
        self.compute.adopt(job, 0, self._report)

    def end(self) -> Outcome:
        """How the job ended, when that is told."""
        try:
            return self._ends.get(timeout=DEADLINE)
        except Empty:
            left = self.left()
            self.compute.interrupt(grace=0)
            raise AssertionError(f"no end is told; of its tree there is {left}") from None

    def is_set(self) -> bool:
        return Path(f"{self.ledger}-set").exists()

    @property
    def log(self) -> Path:
        return self.folder / "home" / "runs" / f"1/s/{self._number}.0" / "log.txt"

    def noted(self) -> list[int]:
        """The processes of the newest job's tree, as they noted themselves."""
        return [int(line) for line in self.ledger.read_text().split()]

    def left(self) -> list[tuple[int, bytes]]:
        """What is left of any tree, found by the notes and by the tag; each with its command line."""
        supervisors = self.supervisors()
        return [
            (pid, _text(pid, "cmdline"))
            for pid in living()
            if pid in self.noted() or (is_tagged(pid, self.tag) and pid not in supervisors)
        ]

    def supervisors(self) -> list[int]:
        return supervisors_in(self.folder / "home" / "supervisors")

    def _report(self, events: list[object]) -> None:
        for event in events:
            if isinstance(event, JobEnded):
                self._ends.put(event.outcome)


def supervisors_in(folder: Path) -> list[int]:
    """The supervisors that listen in a folder."""
    place = Place(str(folder))
    found = []
    for path in folder.glob("*-*.sock"):
        with socket.socket(socket.AF_UNIX) as end, suppress(OSError):  # of one that was killed
            end.connect(place.address(path.name))
            found.append(peer(end))
    place.close()
    return found


def is_tagged(pid: int, tag: str) -> bool:
    """True if a process has the tag among its arguments or variables."""
    return tag.encode() in _text(pid, "cmdline") or tag.encode() in _text(pid, "environ")


def _text(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def grove(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grove]:
    grove = Grove(tmp_path_factory.mktemp("grove"))
    yield grove
    grove.compute.close()


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_left_of_a_job_that_ended_by_itself(grove, shape):
    grove.job(shape)

    assert grove.end().succeeded, grove.log.read_text()
    assert len(grove.noted()) >= SHAPES[shape][0]
    assert grove.left() == []


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_left_of_a_job_that_was_stopped(grove, shape):
    job = grove.job(shape, "stay")
    until(grove.is_set, "the tree")
    grove.compute.stop(job.id, grace=GRACE)

    assert grove.end().ending is Ending.STOPPED
    assert grove.left() == []


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_left_of_a_job_that_came_to_its_limit(grove, shape):
    grove.job(shape, "stay", timeout=0.4, grace=GRACE)

    assert grove.end().ending is Ending.TIMED_OUT
    assert grove.left() == []


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_left_of_a_job_whose_supervisor_was_killed_once_the_next_driver_is_there(grove, shape):
    job = grove.job(shape, "stay")
    until(grove.is_set, "the tree")
    grove.reopen()
    supervisors = grove.supervisors()
    for supervisor in supervisors:
        os.kill(supervisor, signal.SIGKILL)
    until(lambda: not any(map(alive, supervisors)), "the supervisors' end")
    grove.adopt(job)

    assert grove.end().ending is Ending.LOST
    assert grove.left() == []


PIPELINE = """
from hyperstep import Pipeline, Step
shapes = {shapes!r}
steps = [
    Step("shapes.py", name=f"shape-{{number}}", arguments=[shape, f"{folder}/ledger-{{number}}", {tag!r}, "wait"])
    for number, shape in enumerate(shapes)
]
pipeline = Pipeline("trees", steps)
"""


@pytest.mark.parametrize("killed", [False, True], ids=["cancelled", "all killed, then cancelled"])
def test_nothing_is_left_of_a_run_that_is_cancelled(tmp_path, compiled, killed):
    yard = Yard(tmp_path, compiled)
    tag = f"tree-{os.getpid()}-{tmp_path.name}"
    shapes = ["deaf daemon", "hopping", "chain of sessions and orphans", "program without variables"]
    shutil.copy(Path(__file__).with_name("shapes.py"), tmp_path)
    (tmp_path / "pipeline.py").write_text(PIPELINE.format(shapes=shapes, folder=tmp_path, tag=tag))
    yard.environment["TREE_TAG"] = tag
    driver = yard.start("run", "pipeline.py")
    until(lambda: len(list(tmp_path.glob("ledger-*-set"))) == len(shapes), "the trees")
    if killed:
        for pid in [driver.pid, *supervisors_in(yard.home / "supervisors")]:
            os.kill(pid, signal.SIGKILL)
        driver.wait()
    cancelling = yard.start("cancel", "1")

    assert cancelling.wait(DEADLINE) == 0, yard.out.read_text()
    assert killed or driver.wait(DEADLINE) == 1
    noted = [int(line) for ledger in tmp_path.glob("ledger-?") for line in ledger.read_text().split()]
    until(lambda: not supervisors_in(yard.home / "supervisors"), "the supervisors' end")
    assert len(noted) >= len(shapes)
    assert not [pid for pid in living() if pid in noted or is_tagged(pid, tag)]
