"""Restore: a workspace out of a backup, with every byte checked before it is there.

It is made aside and gets its name at the very end. So there is a whole
workspace, or none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hyperstep.errors import ArtifactDamaged, SubmissionError, WorkspaceTooNew
from hyperstep.place import DATABASE, HOME
from hyperstep.store.blobs import Blobs, read_chunks, write_all
from hyperstep.store.upgrade import SCHEMA
from hyperstep.upkeep import manifest
from hyperstep.upkeep.manifest import FILES, Kept, Manifest

_ASIDE = f"{HOME}.restoring"

Progress = Callable[[int, int], None]
"""Called with how many bytes are done, and of how many."""


def restore(
    backup: Path, to: Path, *, name: str | None = None, progress: Progress = lambda _done, _all: None
) -> Manifest:
    """Make the workspace of a folder from a backup; returns the backup's manifest.

    to: the folder that will hold `.hyperstep`, and has none. name: of the backup, None for the newest.
    Raises SubmissionError if the folder has a workspace, NotFound if there is no such backup or it isn't whole,
    WorkspaceTooNew if a later version made it, ArtifactDamaged if its bytes aren't those that were written.
    """
    found = manifest.read(backup, name)
    if found.schema > SCHEMA:
        raise WorkspaceTooNew(
            f"The backup {found.name} was made by hyperstep {found.version}: its schema is {found.schema}, this "
            f"version reads up to {SCHEMA}. Upgrade hyperstep."
        )
    home, aside = to / HOME, to / _ASIDE
    if home.exists() and any(home.iterdir()):
        raise SubmissionError(
            f"There is a workspace in {str(to)!r} already, which a restore would cover. "
            f"Name another folder with --workspace, or move {str(home)!r} away."
        )
    if aside.exists():
        shutil.rmtree(aside)  # of a restore that was cut off
    aside.mkdir(mode=0o700, parents=True)
    blobs = Blobs(backup / FILES, durability="full")
    whole, done = sum(file.size for file in found.files), 0
    for file in found.files:
        _make_folders(aside, file.path)
        _write(blobs, file, aside / file.path)
        done += file.size
        progress(done, whole)
    _check_database(aside / DATABASE)
    _sync_folders(aside)
    if home.exists():
        home.rmdir()
    aside.rename(home)
    _sync(to)
    return found


def _make_folders(top: Path, path: str) -> None:
    """Make the folders that a file of the backup lies in, closed to other users."""
    parts = Path(path).parts
    if Path(path).is_absolute() or ".." in parts:
        raise ArtifactDamaged(f"The manifest names {path!r}, which leads out of the workspace.")
    for count in range(1, len(parts)):
        top.joinpath(*parts[:count]).mkdir(mode=0o700, exist_ok=True)


def _write(blobs: Blobs, file: Kept, to: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    target = os.open(to, flags, 0o700 if file.executable else 0o600)
    try:
        with blobs.open(file.sha256) as source:
            sha = hashlib.sha256()
            for chunk in read_chunks(source.fileno()):
                sha.update(chunk)
                write_all(target, chunk)
        if sha.hexdigest() != file.sha256:
            raise ArtifactDamaged(
                f"The backup's file {blobs.path(file.sha256)!r}, which was {file.path!r}, no longer has the content "
                f"that its name stands for. Check the disk; take another backup with --at."
            )
        os.fsync(target)
    finally:
        os.close(target)


def _check_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        (said,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise ArtifactDamaged(f"The database in the backup is damaged: {said}. Take another backup with --at.")


def _sync_folders(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
