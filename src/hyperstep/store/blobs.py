"""Blobs: files named by the SHA-256 of their bytes.

Bytes are written aside, synced, then renamed into place, and the folder is
synced: nobody ever sees half a file, and when a batch is over it survives a
loss of power. Then it is made read-only: such a file is never written again.
One that can still be written may have been torn by a loss of power, so it is
believed only after its bytes were hashed.

Whoever is about to name a blob stores it or finds it there, and either makes
its time of change the present one. So a blob that nothing names and that is
old can be removed: under the folder's flock(2), which every batch shares.
"""

# Paths are text here: Path objects would cost more than the writing of a small file.
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH116, PTH123

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import stat
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from hyperstep.errors import ArtifactDamaged
from hyperstep.failpoints import step

Durability = Literal["full", "normal"]
"""full: what was stored survives a loss of power. normal: it survives the death of any process."""

_CHUNK = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SETTLED = 0o400  # the mode of a file that is sure to be on the disk, under its name
_SYNCS = 16  # at once: the file system then writes its journal once for several


class Blobs:
    """Files by content below a folder, at `ab/cdef…`. Makes the folder when it first writes."""

    def __init__(self, folder: Path, *, durability: Durability) -> None:
        self.folder = os.fspath(folder)
        self.durable = durability == "full"
        self.aside = f"{self.folder}/incoming"
        self._clear_aside()

    def path(self, digest: str) -> str:
        """Where the bytes of this digest are, if they are stored."""
        return f"{self.folder}/{digest[:2]}/{digest[2:]}"

    def holds(self, digest: str, size: int) -> bool:
        """True if the bytes are there: going by their size, or if power may have been lost since by all of them."""
        try:
            state = os.stat(self.path(digest))
        except FileNotFoundError:
            return False
        return state.st_size == size and (stat.S_IMODE(state.st_mode) == _SETTLED or self._is_whole(digest))

    def settled(self, digest: str) -> bool:
        """True if the bytes are on the disk, and stay there if the power is lost."""
        try:
            return stat.S_IMODE(os.stat(self.path(digest)).st_mode) == _SETTLED
        except FileNotFoundError:
            return False

    def open(self, digest: str) -> BinaryIO:
        """The bytes, to be read. Raises ArtifactDamaged if they aren't there."""
        try:
            return open(self.path(digest), "rb")
        except FileNotFoundError as error:
            raise ArtifactDamaged(
                f"The stored file {digest} isn't at {self.path(digest)!r}. Put it back from a copy of the workspace, "
                f"or run again the step that made it."
            ) from error

    def damaged(self, digest: str) -> ArtifactDamaged:
        """Says that stored bytes aren't those that their name stands for."""
        return ArtifactDamaged(
            f"The stored file {self.path(digest)!r} no longer has the content that its name stands for. "
            f"Check the disk, then delete the file and run again the step that made it."
        )

    def sync(self, digests: Iterable[str]) -> None:
        """Have files that are stored survive a loss of power too, if that is wished for at all."""
        wanted = set(digests)
        if not wanted or not self.durable:
            return
        with self.batch() as batch:
            for digest in wanted:
                if self.settled(digest):
                    os.utime(self.path(digest))
                    continue
                with self.open(digest) as blob:  # is written anew: a sync that once failed may succeed without doing it
                    if batch.keep(read_chunks(blob.fileno()))[0] != digest:
                        raise self.damaged(digest)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While this lasts nobody removes a blob; any number of threads and processes may be at it."""
        try:
            folder = os.open(self.folder, _FOLDER)
        except FileNotFoundError:  # the first of all
            self.make()
            folder = os.open(self.folder, _FOLDER)
        try:
            fcntl.flock(folder, fcntl.LOCK_SH)
            yield
        finally:
            os.close(folder)

    def remove(self, digests: Iterable[str], *, before: float) -> None:
        """Remove files, but those that somebody stored or found stored after `before`, seconds since the epoch."""
        folder = os.open(self.folder, _FOLDER)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            for path in map(self.path, digests):
                with suppress(FileNotFoundError):
                    if os.stat(path).st_mtime < before:
                        os.unlink(path)
        finally:
            os.close(folder)

    def settle(self, digests: Collection[str]) -> None:
        """Sync the names of files whose bytes are synced, and note that they are on the disk."""
        if digests:
            _sync_all([*sorted({f"{self.folder}/{digest[:2]}" for digest in digests}), self.folder])
        for digest in digests:
            os.chmod(self.path(digest), _SETTLED)

    def make(self) -> None:
        """Make the folder; where `aside` is, its own name is synced."""
        Path(self.folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_all([f"{self.folder}/.."])
        Path(self.aside).mkdir(mode=0o700, exist_ok=True)

    def _is_whole(self, digest: str) -> bool:
        sha = hashlib.sha256()
        with self.open(digest) as blob:
            for chunk in read_chunks(blob.fileno()):
                sha.update(chunk)
        return sha.hexdigest() == digest

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Store several files; none of them is there before the end of the block, all of them are after it."""
        batch = Batch(self)
        try:
            with self.shared():
                yield batch
                batch.publish()
        except BaseException:
            batch.discard()
            raise

    def _clear_aside(self) -> None:
        """Remove what writers that died have left, unless somebody writes now: a lock says so, and no clock."""
        with suppress(FileNotFoundError):
            if not any(Path(self.aside).iterdir()):
                return
            folder = os.open(self.folder, _FOLDER)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for left in Path(self.aside).iterdir():
                    left.unlink()
            except BlockingIOError:
                pass
            finally:
                os.close(folder)


class Batch:
    """Files that are being stored together, so that syncing many costs little more than syncing one."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._aside: dict[str, str] = {}  # where the bytes of a digest are meanwhile

    def keep(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Store the chunks as one file, unless it is there; returns its digest and size in bytes."""
        source = iter(chunks)
        first, second = next(source, b""), next(source, b"")
        if second:
            aside, digest, size = self._write(chain((first, second), source))
            if self._has(digest, size):
                os.unlink(aside)
            else:
                self._aside[digest] = aside
        else:  # small: its digest is known before anything is written
            digest, size = hashlib.sha256(first).hexdigest(), len(first)
            if not self._has(digest, size):
                self._aside[digest] = self._write((first,))[0]
        return digest, size

    def publish(self) -> None:
        """Let the files be seen under their names."""
        if self._blobs.durable:
            step("blob.sync")
            _sync_all(list(self._aside.values()))
        stored = list(self._aside)
        for digest in stored:
            self._rename(digest)
        if self._blobs.durable:
            step("blob.sync_folders")
            self._blobs.settle(stored)
        step("blob.published")

    def discard(self) -> None:
        """Remove what isn't published."""
        for aside in self._aside.values():
            with suppress(OSError):
                os.unlink(aside)

    def _has(self, digest: str, size: int) -> bool:
        if digest in self._aside:
            return True
        if self._blobs.durable and not self._blobs.settled(digest):
            return False  # is written anew, whatever is there: its writer may have died before it was synced
        if not self._blobs.holds(digest, size):
            return False
        os.utime(self._blobs.path(digest))
        return True

    def _write(self, chunks: Iterable[bytes]) -> tuple[str, str, int]:
        aside = f"{self._blobs.aside}/{secrets.token_hex(12)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(aside, flags, 0o600)
        except FileNotFoundError:  # the first of all
            self._blobs.make()
            descriptor = os.open(aside, flags, 0o600)
        try:
            step("blob.write")
            sha, size = hashlib.sha256(), 0
            for chunk in chunks:
                sha.update(chunk)
                size += len(chunk)
                write_all(descriptor, chunk)
        except BaseException:
            os.unlink(aside)
            raise
        finally:
            os.close(descriptor)
        return aside, sha.hexdigest(), size

    def _rename(self, digest: str) -> None:
        step("blob.rename")
        aside, to = self._aside[digest], self._blobs.path(digest)
        try:
            os.rename(aside, to)
        except FileNotFoundError:
            with suppress(FileExistsError):
                os.mkdir(f"{self._blobs.folder}/{digest[:2]}", 0o700)
            os.rename(aside, to)
        del self._aside[digest]


def read_chunks(descriptor: int, most: int | None = None) -> Iterator[bytes]:
    """What can be read from a descriptor, at most 1 MiB at a time; no more than `most` bytes in all."""
    while chunk := os.read(descriptor, _CHUNK if most is None else min(_CHUNK, most)):
        yield chunk
        if most is not None:
            most -= len(chunk)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of the content, however often it takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_all(paths: Sequence[str]) -> None:
    """Sync files or folders; raises the first error, after which none of them may be believed to be synced."""
    failures: list[BaseException] = []
    shares = [paths[start::_SYNCS] for start in range(min(_SYNCS, len(paths)))]
    threads = [threading.Thread(target=_sync_some, args=(share, failures)) for share in shares[1:]]
    for thread in threads:
        thread.start()
    _sync_some(shares[0] if shares else (), failures)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _sync_some(paths: Sequence[str], failures: list[BaseException]) -> None:
    try:
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except OSError as error:
        failures.append(error)
