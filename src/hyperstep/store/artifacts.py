"""FolderArtifacts: files and folders by content, in a folder.

A file is a blob. A folder is a list of its files (path, size, digest,
whether executable) that is itself a blob; so two folders share what they
have in common. Only regular files are stored: no links, no pipes, no empty
folders. Bytes are hashed as they are stored, and again when they are checked
out.
"""

# Paths are text here: Path objects would cost more than the writing of a small file.
# ruff: noqa: PTH108

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hyperstep.engine.artifact import TREE, Artifact, Collected, Member
from hyperstep.errors import ArtifactDamaged, DefinitionError, NotFound
from hyperstep.failpoints import step
from hyperstep.store.blobs import Batch, Blobs, Durability, read_chunks, write_all
from hyperstep.store.collection import Collection
from hyperstep.store.tree import Keep, walk


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file of a stored folder."""

    path: str
    size: int
    digest: str
    executable: bool

    def member(self) -> Member:
        return Member(path=self.path, size=self.size, digest=self.digest)


class FolderArtifacts:
    """An ArtifactStore in a folder. Thread-safe, and safe with other processes on the same folder."""

    def __init__(self, folder: Path, *, durability: Durability = "full") -> None:
        self._blobs = Blobs(folder, durability=durability)

    def put(self, path: Path, *, keep: Keep | None = None) -> tuple[Artifact, tuple[Member, ...]]:
        """Store a file or a folder; members are a folder's files, sorted by path, or empty for a file.

        keep: of a folder, which paths to store; all if left out.
        Raises DefinitionError if there is something else at the path, FileNotFoundError if there is nothing.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                raise _not_storable(path) from error
            raise
        try:
            mode = os.fstat(descriptor).st_mode
            with self._blobs.batch() as batch:
                if stat.S_ISDIR(mode):
                    return _put_folder(batch, descriptor, keep)
                if stat.S_ISREG(mode):
                    digest, size = batch.keep(read_chunks(descriptor))
                    return Artifact(digest=digest, size=size), ()
        finally:
            os.close(descriptor)
        raise _not_storable(path)

    def put_bytes(self, content: bytes) -> Artifact:
        """Store bytes as a file."""
        with self._blobs.batch() as batch:
            digest, size = batch.keep((content,))
        return Artifact(digest=digest, size=size)

    def collect(self, folder: Path, path: str) -> Collected:
        """Store what a job made at a path below its folder, which may hold anything, and tell what is left out of it.

        Links to files in the job's folder are stored as these files.
        """
        with Collection(folder, path) as found, self._blobs.batch() as batch:
            listed = [
                _keep(batch, member, descriptor, read_chunks(descriptor, size))
                for member, descriptor, size in found.files()
            ]
            if found.is_folder:
                artifact, members = _put_list(batch, listed)
                return Collected(artifact=artifact, members=members, left_out=tuple(found.left_out))
            file = Artifact(digest=listed[0].digest, size=listed[0].size) if listed else None
            return Collected(artifact=file, left_out=tuple(found.left_out))

    def checkout(self, artifact: Artifact, to: Path) -> None:
        """Write a file or folder (or the part that `artifact.member` names) at `to`, which doesn't exist yet.

        What was written is removed again if it can't be completed.
        Raises ArtifactDamaged if stored bytes are missing or have changed.
        """
        files = self._select(artifact)
        to.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(files, _Listed):
            self._write_out(files, os.fspath(to))
            return
        to.mkdir()
        made = {""}
        try:
            for file in files:
                parent = file.path.rpartition("/")[0]
                if parent not in made:
                    Path(to, parent).mkdir(parents=True, exist_ok=True)
                    made.add(parent)
                self._write_out(file, f"{to}/{file.path}")
        except BaseException:
            shutil.rmtree(to)
            raise

    def open(self, artifact: Artifact, member: str = "") -> BinaryIO:
        """A file to read from; of a folder the member of this path. Its bytes aren't hashed again."""
        whole = "/".join(part for part in (artifact.member, member) if part)
        files = self._select(replace(artifact, member=whole))
        if isinstance(files, _Listed):
            return self._blobs.open(files.digest)
        raise DefinitionError(
            f"{whole or 'The artifact'!r} is a folder, and only a file can be opened. "
            f"Name one of its {len(files)} files."
        )

    def members(self, artifact: Artifact) -> tuple[Member, ...]:
        """A folder's files, sorted by path; empty for a file."""
        files = self._select(artifact)
        return () if isinstance(files, _Listed) else tuple(file.member() for file in files)

    def contains(self, artifact: Artifact) -> bool:
        """True if all bytes of the artifact are there, going by their sizes."""
        try:
            files = self._select(artifact)
        except (ArtifactDamaged, NotFound):
            return False
        listed = (files,) if isinstance(files, _Listed) else files
        return all(self._blobs.holds(file.digest, file.size) for file in listed)

    def sync(self, artifacts: Iterable[Artifact]) -> None:
        """Have artifacts that were stored without it survive a loss of power too, if this store is to.

        Raises ArtifactDamaged if stored bytes are missing or have changed, OSError if the storage fails.
        """
        digests: set[str] = set()
        for whole in {artifact.digest: artifact for artifact in artifacts}.values():
            digests.add(whole.digest)
            if whole.kind == TREE:
                digests.update(file.digest for file in self._read_list(whole.digest))
        self._blobs.sync(digests)

    def _read_list(self, digest: str) -> list[_Listed]:
        with self._blobs.open(digest) as blob:
            content = blob.read()
        if hashlib.sha256(content).hexdigest() != digest:
            raise self._blobs.damaged(digest)
        try:
            listed = [_Listed(**row) for row in json.loads(content)["members"]]
        except (ValueError, TypeError, KeyError) as error:
            raise self._blobs.damaged(digest) from error
        if not all(_stays_below(file.path) for file in listed):
            raise self._blobs.damaged(digest)
        return listed

    def _select(self, artifact: Artifact) -> _Listed | list[_Listed]:
        """What an artifact stands for: one file, or the files of a folder with their paths seen from it."""
        member = artifact.member.strip("/")
        if artifact.kind != TREE and not member:
            return _Listed("", artifact.size, artifact.digest, executable=False)
        listed = self._read_list(artifact.digest)
        if not member:
            return listed
        below = f"{member}/"
        inner = [replace(file, path=file.path.removeprefix(below)) for file in listed if file.path.startswith(below)]
        if inner:
            return inner
        for file in listed:
            if file.path == member:
                return file
        names = ", ".join(repr(file.path) for file in listed[:10])
        raise NotFound(
            f"There is no {member!r} in the stored folder {artifact.digest[:12]}. "
            f"Its files are: {names or 'none'}{', …' if len(listed) > 10 else ''}"
        )

    def _write_out(self, file: _Listed, to: str) -> None:
        step("checkout.write")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._blobs.open(file.digest) as blob:
            target = os.open(to, flags, 0o777 if file.executable else 0o666)
            try:
                sha = hashlib.sha256()
                for chunk in read_chunks(blob.fileno()):
                    sha.update(chunk)
                    write_all(target, chunk)
                if sha.hexdigest() != file.digest:
                    raise self._blobs.damaged(file.digest)
            except BaseException:
                os.unlink(to)
                raise
            finally:
                os.close(target)


def _put_folder(batch: Batch, root: int, keep: Keep | None) -> tuple[Artifact, tuple[Member, ...]]:
    listed = []
    for found in walk(root, keep) if keep else walk(root):
        descriptor = found.open()
        if descriptor is None:
            continue
        try:
            listed.append(_keep(batch, found.path, descriptor, read_chunks(descriptor)))
        finally:
            os.close(descriptor)
    return _put_list(batch, listed)


def _keep(batch: Batch, path: str, descriptor: int, content: Iterable[bytes]) -> _Listed:
    executable = bool(os.fstat(descriptor).st_mode & stat.S_IXUSR)
    digest, size = batch.keep(content)
    return _Listed(path, size, digest, executable)


def _put_list(batch: Batch, listed: list[_Listed]) -> tuple[Artifact, tuple[Member, ...]]:
    listed.sort(key=lambda file: file.path)
    rows = [
        {"path": file.path, "size": file.size, "digest": file.digest, "executable": file.executable} for file in listed
    ]
    text = json.dumps({"format": 1, "members": rows}, sort_keys=True, separators=(",", ":"))
    digest, _ = batch.keep((text.encode("ascii"),))
    artifact = Artifact(digest=digest, size=sum(file.size for file in listed), kind=TREE)
    return artifact, tuple(file.member() for file in listed)


def _stays_below(path: str) -> bool:
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _not_storable(path: Path) -> DefinitionError:
    return DefinitionError(
        f"{str(path)!r} is a symbolic link, a pipe, a socket or a device, and only files and folders are stored. "
        f"Copy the content to a file of its own."
    )
