"""Backup: a copy of a workspace as it was at one moment, made while it is used.

First the database is copied as of one commit, then the stored files that this
copy names: they were there before they were named. Logs, checkpoints of runs
that aren't over and small files come last, as they are then. What can be made
again isn't copied: the folders of jobs, shared inputs, built environments.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import hyperstep
from hyperstep.errors import SubmissionError
from hyperstep.place import ARTIFACTS, DATABASE, HOME
from hyperstep.store.blobs import Batch, Blobs, read_chunks
from hyperstep.store.cleared import cleared_trials
from hyperstep.store.lock import WorkspaceLock
from hyperstep.upkeep import manifest
from hyperstep.upkeep.clearing import BACKUP_LOCK
from hyperstep.upkeep.manifest import FILES, Kept, Manifest
from hyperstep.upkeep.references import needed, required

_MADE_AGAIN = frozenset({ARTIFACTS, "inputs", "jobpath", "runs", "server", "supervisors"})
_LOCKS = ".lock"
_SMALL = 64  # files that become durable together
_COPY = "copying.db"

Progress = Callable[[int, int], None]
"""Called with how many bytes are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made.

    name: of its manifest. files and size: all of it; copied: bytes that weren't in the folder yet.
    missing, damaged: digests of files that the workspace should have had, or had changed.
    """

    name: str
    files: int
    size: int
    copied: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


def back_up(folder: Path, to: Path, progress: Progress = lambda _done, _all: None) -> Made:
    """Copy the workspace of a folder to another folder, which may hold earlier backups.

    Raises SubmissionError if the other folder lies in the workspace, or holds something else.
    """
    home = folder / HOME
    _check(home.resolve(), to)
    with WorkspaceLock(home / BACKUP_LOCK, wait=True):  # so that nothing is cleared meanwhile
        name = manifest.begin(to, time.time())
        return _Backup(home, to, progress).make(name)


class _Backup:
    def __init__(self, home: Path, to: Path, progress: Progress) -> None:
        self._home = home
        self._to = to
        self._progress = progress
        self._blobs = Blobs(to / FILES, durability="full")
        self._kept: list[Kept] = []
        self._whole = self._done = self._copied = 0
        self._missing: list[str] = []
        self._damaged: list[str] = []

    def make(self, name: str) -> Made:
        copy = self._to / _COPY
        schema, digests, open_runs = self._database(copy)
        source = Blobs(self._home / ARTIFACTS, durability="full")
        stored = [(digest, path) for digest in sorted(digests) if (path := Path(source.path(digest))).exists()]
        others = sorted(_others(self._home, open_runs))
        self._whole = sum(map(_size, (copy, *(path for _, path in stored), *others)))
        self._keep([(DATABASE, copy, "")])
        self._keep([(str(path.relative_to(self._home)), path, digest) for digest, path in stored])
        self._keep([(str(path.relative_to(self._home)), path, "") for path in others])
        copy.unlink()
        whole = Manifest(name=name, version=hyperstep.__version__, schema=schema, files=tuple(self._kept))
        manifest.finish(self._to, whole)
        return Made(
            name=name,
            files=len(self._kept),
            size=sum(file.size for file in self._kept),
            copied=self._copied,
            missing=tuple(self._missing),
            damaged=tuple(self._damaged),
        )

    def _database(self, copy: Path) -> tuple[int, set[str], list[str]]:
        """Copy the database; returns its schema, the digests that it needs, and the runs that aren't over."""
        copy.unlink(missing_ok=True)
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # SQLite would make it 0644
        source = f"{(self._home / DATABASE).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True, isolation_level=None)) as db:
            db.execute("VACUUM INTO ?", [str(copy)])
        with closing(sqlite3.connect(copy)) as db:
            (schema,) = db.execute("PRAGMA user_version").fetchone()
            blobs = Blobs(self._home / ARTIFACTS, durability="full")
            cleared = cleared_trials(self._home)
            digests = needed(db, self._home, blobs, without=cleared)
            musts = required(db, self._home, blobs, without=cleared)
            self._missing = sorted(digest for digest in musts if not Path(blobs.path(digest)).exists())
            open_runs = [str(run) for (run,) in db.execute("SELECT number FROM run WHERE ended_at IS NULL")]
        return schema, digests, open_runs

    def _keep(self, files: list[tuple[str, Path, str]]) -> None:
        """Copy files: the path that each has in the workspace, where it is read, and its digest if it is known."""
        for start in range(0, len(files), _SMALL):
            with self._blobs.batch() as batch:
                for path, place, digest in files[start : start + _SMALL]:
                    self._keep_one(batch, path, place, digest)

    def _keep_one(self, batch: Batch, path: str, place: Path, digest: str) -> None:
        size = _size(place)
        if digest and self._blobs.holds(digest, size):
            self._kept.append(Kept(path=path, size=size, sha256=digest))
        else:
            try:
                descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                return  # gone since it was listed, or a link by now; a stored file is never removed meanwhile
            try:
                executable = bool(os.fstat(descriptor).st_mode & stat.S_IXUSR)
                found, size = batch.keep(read_chunks(descriptor))
            finally:
                os.close(descriptor)
            if not self._blobs.holds(found, size):  # a batch shows its files at its end
                self._copied += size
            if digest and found != digest:
                self._damaged.append(digest)
                return
            self._kept.append(Kept(path=path, size=size, sha256=found, executable=executable))
        self._done += size
        self._progress(min(self._done, self._whole), self._whole)


def _others(home: Path, open_runs: list[str]) -> Iterator[Path]:
    """All regular files but those that are stored by their content or can be made again."""
    for entry in home.iterdir():
        if entry.is_symlink() or entry.name in _MADE_AGAIN or entry.name.startswith(DATABASE):
            continue
        if entry.is_dir():
            inside = entry.glob("*.json") if entry.name == "environments" else entry.rglob("*")
            yield from (path for path in inside if _is_plain(path))
        elif not entry.name.endswith(_LOCKS) and _is_plain(entry):
            yield entry
    for log in (home / "runs").rglob("log.txt"):
        if _is_plain(log):
            yield log
    for run in open_runs:
        for checkpoints in (home / "runs" / run).rglob("*.checkpoints"):
            yield from (path for path in checkpoints.rglob("*") if _is_plain(path))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size
    return 0


def _check(home: Path, to: Path) -> None:
    if to.resolve().is_relative_to(home):
        raise SubmissionError(f"{str(to)!r} lies in the workspace that is to be copied. Name a folder outside of it.")
    if to.is_dir():
        names = {path.name for path in to.iterdir()}
        if names and not (to / manifest.MANIFESTS).is_dir():
            raise SubmissionError(
                f"{str(to)!r} holds something that isn't a backup, such as {min(names)!r}. "
                f"Name an empty folder, a new one, or one with earlier backups."
            )
