"""A job's own folder: its sources and inputs go in, what it made comes out.

    runs/42/tune/3.0/
        work/        the script's working folder, a copy of the sources, with an empty `outputs/`
        inputs/      one file or folder for each input
        made/        where the script makes its outputs
        log.txt · wire.jsonl · answers/ · kept/ · exit.json

Two jobs never share a folder, so a job may write wherever it likes in its own.
"""

# Paths are text here: a folder is made for every trial, and Path objects cost more than the files.
# ruff: noqa: PTH101, PTH102, PTH104, PTH112, PTH113, PTH211

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hyperstep.compute.modes import close_to_others
from hyperstep.engine.artifact import Artifact, LeftOut
from hyperstep.engine.events import ArtifactStored
from hyperstep.engine.interfaces import ArtifactStore
from hyperstep.engine.job import InputPath, Job, JobArgument, JoinedPath, OutputPath
from hyperstep.engine.outputs import FOLDER as OUTPUTS
from hyperstep.failpoints import step
from hyperstep.filenames import file_name
from hyperstep.supervisor.linux import boot_id
from hyperstep.tracking.run import CHECKPOINTS

_COPIED = 16 * 2**20  # bytes; a larger input is checked out once and shared, read-only
_NAMED = 5  # of the paths that aren't stored
_SHOWN = 80  # characters of such a path
_REMEMBERED = 2**20  # bytes; a smaller source tree is kept in memory


@dataclass(frozen=True, slots=True)
class _Tree:
    """A small source tree: its folders, and its files with their contents, and whether they are executable."""

    folders: tuple[str, ...]
    files: tuple[tuple[str, bytes, bool], ...]


class Folders:
    """Makes jobs' folders below `home`."""

    def __init__(self, home: Path, artifacts: ArtifactStore) -> None:
        self._home = os.fspath(home)
        self._artifacts = artifacts
        self._sharing = threading.Lock()
        for name in ("runs", "inputs"):
            Path(home, name).mkdir(mode=0o700, exist_ok=True)
        self._trees: dict[Artifact, _Tree] = {}

    def path(self, job: str) -> str:
        """Where a job's folder is."""
        return f"{self._home}/runs/{job}"

    def lay(self, job: Job) -> list[str]:
        """Make a job's folder with all that it finds there; returns the arguments with their paths.

        Raises FileNotFoundError if the source tree has no such script.
        """
        folder = self.path(job.id)
        step("folder.lay")
        try:
            os.mkdir(folder, 0o700)
        except FileNotFoundError:
            for made in (*reversed(Path(folder).parents), Path(folder)):
                made.mkdir(0o700, exist_ok=True)  # each: makedirs would make those above with the umask's mode
        except FileExistsError:  # of a workspace whose log is gone: an id is given once
            shutil.rmtree(folder)
            os.mkdir(folder, 0o700)
        work = f"{folder}/work"
        self._copy_source(job.source, work)
        if job.script and not os.path.isfile(f"{work}/{job.script}"):
            raise FileNotFoundError(
                f"there is no script {job.script!r} in its source folder. "
                f"Check the step's script and source, and that no ignore rule leaves it out"
            )
        if not os.path.isdir(f"{work}/outputs"):
            os.mkdir(f"{work}/outputs")
        if job.inputs:
            os.mkdir(f"{folder}/inputs", 0o700)
        for name, artifact in job.inputs.items():
            self._place(artifact, f"{folder}/inputs/{file_name(name)}")
        if job.outputs:
            os.mkdir(f"{folder}/made", 0o700)
        step("folder.laid")
        return [self.text_of(argument, folder) for argument in job.arguments]

    def collect(self, job: Job) -> tuple[list[ArtifactStored], list[LeftOut]]:
        """Store what a job has made: its declared outputs by name, and `outputs` if there is any file.

        Also returns what is left out of it, with paths that begin with the output's name.
        """
        places = [(name, f"made/{file_name(name)}") for name in job.outputs]
        stored, left_out = [], []
        for name, path in (*places, (OUTPUTS, f"work/{OUTPUTS}")):
            found = self._artifacts.collect(Path(self.path(job.id)), path)
            left_out += [replace(one, path=f"{name}/{one.path}".rstrip("/")) for one in found.left_out]
            if found.artifact is not None and (found.members or path != f"work/{OUTPUTS}"):
                stored.append(
                    ArtifactStored(job=job.id, name=name, artifact=found.artifact, members=found.members[:1000])
                )
        return stored, left_out

    def close(self, job: str) -> None:
        """Leave nothing in a job's folder, and in that of its checkpoints, that others may touch."""
        folder = self.path(job)
        close_to_others(folder)
        close_to_others(f"{folder.rpartition('.')[0]}{CHECKPOINTS}")

    def text_of(self, argument: JobArgument, folder: str) -> str:
        """An argument, or the value of a variable, with the paths of this job."""
        match argument:
            case InputPath(name=name):
                return f"{folder}/inputs/{file_name(name)}"
            case OutputPath(name=name):
                return f"{folder}/made/{file_name(name)}"
            case JoinedPath(parts=parts):
                return "".join(self.text_of(part, folder) for part in parts)
            case _:
                return argument

    def _copy_source(self, source: Artifact, work: str) -> None:
        tree = self._trees.get(source)
        if tree is None:
            self._artifacts.checkout(source, Path(work))
            if source.size <= _REMEMBERED:
                self._trees[source] = _read(work)
            return
        os.mkdir(work)
        for name in tree.folders:
            os.mkdir(f"{work}/{name}")
        for name, content, executable in tree.files:
            file = os.open(f"{work}/{name}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o777 if executable else 0o666)
            try:
                rest = memoryview(content)
                while rest:  # a disk that is almost full takes a part without a word
                    rest = rest[os.write(file, rest) :]
            finally:
                os.close(file)

    def _place(self, artifact: Artifact, to: str) -> None:
        if artifact.size <= _COPIED:
            self._artifacts.checkout(artifact, Path(to))
        else:
            os.symlink(self._shared(artifact), to)

    def _shared(self, artifact: Artifact) -> str:
        place = f"{self._home}/inputs/{file_name('-'.join(filter(None, (artifact.digest, artifact.member))))}"
        sealed = Path(f"{place}.seal")
        with self._sharing:
            if not (sealed.exists() and sealed.read_text() == _seal(place)):
                aside = f"{place}.{os.getpid()}"
                self._artifacts.checkout(artifact, Path(aside))
                _protect(aside)
                sealed.touch(0o600)
                sealed.write_text(_seal(aside))
                _replace(place, aside)
        return place


def _read(work: str) -> _Tree:
    folders, files = [], []
    for place, inner, names in os.walk(work):
        below = os.path.relpath(place, work)
        prefix = "" if below == "." else f"{below}/"
        folders += [f"{prefix}{name}" for name in inner]
        for name in names:
            path = f"{place}/{name}"
            files.append((f"{prefix}{name}", Path(path).read_bytes(), os.access(path, os.X_OK)))
    return _Tree(tuple(folders), tuple(files))


def _protect(place: str) -> None:
    """Take the owner's right to write, and all rights of others."""
    paths = [place]
    for folder, _, names in os.walk(place):
        paths += [folder, *(f"{folder}/{name}" for name in names)]
    for path in paths:
        Path(path).chmod(0o500 if os.path.isdir(path) or os.access(path, os.X_OK) else 0o400)


def _seal(place: str) -> str:
    """What changes when a file in `place` is written to, which root can, whatever its mode.

    And when the machine is booted: power may have been lost before all of it was on the disk.
    """
    paths = [place]
    for folder, inner, names in os.walk(place):
        inner.sort()
        paths += [f"{folder}/{name}" for name in sorted(names)]
    seal = hashlib.sha256(boot_id().encode())
    for path in paths:
        with suppress(FileNotFoundError):
            status = os.lstat(path)
            if not os.path.isdir(path):
                described = (path[len(place) :], status.st_size, status.st_mtime_ns, status.st_ino)
                seal.update(repr(described).encode("utf-8", "surrogateescape"))
    return seal.hexdigest()


def _replace(place: str, new: str) -> None:
    """Put what was checked out anew where jobs look for it; what they have open stays as it is for them."""
    if not os.path.isdir(place):
        os.rename(new, place)
        return
    old = f"{new}.old"
    os.rename(place, old)
    os.rename(new, place)
    for folder, _, _ in os.walk(old):
        os.chmod(folder, 0o700)
    shutil.rmtree(old)


def told_of(left_out: Sequence[LeftOut]) -> str:
    """What isn't stored, in one sentence."""
    shown = [f"{one.path[:_SHOWN]!r} {one.why}" for one in left_out[:_NAMED]]
    more = [f"{len(left_out) - _NAMED:,} more"] if len(left_out) > _NAMED else []
    return f"not stored: {', '.join([*shown, *more])}"
