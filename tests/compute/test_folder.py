import os
from pathlib import Path

import pytest

from hyperstep.compute.folder import Folders
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.job import InputPath, Job, OutputPath
from hyperstep.store.artifacts import FolderArtifacts


@pytest.fixture
def artifacts(tmp_path):
    return FolderArtifacts(tmp_path / "artifacts", durability="normal")


@pytest.fixture
def folders(tmp_path, artifacts):
    return Folders(tmp_path, artifacts)


@pytest.fixture
def source(tmp_path, artifacts):
    folder = tmp_path / "source"
    (folder / "package" / "deep").mkdir(parents=True)
    (folder / "main.py").write_text("print(1)")
    (folder / "run.sh").write_text("exit 3")
    (folder / "run.sh").chmod(0o755)
    (folder / "package" / "deep" / "a.txt").write_bytes(b"\x00\xff")
    return artifacts.put(folder)[0]


def files(folder):
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def test_every_job_gets_its_own_copy_of_the_sources(folders, source):
    for number in range(3):
        folders.lay(Job(id=f"1/a.{number}", script="main.py", source=source))
        Path(folders.path(f"1/a.{number}"), "work", "main.py").write_text("changed")
    folders.lay(Job(id="1/a.3", script="main.py", source=source))

    assert files(f"{folders.path('1/a.3')}/work") == {
        "main.py": (b"print(1)", False),
        "run.sh": (b"exit 3", True),
        "package/deep/a.txt": (b"\x00\xff", False),
    }
    assert Path(folders.path("1/a.3"), "work", "outputs").is_dir()


def test_paths_stand_where_the_order_names_them(folders, source, artifacts):
    job = Job(
        id="1/tune/3.0",
        script="main.py",
        source=source,
        arguments=("--x", InputPath(name="data"), OutputPath(name="a/b"), OutputPath(name=".."), "--alpha", "0.5"),
        inputs={"data": artifacts.put_bytes(b"1")},
        outputs=("a/b", ".."),
    )
    arguments = folders.lay(job)
    folder = folders.path(job.id)

    assert arguments == [
        "--x",
        f"{folder}/inputs/data",
        f"{folder}/made/a%2Fb",
        f"{folder}/made/%2E.",
        "--alpha",
        "0.5",
    ]
    assert Path(arguments[1]).read_bytes() == b"1"
    assert not Path(arguments[2]).exists()
    assert Path(arguments[2]).parent.is_dir()


def test_a_large_input_is_shared_and_cannot_be_written(folders, source, artifacts):
    large = artifacts.put_bytes(bytes(17 * 2**20))
    jobs = [Job(id=f"1/a.{n}", script="main.py", source=source, inputs={"data": large}) for n in range(2)]
    for job in jobs:
        folders.lay(job)

    first, second = (Path(folders.path(job.id), "inputs", "data") for job in jobs)
    assert first.samefile(second)
    assert first.stat().st_mode & 0o222 == 0
    assert first.stat().st_size == large.size


def spoil(path):
    """Write to a file as root can, whatever its mode."""
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(b"spoiled")
    path.chmod(0o444)


def test_a_shared_file_that_a_job_has_written_to_is_whole_for_the_next(folders, source, artifacts, tmp_path):
    large = artifacts.put_bytes(bytes(17 * 2**20))
    for number, maker in enumerate([folders, folders, Folders(tmp_path, artifacts)]):
        job = Job(id=f"1/a.{number}", script="main.py", source=source, inputs={"data": large})
        maker.lay(job)
        place = Path(maker.path(job.id), "inputs", "data").resolve()
        assert place.read_bytes() == bytes(large.size)
        with place.open("rb") as held:
            spoil(place)
            assert held.read(7) == b"spoiled"


@pytest.mark.parametrize("how", ["written", "added", "removed"])
def test_a_shared_folder_that_a_job_has_changed_is_whole_for_the_next(folders, source, artifacts, tmp_path, how):
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").write_bytes(bytes(17 * 2**20))
    (folder / "b").write_bytes(b"b")
    large, _ = artifacts.put(folder)
    laid = []
    for number in range(3):
        job = Job(id=f"1/a.{number}", script="main.py", source=source, inputs={"data": large})
        folders.lay(job)
        laid.append(Path(folders.path(job.id), "inputs", "data").resolve())
        assert files(laid[-1]) == files(folder)
        laid[-1].chmod(0o700)
        match how:
            case "written":
                spoil(laid[-1] / "deep" / "a")
            case "added":
                (laid[-1] / "c").touch()
            case "removed":
                (laid[-1] / "b").unlink()
        laid[-1].chmod(0o555)

    assert len(set(laid)) == 1
    assert len(list((tmp_path / "inputs").iterdir())) == 2


def test_a_shared_input_that_nobody_has_changed_is_used_by_the_next_driver(folders, source, artifacts, tmp_path):
    large = artifacts.put_bytes(bytes(17 * 2**20))
    numbers = []
    for number, maker in enumerate([folders, Folders(tmp_path, artifacts)]):
        job = Job(id=f"1/a.{number}", script="main.py", source=source, inputs={"data": large})
        maker.lay(job)
        numbers.append(Path(maker.path(job.id), "inputs", "data").stat().st_ino)

    assert numbers[0] == numbers[1]


def test_a_folder_is_made_anew_for_an_id_of_a_forgotten_run(folders, source):
    job = Job(id="1/a.0", script="main.py", source=source)
    folders.lay(job)
    Path(folders.path(job.id), "wire.jsonl").touch()
    folders.lay(job)

    assert not Path(folders.path(job.id), "wire.jsonl").exists()


def test_a_missing_script_is_named(folders, source):
    with pytest.raises(FileNotFoundError, match=r"no script 'absent\.py'"):
        folders.lay(Job(id="1/a.0", script="absent.py", source=source))


def collected(folders, job):
    """Paths of the files of each output, empty for a file; and what is left out, by path."""
    stored, left_out = folders.collect(job)
    return {event.name: {member.path for member in event.members} for event in stored}, {
        one.path: one.why for one in left_out
    }


def test_what_was_made_is_stored(folders, source, artifacts):
    job = Job(id="1/a.0", script="main.py", source=source, outputs=("file", "folder", "link", "absent", "nowhere"))
    folders.lay(job)
    made = Path(folders.path(job.id), "made")
    (made / "file").write_bytes(b"content")
    (made / "folder").mkdir()
    (made / "link").symlink_to("file")
    (made / "nowhere").symlink_to("absent")
    assert collected(folders, job) == (
        {"file": set(), "folder": set(), "link": set()},
        {"nowhere": "is a link that leads nowhere"},
    )
    outputs = Path(folders.path(job.id), "work", "outputs")
    (outputs / "deep").mkdir()
    (outputs / "deep" / "model").touch()

    stored, _ = folders.collect(job)

    assert [event.name for event in stored] == ["file", "folder", "link", "outputs"]
    assert stored[0].artifact == stored[2].artifact == artifacts.put_bytes(b"content")
    assert [member.path for member in stored[-1].members] == ["deep/model"]


def test_a_link_to_a_file_of_the_jobs_own_is_stored_as_that_file(folders, source, artifacts, tmp_path):
    job = Job(id="1/a.0", script="main.py", source=source, outputs=("model", "whole", "others"))
    folders.lay(job)
    (tmp_path / "others").write_bytes(b"not ours")
    work, made = Path(folders.path(job.id), "work"), Path(folders.path(job.id), "made")
    (work / "elsewhere").write_bytes(b"elsewhere")
    (made / "model").mkdir()
    (made / "whole").symlink_to(work / "outputs")
    (made / "others").symlink_to(tmp_path / "others")
    for place in (work / "outputs", made / "model"):
        (place / "epoch3.pt").write_bytes(b"weights")
        (place / "best").symlink_to("latest")
        (place / "latest").symlink_to("epoch3.pt")
        (place / "deep").mkdir()
        (place / "deep" / "absolute").symlink_to(work / "elsewhere")
        (place / "others").symlink_to(tmp_path / "others")
        (place / "nowhere").symlink_to("absent")
        (place / "loop").symlink_to("loop")
        (place / "folder").symlink_to("deep")

    stored, left_out = collected(folders, job)

    names = {"epoch3.pt", "best", "latest", "deep/absolute"}
    assert stored == {"model": names, "whole": names, "outputs": names}
    out, nowhere = "is a link that leads out of the job's folder", "is a link that leads nowhere"
    why = {"others": out, "nowhere": nowhere, "loop": nowhere, "folder": "is a link to a folder"}
    places = ("model", "whole", "outputs")
    assert left_out == {"others": out, **{f"{place}/{name}": why[name] for place in places for name in why}}


def test_a_source_with_an_outputs_folder_of_its_own_is_fine(folders, artifacts, tmp_path):
    folder = tmp_path / "other"
    (folder / "outputs").mkdir(parents=True)
    (folder / "outputs" / "old").touch()
    (folder / "main.py").touch()
    source: Artifact = artifacts.put(folder)[0]
    for number in range(2):
        folders.lay(Job(id=f"1/b.{number}", script="main.py", source=source))

    assert Path(folders.path("1/b.1"), "work", "outputs", "old").exists()
