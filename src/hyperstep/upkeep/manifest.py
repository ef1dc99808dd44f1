"""A backup's folder: files by their content, and for each backup a manifest that says which of them lie where.

    files/ab/cdef…                        bytes, by their SHA-256
    manifests/2026-05-04T17-03-12Z.json   a backup: path, size and digest of each file
    manifests/2026-05-04T18-00-00Z.cut    one that hasn't ended, or that was cut off

A manifest gets its name when all that it names is there. So backups into one
folder share what they have in common, and none can spoil an earlier one.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hyperstep.document import digest
from hyperstep.errors import ArtifactDamaged, NotFound

FILES = "files"
MANIFESTS = "manifests"
_VERSION = 1
_DONE, _CUT = ".json", ".cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file of a backup. path: below the workspace's `.hyperstep`. sha256: of its bytes, `size` of them."""

    path: str
    size: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One backup. name: when it was begun, in UTC; its file's name. version: of hyperstep. schema: of the database."""

    name: str
    version: str
    schema: int
    files: tuple[Kept, ...]


def begin(folder: Path, at: float) -> str:
    """Note that a backup is being made; returns its name."""
    place = folder / MANIFESTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.mkdir(mode=0o700, exist_ok=True)
    while True:
        name = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime(at))
        if not (place / f"{name}{_DONE}").exists():
            (place / f"{name}{_CUT}").touch(mode=0o600)
            return name
        at += 1


def finish(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, all of whose files are there, and say that the backup is whole."""
    place = folder / MANIFESTS
    cut = place / f"{manifest.name}{_CUT}"
    files = [asdict(file) for file in manifest.files]
    document = {**asdict(manifest), "format": _VERSION, "files": files, "digest": digest(files)}
    with cut.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    cut.rename(place / f"{manifest.name}{_DONE}")
    for synced in (place, folder):
        opened = os.open(synced, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def cut_off(folder: Path) -> list[str]:
    """The names of the backups in a folder that haven't ended, oldest first."""
    return sorted(path.stem for path in (folder / MANIFESTS).glob(f"*{_CUT}"))


def names(folder: Path) -> list[str]:
    """The names of the backups in a folder that are whole, oldest first."""
    return sorted(path.stem for path in (folder / MANIFESTS).glob(f"*{_DONE}"))


def read(folder: Path, name: str | None = None) -> Manifest:
    """A backup of a folder, by its name, or the newest.

    Raises NotFound if there is none of this name, or if the newest was cut off; ArtifactDamaged if it isn't what was
    written.
    """
    whole, cut = names(folder), cut_off(folder)
    if name is None:
        if cut and cut[-1] > (whole or [""])[-1]:
            older = f"or take the newest that is whole: --at {whole[-1]}" if whole else "there is no other in it"
            raise NotFound(
                f"The backup {cut[-1]} in {str(folder)!r} isn't whole: it was cut off, or is still being made. "
                f"Make it again with hyperstep backup, {older}."
            )
        if not whole:
            raise NotFound(f"There is no backup in {str(folder)!r}. Name the folder that hyperstep backup was given.")
        name = whole[-1]
    if name not in whole:
        raise NotFound(f"There is no backup {name!r} in {str(folder)!r}. Whole are: {', '.join(whole) or 'none'}.")
    path = folder / MANIFESTS / f"{name}{_DONE}"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["digest"] != digest(document["files"]):
            raise ValueError("its digest differs")
        files = tuple(Kept(**file) for file in document["files"])
        return Manifest(name=name, version=document["version"], schema=document["schema"], files=files)
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactDamaged(
            f"The manifest {str(path)!r} isn't what was written: {error}. Check the disk; take another with --at."
        ) from error
