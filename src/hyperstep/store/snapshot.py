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


def snapshot(source: Source, store: FolderArtifacts, *, base: Path) -> Artifact:
    """Store a source folder. base: where a relative folder is seen from.

    Raises DefinitionError if there is no such folder, or if it holds more than MOST_BYTES or MOST_FILES.
    """
    folder = (base / source.folder).resolve()
    if not folder.is_dir():
        raise DefinitionError(
            f"The source folder {source.folder!r} isn't there: {str(folder)!r} "
            f"{'is no folder' if folder.exists() else 'does not exist'}. Name the folder that holds the step's script, "
            f"as seen from {str(base)!r}."
        )
    _check_size(source, folder, Ignore(folder, source.ignore))
    artifact, _ = store.put(folder, keep=Ignore(folder, source.ignore).keep)
    return artifact


def _check_size(source: Source, folder: Path, ignore: Ignore) -> None:
    sizes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for found in walk(root, ignore.keep):
            if found.regular:
                *folders, name = found.path.split("/")
                near = (
                    "/".join(folders[:2] or ".") + "/"
                )  # two levels tell `data/raw/` from `data/`, and name a venv once
                sizes[near] += os.stat(name, dir_fd=found.parent, follow_symlinks=False).st_size
                files[near] += 1
    finally:
        os.close(root)
    total, count = sizes.total(), files.total()
    if total <= MOST_BYTES and count <= MOST_FILES:
        return
    if total > MOST_BYTES:
        much = f"{total / 1e9:.1f} GB, and at most {MOST_BYTES / 1e9:.1f} GB are"
        big = [f"{name} ({size / 1e9:.2f} GB)" for name, size in sizes.most_common(3)]
    else:
        much = f"{count:,} files, and at most {MOST_FILES:,} are"
        big = [f"{name} ({number:,} files)" for name, number in files.most_common(3)]
    raise DefinitionError(
        f"The source folder {source.folder!r} holds {much} copied with every run. The biggest folders in it are "
        f"{', '.join(big)}. List what the scripts don't need in {str(folder / '.amlignore')!r}, one pattern a line as "
        f"in .gitignore; pass data as a Dataset."
    )
