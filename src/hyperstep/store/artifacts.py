"""FolderArtifacts: files and folders by content, in a folder.

A file's bytes lie at `ab/cdef…`, named by their SHA-256. A folder is a list
of its files (path, size, digest, whether executable), itself stored as a
file; so two folders share what they have in common. Only regular files are
stored: no links, no pipes, no empty folders.

Bytes are written aside, synced, then renamed into place: nobody ever sees
half a file, and what is there is never written again. They are hashed as
they are stored, and again when they are checked out.
"""

# Paths are text here: Path objects would cost more than the writing of a small file.
# ruff: noqa: PTH102, PTH104, PTH108, PTH116, PTH118, PTH123

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from hyperstep.engine.artifact import TREE, Artifact, Member
from hyperstep.errors import ArtifactDamaged, DefinitionError, NotFound
from hyperstep.store.tree import Keep, walk

Durability = Literal["full", "normal"]
"""full: what was stored survives a loss of power. normal: it survives the death of any process."""

_CHUNK = 1 << 20
_STALE = 24 * 3600.0  # seconds after which a file that is still aside belongs to a writer that died


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file of a stored folder."""

    path: str
    size: int
    digest: str
    executable: bool


class FolderArtifacts:
    """An ArtifactStore in a folder. Thread-safe, and safe with other processes on the same folder."""

    def __init__(self, folder: Path, *, durability: Durability = "full") -> None:
        self._folder = os.fspath(folder)
        self._aside = os.path.join(self._folder, "incoming")
        self._durable = durability == "full"
        self._clear_stale()

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
        touched: set[str] = set()
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                listed = self._put_members(descriptor, keep, touched)
                artifact = self._put_list(listed, touched)
            elif stat.S_ISREG(mode):
                listed = []
                digest, size = self._keep_chunks(_chunks(descriptor), touched)
                artifact = Artifact(digest=digest, size=size)
            else:
                raise _not_storable(path)
        finally:
            os.close(descriptor)
        self._settle(touched)
        return artifact, tuple(Member(path=file.path, size=file.size, digest=file.digest) for file in listed)

    def put_bytes(self, content: bytes) -> Artifact:
        """Store bytes as a file."""
        touched: set[str] = set()
        digest, size = self._keep_chunks((content,), touched)
        self._settle(touched)
        return Artifact(digest=digest, size=size)

    def checkout(self, artifact: Artifact, to: Path) -> None:
        """Write a file or folder (or the part that `artifact.member` names) at `to`, which doesn't exist yet.

        What was written is removed again if it can't be completed.
        Raises ArtifactDamaged if stored bytes are missing or have changed.
        """
        to.parent.mkdir(parents=True, exist_ok=True)
        files = self._select(artifact)
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
        files = self._select(Artifact(digest=artifact.digest, size=artifact.size, kind=artifact.kind, member=whole))
        if isinstance(files, _Listed):
            return self._open_blob(files.digest)
        raise DefinitionError(
            f"{whole or 'The artifact'!r} is a folder, and only a file can be opened. "
            f"Name one of its {len(files)} files."
        )

    def members(self, artifact: Artifact) -> tuple[Member, ...]:
        """A folder's files, sorted by path; empty for a file."""
        files = self._select(artifact)
        if isinstance(files, _Listed):
            return ()
        return tuple(Member(path=file.path, size=file.size, digest=file.digest) for file in files)

    def contains(self, artifact: Artifact) -> bool:
        """True if all bytes of the artifact are there, going by their sizes."""
        try:
            files = self._select(artifact)
        except (ArtifactDamaged, NotFound):
            return False
        listed = (files,) if isinstance(files, _Listed) else files
        return all(self._holds(file.digest, file.size) for file in listed)

    def _put_members(self, root: int, keep: Keep | None, touched: set[str]) -> list[_Listed]:
        listed = []
        for found in walk(root, keep) if keep else walk(root):
            descriptor = found.open()
            if descriptor is None:
                continue
            try:
                executable = bool(os.fstat(descriptor).st_mode & stat.S_IXUSR)
                digest, size = self._keep_chunks(_chunks(descriptor), touched)
            finally:
                os.close(descriptor)
            listed.append(_Listed(found.path, size, digest, executable))
        return sorted(listed, key=lambda file: file.path)

    def _put_list(self, listed: list[_Listed], touched: set[str]) -> Artifact:
        rows = [
            {"path": file.path, "size": file.size, "digest": file.digest, "executable": file.executable}
            for file in listed
        ]
        text = json.dumps({"format": 1, "members": rows}, sort_keys=True, separators=(",", ":"))
        digest, _ = self._keep_chunks((text.encode("ascii"),), touched)
        return Artifact(digest=digest, size=sum(file.size for file in listed), kind=TREE)

    def _keep_chunks(self, chunks: Iterable[bytes], touched: set[str]) -> tuple[str, int]:
        """Store the chunks as one file unless it is there; add the folders that have to be synced to `touched`."""
        source = iter(chunks)
        first = next(source, b"")
        second = next(source, b"")
        if not second:  # small: its digest is known before anything is written
            digest = hashlib.sha256(first).hexdigest()
            if not self._holds(digest, len(first)):
                self._publish(self._write_aside((first,))[0], digest, touched)
            touched.add(digest[:2])
            return digest, len(first)
        aside, digest, size = self._write_aside(chain((first, second), source))
        if self._holds(digest, size):
            os.unlink(aside)
        else:
            self._publish(aside, digest, touched)
        touched.add(digest[:2])
        return digest, size

    def _write_aside(self, chunks: Iterable[bytes]) -> tuple[str, str, int]:
        aside = f"{self._aside}/{secrets.token_hex(12)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(aside, flags, 0o600)
        except FileNotFoundError:  # the first of all
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(self._aside).mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(aside, flags, 0o600)
        try:
            try:
                sha, size = hashlib.sha256(), 0
                for chunk in chunks:
                    sha.update(chunk)
                    size += len(chunk)
                    _write_all(descriptor, chunk)
                if self._durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            os.unlink(aside)
            raise
        return aside, sha.hexdigest(), size

    def _publish(self, aside: str, digest: str, touched: set[str]) -> None:
        try:
            os.rename(aside, self._path(digest))
        except FileNotFoundError:
            with suppress(FileExistsError):
                os.mkdir(f"{self._folder}/{digest[:2]}", 0o700)
            touched.add("")
            os.rename(aside, self._path(digest))

    def _settle(self, touched: set[str]) -> None:
        """Sync the folders, so that a rename outlives a loss of power; found files too: their writer may have died."""
        if not self._durable:
            return
        for name in touched:
            folder = os.open(f"{self._folder}/{name}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _path(self, digest: str) -> str:
        return f"{self._folder}/{digest[:2]}/{digest[2:]}"

    def _holds(self, digest: str, size: int) -> bool:
        try:
            return os.stat(self._path(digest)).st_size == size
        except FileNotFoundError:
            return False

    def _open_blob(self, digest: str) -> BinaryIO:
        try:
            return open(self._path(digest), "rb")
        except FileNotFoundError as error:
            raise ArtifactDamaged(
                f"The stored file {digest} isn't at {self._path(digest)}. Put it back from a copy of the workspace, "
                f"or run again the step that made it."
            ) from error

    def _read_list(self, digest: str) -> list[_Listed]:
        with self._open_blob(digest) as blob:
            content = blob.read()
        if hashlib.sha256(content).hexdigest() != digest:
            raise self._damaged(digest)
        try:
            listed = [_Listed(**row) for row in json.loads(content)["members"]]
        except (ValueError, TypeError, KeyError) as error:
            raise self._damaged(digest) from error
        if not all(_stays_below(file.path) for file in listed):
            raise self._damaged(digest)
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
        inner = [
            _Listed(file.path.removeprefix(below), file.size, file.digest, file.executable)
            for file in listed
            if file.path.startswith(below)
        ]
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
        mode = 0o777 if file.executable else 0o666
        with self._open_blob(file.digest) as blob:
            target = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            try:
                try:
                    sha = hashlib.sha256()
                    for chunk in _chunks(blob.fileno()):
                        sha.update(chunk)
                        _write_all(target, chunk)
                finally:
                    os.close(target)
                if sha.hexdigest() != file.digest:
                    raise self._damaged(file.digest)
            except BaseException:
                os.unlink(to)
                raise

    def _damaged(self, digest: str) -> ArtifactDamaged:
        return ArtifactDamaged(
            f"The stored file {self._path(digest)} no longer has the content that its name stands for. "
            f"Check the disk, then delete the file and run again the step that made it."
        )

    def _clear_stale(self) -> None:
        with suppress(FileNotFoundError), os.scandir(self._aside) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another process clears it too
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > _STALE:
                        os.unlink(entry.path)


def _chunks(descriptor: int) -> Iterator[bytes]:
    while chunk := os.read(descriptor, _CHUNK):
        yield chunk


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _stays_below(path: str) -> bool:
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _not_storable(path: Path) -> DefinitionError:
    return DefinitionError(
        f"{str(path)!r} is a symbolic link, a pipe, a socket or a device, and only files and folders are stored. "
        f"Copy the content to a file of its own."
    )
