"""Files and folders by content: what comes out is what went in, or an error."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperstep.engine.artifact import TREE, Artifact
from hyperstep.errors import ArtifactDamaged, DefinitionError, NotFound
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.blobs import Blobs

raw_names = st.binary(min_size=1, max_size=6).filter(lambda name: name not in (b".", b"..") and not {0, 47} & set(name))
names = st.one_of(
    st.sampled_from(["a", "b", "model.pkl", "new\nline", "-rf", "~", "ü", "名", " ", "..."]), raw_names.map(os.fsdecode)
)
paths = st.lists(names, min_size=1, max_size=3).map(tuple)
contents = st.one_of(st.binary(max_size=40), st.integers(1 << 20, (1 << 20) + 9).map(lambda size: b"x" * size))
trees = st.dictionaries(paths, st.tuples(contents, st.booleans()), max_size=6)


def blob(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest[2:]


def write(folder: Path, tree: dict[tuple[str, ...], tuple[bytes, bool]]) -> dict[str, tuple[bytes, bool]]:
    """Make the tree's files, those that fit beside each other; returns what was made."""
    folder.mkdir()
    made = {}
    for parts, (content, executable) in tree.items():
        file = folder.joinpath(*parts)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue
        file.chmod(0o755 if executable else 0o644)
        made["/".join(parts)] = (content, executable)
    return made


def read(folder: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        str(file.relative_to(folder)): (file.read_bytes(), bool(file.stat().st_mode & 0o100))
        for file in folder.rglob("*")
        if file.is_file()
    }


@settings(deadline=None, max_examples=40)
@given(trees)
def test_a_folder_comes_out_as_it_went_in_whatever_its_names(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("tree")
    made = write(folder / "in", tree)
    artifacts = FolderArtifacts(folder / "artifacts", durability="normal")
    artifact, members = artifacts.put(folder / "in")
    artifacts.checkout(artifact, folder / "out")

    assert read(folder / "out") == made
    assert [member.path for member in members] == sorted(made)
    assert {member.path: member.size for member in members} == {
        path: len(content) for path, (content, _) in made.items()
    }
    assert artifact.size == sum(len(content) for content, _ in made.values())
    assert artifacts.members(artifact) == members
    assert artifacts.contains(artifact)


@settings(deadline=None, max_examples=20)
@given(trees, trees)
def test_two_folders_have_one_digest_if_and_only_if_they_are_equal(tmp_path_factory, one, other):
    folder = tmp_path_factory.mktemp("trees")
    artifacts = FolderArtifacts(folder / "artifacts", durability="normal")
    made = [write(folder / name, tree) for name, tree in (("one", one), ("other", other), ("again", one))]
    digests = [artifacts.put(folder / name)[0].digest for name in ("one", "other", "again")]

    assert digests[0] == digests[2]
    assert (digests[0] == digests[1]) == (made[0] == made[1])


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_of_any_size_is_named_by_its_sha_256(artifacts, tmp_path, size):
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    artifact, members = artifacts.put(tmp_path / "file")
    artifacts.checkout(artifact, tmp_path / "deep" / "out")

    assert artifact == Artifact(digest=hashlib.sha256(content).hexdigest(), size=size)
    assert members == ()
    assert (tmp_path / "deep" / "out").read_bytes() == content
    with artifacts.open(artifact) as file:
        assert file.read() == content


def test_bytes_are_stored_as_a_file_is(artifacts, tmp_path):
    (tmp_path / "file").write_bytes(b"same")

    assert artifacts.put_bytes(b"same") == artifacts.put(tmp_path / "file")[0]


def test_what_is_stored_is_never_written_again(artifacts, tmp_path):
    stored = blob(tmp_path / "artifacts", artifacts.put_bytes(b"once").digest)
    before = stored.stat()
    artifacts.put_bytes(b"once")

    assert stored.stat().st_ino == before.st_ino


@pytest.mark.parametrize("use", ["put", "sync"])
def test_what_is_found_stored_is_as_young_as_what_is_stored_now(artifacts, tmp_path, use):
    artifact = artifacts.put_bytes(b"once")
    stored = blob(tmp_path / "artifacts", artifact.digest)
    os.utime(stored, (1, 1))
    if use == "put":
        artifacts.put_bytes(b"once")
    else:
        artifacts.sync([artifact])

    assert stored.stat().st_mtime > 1


def test_a_file_that_a_loss_of_power_cut_short_is_written_anew(artifacts, tmp_path):
    artifact = artifacts.put_bytes(b"whole")
    os.truncate(blob(tmp_path / "artifacts", artifact.digest), 2)
    cut = artifacts.contains(artifact)
    artifacts.put_bytes(b"whole")
    artifacts.checkout(artifact, tmp_path / "out")

    assert not cut
    assert (tmp_path / "out").read_bytes() == b"whole"


def test_stored_files_are_for_their_owner_alone_whatever_the_umask(tmp_path):
    old = os.umask(0)
    try:
        FolderArtifacts(tmp_path / "artifacts").put_bytes(b"secret")
    finally:
        os.umask(old)

    modes = {oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*")}
    assert modes == {"0o700", "0o400"}


def test_only_regular_files_are_stored(artifacts, tmp_path):
    folder = tmp_path / "in"
    (folder / "real").mkdir(parents=True)
    (folder / "real" / "file").write_text("x")
    (tmp_path / "outside").write_text("not to be read")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "folder-link").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "socket"))
        artifact, members = artifacts.put(folder)

    assert [member.path for member in members] == ["real/file"]
    assert artifact.size == 1


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_path_that_is_no_file_and_no_folder_is_refused(artifacts, tmp_path, kind):
    path = tmp_path / kind
    path.symlink_to(tmp_path) if kind == "link" else os.mkfifo(path)
    with pytest.raises(DefinitionError, match="only files and folders are stored"):
        artifacts.put(path)


def test_a_path_where_there_is_nothing_is_refused(artifacts, tmp_path):
    with pytest.raises(FileNotFoundError):
        artifacts.put(tmp_path / "nothing")


def test_changed_bytes_are_noticed_and_named_and_nothing_is_left_behind(artifacts, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"fine")
    (tmp_path / "in" / "b").write_bytes(b"right")
    artifact, members = artifacts.put(tmp_path / "in")
    damaged = members[1].digest
    blob(tmp_path / "artifacts", damaged).write_bytes(b"wrong")
    with pytest.raises(ArtifactDamaged, match=damaged[2:]):
        artifacts.checkout(artifact, tmp_path / "out")
    with pytest.raises(ArtifactDamaged, match=damaged[2:]):
        artifacts.checkout(Artifact(digest=damaged, size=5), tmp_path / "file")

    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "file").exists()


def test_missing_bytes_are_noticed_and_named(artifacts, tmp_path):
    artifact = artifacts.put_bytes(b"gone")
    blob(tmp_path / "artifacts", artifact.digest).unlink()
    with pytest.raises(ArtifactDamaged, match=artifact.digest):
        artifacts.checkout(artifact, tmp_path / "out")
    with pytest.raises(ArtifactDamaged, match=artifact.digest):
        artifacts.open(artifact)

    assert not artifacts.contains(artifact)


def test_a_folder_is_only_there_if_its_list_and_all_its_files_are(artifacts, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"a")
    artifact, members = artifacts.put(tmp_path / "in")
    there = artifacts.contains(artifact)
    blob(tmp_path / "artifacts", members[0].digest).unlink()
    without_file = artifacts.contains(artifact)
    artifacts.put_bytes(b"a")
    blob(tmp_path / "artifacts", artifact.digest).unlink()

    assert (there, without_file, artifacts.contains(artifact)) == (True, False, False)


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a/../../x", "a//b", "", "a/./b", "nul\0"])
def test_a_list_that_leads_out_of_its_folder_is_not_believed(artifacts, tmp_path, path):
    inner = artifacts.put_bytes(b"x")
    row = f'{{"path": {path!r}, "size": 1, "digest": "{inner.digest}", "executable": false}}'.replace("'", '"')
    forged = artifacts.put_bytes(f'{{"format": 1, "members": [{row}]}}'.replace("\\x00", "\\u0000").encode())
    with pytest.raises(ArtifactDamaged):
        artifacts.checkout(replace(forged, kind=TREE), tmp_path / "out")


def test_a_file_that_is_no_list_is_not_taken_for_a_folder(artifacts, tmp_path):
    with pytest.raises(ArtifactDamaged):
        artifacts.checkout(replace(artifacts.put_bytes(b"{}"), kind=TREE), tmp_path / "out")


@pytest.fixture
def outputs(artifacts, tmp_path) -> Artifact:
    for path in ("model/weights.bin", "model/deep/config.json", "log.txt", "model-2/x"):
        file = tmp_path / "outputs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    return artifacts.put(tmp_path / "outputs")[0]


def test_a_part_of_a_folder_is_checked_out_by_its_path(artifacts, tmp_path, outputs):
    artifacts.checkout(replace(outputs, member="model"), tmp_path / "folder")
    artifacts.checkout(replace(outputs, member="model/weights.bin"), tmp_path / "file")

    assert sorted(read(tmp_path / "folder")) == ["deep/config.json", "weights.bin"]
    assert (tmp_path / "file").read_text() == "model/weights.bin"
    assert [m.path for m in artifacts.members(replace(outputs, member="model"))] == ["deep/config.json", "weights.bin"]
    assert artifacts.contains(replace(outputs, member="model/deep"))


def test_a_member_is_opened_by_its_path(artifacts, outputs):
    with artifacts.open(outputs, "model/weights.bin") as file:
        assert file.read() == b"model/weights.bin"
    with artifacts.open(replace(outputs, member="model"), "deep/config.json") as file:
        assert file.read() == b"model/deep/config.json"
    with pytest.raises(DefinitionError, match="'model' is a folder"):
        artifacts.open(outputs, "model")


@pytest.mark.parametrize("member", ["nothing", "../outside", "mod", "model/weights.bin/x"])
def test_a_part_that_is_not_there_is_answered_with_what_is(artifacts, tmp_path, outputs, member):
    with pytest.raises(NotFound, match=r"'model/weights.bin'"):
        artifacts.checkout(replace(outputs, member=member), tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert not artifacts.contains(replace(outputs, member=member))


def test_nothing_that_is_there_is_overwritten(artifacts, tmp_path):
    artifact = artifacts.put_bytes(b"new")
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            artifacts.checkout(artifact, tmp_path / name)

    assert (tmp_path / "file").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()


def test_threads_and_stores_may_put_the_same_and_different_things_at_once(tmp_path):
    stores = [FolderArtifacts(tmp_path / "artifacts") for _ in range(2)]
    found: list[list[Artifact]] = []

    def put(number: int) -> None:
        found.append([stores[number % 2].put_bytes(b"%d" % k) for k in range(60)])

    threads = [threading.Thread(target=put, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 6
    assert all(each == found[0] for each in found)
    assert all(stores[0].contains(artifact) for artifact in found[0])
    assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []


PUT = """
import sys
from pathlib import Path
from hyperstep.store.artifacts import FolderArtifacts

artifacts = FolderArtifacts(Path(sys.argv[1]))
print(flush=True)
number = 0
while True:
    artifacts.put_bytes(b"%d" % number * 100_000)
    number += 1
"""


def test_a_writer_that_is_killed_leaves_no_half_file_under_a_name_that_is_read(tmp_path):
    for number in range(5):
        process = subprocess.Popen([sys.executable, "-c", PUT, str(tmp_path)], stdout=subprocess.PIPE)
        with process:
            process.stdout.readline()
            deadline = time.monotonic() + 20
            before = sum(1 for _ in tmp_path.rglob("*"))
            while sum(1 for _ in tmp_path.rglob("*")) < before + 3 + number and time.monotonic() < deadline:
                pass
            process.send_signal(signal.SIGKILL)

    stored = [file for file in tmp_path.rglob("*") if file.is_file() and file.parent.name != "incoming"]
    assert len(stored) >= 5
    for file in stored:
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.parent.name + file.name


def test_what_a_dead_writer_left_aside_is_cleared_and_what_is_being_written_is_not(tmp_path):
    FolderArtifacts(tmp_path).put_bytes(b"")
    content = b"x" * 5_000_000
    with Blobs(tmp_path, durability="full").batch() as batch:
        (tmp_path / "incoming" / "of the dead").touch()
        digest, _ = batch.keep([content[:2_500_000], content[2_500_000:]])
        for file in (tmp_path / "incoming").iterdir():
            os.utime(file, (0, 0))  # as if the clock had been set on by decades meanwhile
        FolderArtifacts(tmp_path)
        assert len(list((tmp_path / "incoming").iterdir())) == 2
    FolderArtifacts(tmp_path)

    assert not list((tmp_path / "incoming").iterdir())
    assert Path(tmp_path, digest[:2], digest[2:]).read_bytes() == content


LIMITED = """
import resource, signal, sys
from pathlib import Path
from hyperstep.store.artifacts import FolderArtifacts

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    FolderArtifacts(Path(sys.argv[1])).put_bytes(b"x" * 2000)
except OSError as error:
    print(error.errno)
"""


def test_storage_that_refuses_leaves_nothing_aside(artifacts, tmp_path):
    said = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path / "artifacts")], capture_output=True, check=True)

    assert int(said.stdout) == errno.EFBIG
    assert [path.name for path in (tmp_path / "artifacts").rglob("*")] == ["incoming"]


def test_a_store_that_is_only_read_makes_no_folder(artifacts, tmp_path):
    assert not artifacts.contains(Artifact(digest="0" * 64, size=1))
    assert list(tmp_path.iterdir()) == []


def test_what_was_stored_without_it_is_synced_when_it_is_asked_for(tmp_path):
    artifacts = FolderArtifacts(tmp_path / "artifacts", durability="normal")
    (tmp_path / "made").mkdir()
    for number in range(40):
        (tmp_path / "made" / f"{number}.txt").write_text(str(number))
    tree, _ = artifacts.put(tmp_path / "made")
    full = FolderArtifacts(tmp_path / "artifacts")
    full.sync([tree, artifacts.put_bytes(b"one")])
    written = [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file() and path.stat().st_mode & 0o200]

    assert written == []
    lost = artifacts.put_bytes(b"two")
    (tmp_path / "artifacts" / lost.digest[:2] / lost.digest[2:]).unlink()
    with pytest.raises(ArtifactDamaged):
        full.sync([tree, lost])


def test_a_single_file_that_cannot_be_synced_is_said(tmp_path):
    artifacts = FolderArtifacts(tmp_path / "artifacts", durability="normal")
    torn = artifacts.put_bytes(b"two")
    (tmp_path / "artifacts" / torn.digest[:2] / torn.digest[2:]).write_bytes(b"\0\0\0")

    with pytest.raises(ArtifactDamaged):
        FolderArtifacts(tmp_path / "artifacts").sync([torn])


def test_bytes_that_may_be_torn_are_stored_again(artifacts, tmp_path):
    stored = FolderArtifacts(tmp_path / "artifacts", durability="normal").put_bytes(b"two")
    (tmp_path / "artifacts" / stored.digest[:2] / stored.digest[2:]).write_bytes(b"\0\0\0")

    assert not artifacts.contains(stored)
    artifacts.put_bytes(b"two")
    assert artifacts.contains(stored)


def test_an_old_file_that_a_writer_has_just_found_stored_is_not_removed(tmp_path):
    blobs = Blobs(tmp_path, durability="full")
    with blobs.batch() as batch:
        digest, _ = batch.keep([b"old"])
    os.utime(blobs.path(digest), (1, 1))
    removed = threading.Event()

    def remove() -> None:
        Blobs(tmp_path, durability="full").remove([digest], before=1000)
        removed.set()

    with blobs.batch() as batch:
        remover = threading.Thread(target=remove)
        remover.start()
        waits = not removed.wait(0.2)  # it would be done in a millisecond; found done, the test has failed
        batch.keep([b"old"])
    remover.join(30)

    assert waits
    assert blobs.holds(digest, 3)
    blobs.remove([digest], before=time.time() + 1)
    assert not blobs.holds(digest, 3)
