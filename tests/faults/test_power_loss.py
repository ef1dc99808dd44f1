"""The power goes at any moment: what was acknowledged is there, and nothing that is there is torn.

What the code does to its files is recorded once; then, for thousands of moments and of choices of what had reached the
disk by then, a folder is laid as it would be found when the power is back, and read by the same code.

`HYPERSTEP_SEED=7` picks other moments, `HYPERSTEP_SOAK=1` 25 times as many.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from power import Acknowledged, Disk, Killed, Recording, seen

from hyperstep import Dataset, Output, Pipeline, RegisterStep, Source, Step, TuneStep, choice, maximize
from hyperstep.engine.artifact import TREE, Artifact
from hyperstep.engine.events import ArtifactStored, ModelRequested, Result, RunEnded, RunSubmitted, StepEnded
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.supervisor.exits import read_exit, settle, write_exit
from hyperstep.tracking import messages
from hyperstep.tracking.channel import Channel
from hyperstep.workspace import Workspace

SEED = int(os.environ.get("HYPERSTEP_SEED", "1"))
STATES = 400 * (25 if os.environ.get("HYPERSTEP_SOAK") else 1)  # of each of five stories

SMALL = [b"", b"one", b"two", b"x" * 5000]
LARGE = bytes(range(256)) * 4200  # more than is read at once

MAKE = """
import argparse
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--to")
parser.add_argument("--x", type=int)
args = parser.parse_args()
open(args.to, "w").write("model of %d" % args.x)
open("outputs/model", "w").write("the same")
tracking.metric("score", args.x)
"""


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    root = tmp_path / "disk"
    root.mkdir()
    return Recording(root)


@pytest.fixture
def found_at(tmp_path: Path) -> Iterator[Path]:
    """Where folders are laid as they may be found: in memory if there is such a place, since there are thousands."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


def crashes(recording: Recording, to: Path, states: int = STATES) -> Iterator[tuple[Path, list[object]]]:
    """Folders as they may be found after the power was lost, no two alike, and what was acknowledged before.

    Ends early when for a long time no folder was new.
    """
    found: set[int] = set()
    tries = 0
    random = Random(SEED)
    while len(found) < states and tries < 20 * states:
        tries += 1
        operations = recording.operations[: random.randrange(len(recording.operations) + 1)]
        disk = Disk(recording.disk, operations)
        disk.lose_power(random)
        acknowledged = [one.what for one in operations if isinstance(one, Acknowledged)]
        state = hash((len(acknowledged), frozenset(disk.files().items())))
        if state not in found:
            found.add(state)
            disk.lay(to)
            yield to, acknowledged
            shutil.rmtree(to)
    assert len(found) > states / 20, f"only {len(found)} different states, from seed {SEED}"
    print(f"{len(found)} states of {tries} tries, from {len(recording.operations)} operations, seed {SEED}")


def store_all(artifacts: FolderArtifacts, recording: Recording, tmp_path: Path) -> dict[str, object]:
    """Store files and folders, some of them again; returns the content by digest."""
    contents: dict[str, object] = {}
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    for number, content in enumerate([*SMALL, LARGE, SMALL[1]]):
        (tree / "sub" / f"{number}.bin").write_bytes(content)
    for content in [*SMALL, LARGE, SMALL[2]]:
        (tmp_path / "file").write_bytes(content)
        artifact, _ = artifacts.put(tmp_path / "file")
        contents[artifact.digest] = content
        recording.acknowledge(artifact)
    artifact, members = artifacts.put(tree)
    contents[artifact.digest] = {member.path: (tree / member.path).read_bytes() for member in members}
    recording.acknowledge(artifact)
    return contents


def artifacts_of(event: object) -> list[Artifact]:
    """What an event says is stored."""
    match event:
        case RunSubmitted(sources=sources, datasets=datasets):
            return [*sources.values(), *datasets.values()]
        case ArtifactStored(artifact=artifact) | ModelRequested(artifact=artifact):
            return [artifact]
        case StepEnded(outputs=outputs):
            return list(outputs.values())
    return []


def read_back(artifacts: FolderArtifacts, artifact: Artifact, to: Path) -> object:
    """What a stored artifact is, by the way that jobs get it."""
    artifacts.checkout(artifact, to)
    try:
        if to.is_file():
            return to.read_bytes()
        return {path.relative_to(to).as_posix(): path.read_bytes() for path in to.rglob("*") if path.is_file()}
    finally:
        shutil.rmtree(to) if to.is_dir() else to.unlink()


def test_what_was_recorded_is_all_that_was_done(recording, tmp_path, monkeypatch):
    with recording.on(monkeypatch):
        store_all(FolderArtifacts(recording.folder / "artifacts"), recording, tmp_path)
        write_exit(str(recording.folder), {"job": "1/a.0"})
    disk = Disk(recording.disk, recording.operations)
    disk.keep_all()

    assert disk.files() == seen(recording.folder)
    assert len(recording.operations) > 50


def test_no_artifact_that_was_acknowledged_is_lost_or_torn(recording, tmp_path, found_at, monkeypatch):
    with recording.on(monkeypatch):
        contents = store_all(FolderArtifacts(recording.folder / "artifacts"), recording, tmp_path)

    for folder, acknowledged in crashes(recording, found_at / "crash"):
        artifacts = FolderArtifacts(folder / "artifacts")
        for artifact in acknowledged:
            assert artifacts.contains(artifact)
            assert read_back(artifacts, artifact, found_at / "out") == contents[artifact.digest]


@pytest.mark.parametrize("durability", ["full", "normal"])
def test_what_is_torn_is_taken_as_absent_and_heals(recording, tmp_path, found_at, monkeypatch, durability):
    with recording.on(monkeypatch):
        contents = store_all(FolderArtifacts(recording.folder / "artifacts", durability="normal"), recording, tmp_path)

    for folder, acknowledged in crashes(recording, found_at / "crash"):
        artifacts = FolderArtifacts(folder / "artifacts", durability=durability)
        for artifact in acknowledged:
            if artifacts.contains(artifact):
                assert read_back(artifacts, artifact, found_at / "out") == contents[artifact.digest]
        for content in [*SMALL, LARGE]:
            artifact = artifacts.put_bytes(content)
            assert read_back(artifacts, artifact, found_at / "out") == content


@pytest.mark.parametrize("lived", range(4, 36, 4))
def test_what_a_writer_left_that_was_killed_does_not_deceive_the_next(
    recording, tmp_path, found_at, monkeypatch, lived
):
    artifacts = FolderArtifacts(recording.folder / "artifacts")
    with recording.on(monkeypatch):
        recording.kill_at = lived
        with suppress(Killed):
            for content in [*SMALL, LARGE]:
                artifacts.put_bytes(content)
        assert len(recording.operations) == lived
        recording.kill_at = None
        contents = store_all(FolderArtifacts(recording.folder / "artifacts"), recording, tmp_path)

    for folder, acknowledged in crashes(recording, found_at / "crash", STATES // 8):
        artifacts = FolderArtifacts(folder / "artifacts")
        for artifact in acknowledged:
            assert read_back(artifacts, artifact, found_at / "out") == contents[artifact.digest]


def test_a_run_that_was_recorded_has_its_workspace_code_data_and_results(recording, tmp_path, found_at, monkeypatch):
    """SQLite is trusted to keep a row that it committed; what the rows name has to be there."""
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "make.py").write_text(MAKE)
    (tmp_path / "data.csv").write_bytes(LARGE)
    source = Source(str(tmp_path / "steps"))
    train = Step(
        "make.py", source=source, arguments=["--data", Dataset(str(tmp_path / "data.csv")), "--to", Output("model")]
    )
    tune = TuneStep(train, name="tune", space={"x": choice(1, 2)}, metric=maximize("score"), sampler=GridSampler())
    pipeline = Pipeline("p", [tune, RegisterStep("ridge", tune.best_file("outputs/model"))])
    with recording.on(monkeypatch), Workspace.open(recording.folder) as workspace:
        run = workspace.submit(pipeline)
        for one in workspace.store.read():
            recording.acknowledge(one.event)
        ended = workspace.drive(run, on_event=lambda one: recording.acknowledge(one.event))
    assert ended == RunEnded(result=Result.COMPLETED)

    checked = 0
    for folder, acknowledged in crashes(recording, found_at / "crash"):
        artifacts = FolderArtifacts(folder / ".hyperstep" / "artifacts")
        for artifact in {one for event in acknowledged for one in artifacts_of(event)}:
            assert artifacts.contains(artifact)
            artifacts.checkout(artifact, found_at / "out")
            shutil.rmtree(found_at / "out") if artifact.kind == TREE else (found_at / "out").unlink()
            checked += 1
    assert checked > STATES


def test_a_jobs_end_from_before_a_loss_of_power_is_believed_only_with_all_it_said(
    recording, tmp_path, found_at, monkeypatch
):
    lines = [messages.metric("score", float(number), None, 0.0) for number in range(20)]
    ended = {"job": "1/a.0", "ending": "exited", "code": 0}
    (tmp_path / "disk" / "job").mkdir()
    recording = Recording(tmp_path / "disk" / "job")
    with recording.on(monkeypatch):
        channel = Channel(str(recording.folder / "wire.jsonl"), "")
        for line in lines:
            channel.send(line)
        write_exit(str(recording.folder), ended)
        settle(str(recording.folder))
        recording.acknowledge("settled")

    believed = 0
    for folder, _ in crashes(recording, found_at / "crash"):
        with suppress(FileNotFoundError, ValueError):
            document = json.loads((folder / "exit.json").read_text())
            (folder / "exit.json").write_text(json.dumps({**document, "boot": "the one before"}))
        if read_exit(str(folder)) is not None:
            believed += 1
            assert (folder / "wire.jsonl").read_bytes() == b"".join(lines)
    assert believed
