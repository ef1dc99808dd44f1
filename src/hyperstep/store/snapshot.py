"""Snapshot: a folder of scripts as an artifact, without what is to be ignored.

Every run keeps the code that it ran. The limits are there to notice a data
folder or a virtual environment that was never meant to be part of the code.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from hyperstep.engine.artifact import Artifact
from hyperstep.errors import DefinitionError
from hyperstep.pipeline.source import Source
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.ignore import Ignore
from hyperstep.store.tree import walk

MOST_BYTES = 1 << 30
MOST_FILES = 20_000


def snapshot(
    source: Source,
    store: FolderArtifacts,
    *,
    base: Path,
    most_bytes: int = MOST_BYTES,
    most_files: int = MOST_FILES,
) -> Artifact:
    """Store a source folder. base: where a relative folder is seen from.

    Raises DefinitionError if there is no such folder, or if it holds more than it may.
    """
    folder = (base / source.folder).resolve()
    if not folder.is_dir():
        raise DefinitionError(
            f"The source folder {source.folder!r} isn't there: {str(folder)!r} "
            f"{'is no folder' if folder.exists() else 'does not exist'}. Name the folder that holds the step's script, "
            f"as seen from {str(base)!r}."
        )
    sizes, files = _measure(folder, Ignore(folder, source.ignore))
    if sizes.total() > most_bytes:
        much = f"{sizes.total() / 1e9:.1f} GB, and at most {most_bytes / 1e9:.1f} GB are"
        raise _too_much(source, folder, much, [f"{name} ({size / 1e9:.2f} GB)" for name, size in sizes.most_common(3)])
    if files.total() > most_files:
        much = f"{files.total():,} files, and at most {most_files:,} are"
        raise _too_much(source, folder, much, [f"{name} ({count:,} files)" for name, count in files.most_common(3)])
    artifact, _ = store.put(folder, keep=Ignore(folder, source.ignore).keep)
    return artifact


def _measure(folder: Path, ignore: Ignore) -> tuple[Counter[str], Counter[str]]:
    """Bytes and files by the folder that they are in, or its parent two levels down."""
    sizes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for found in walk(root, ignore.keep):
            if found.regular:
                *folders, name = found.path.split("/")
                near = "/".join(folders[:2] or ".") + "/"  # two levels: `data/raw/`, but not all of an environment
                sizes[near] += os.stat(name, dir_fd=found.parent, follow_symlinks=False).st_size
                files[near] += 1
    finally:
        os.close(root)
    return sizes, files


def _too_much(source: Source, folder: Path, much: str, biggest: list[str]) -> DefinitionError:
    return DefinitionError(
        f"The source folder {source.folder!r} holds {much} copied with every run. The biggest folders in it are "
        f"{', '.join(biggest)}. List what the scripts don't need in {str(folder / '.amlignore')!r}, one pattern a line "
        f"as in .gitignore; pass data as a Dataset."
    )
