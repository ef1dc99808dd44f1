"""References: which stored files a workspace needs.

Whatever looks like a digest may be one, wherever it stands: in an event of
any kind, also one that was added after this was written, or in a document of
the workspace's own. That errs to the safe side where files are removed. What a deleted run says
doesn't count, unless a model, another run or a published pipeline says it
too; nor does what says only that a given trial made it.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from hyperstep.engine.ids import owner_of
from hyperstep.store import queries
from hyperstep.store.blobs import Blobs

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_ARTIFACT = re.compile(r'(?<="digest":)\s*"([0-9a-f]{64})"')  # of what is stored, and not of a definition or a code
_DIGEST_IN_BYTES = re.compile(_DIGEST.pattern.encode())
_TREE = b'{"format":1,"members":'  # how the list of a stored folder's files begins
_LARGEST = 16 << 20  # bytes of a document of the workspace's own
_SAYING = (  # the bulk of a log are metrics, which refer to nothing
    "SELECT kind, body FROM event LEFT JOIN run ON run.number = CAST(event.run AS INTEGER) "
    "WHERE kind NOT IN ('MetricsLogged', 'Tagged', 'JobStarted', 'JobEnded') AND "
)


def needed(db: sqlite3.Connection, home: Path, blobs: Blobs, *, without: Collection[str] = ()) -> set[str]:
    """The digests of all files that the workspace needs, those that are missing included.

    without: trials whose files aren't needed, unless something else needs them.
    """
    return _with_lists(blobs, _found(db, home, without, _DIGEST))


def required(db: sqlite3.Connection, home: Path, blobs: Blobs, *, without: Collection[str] = ()) -> set[str]:
    """The digests of the files that must be there: those among `needed` that are stored files for certain."""
    return _with_lists(blobs, _found(db, home, without, _ARTIFACT))


def _with_lists(blobs: Blobs, found: set[str]) -> set[str]:
    """What was found, with the files of the folders among it."""
    return found.union(*(listed(blobs, digest) for digest in found))


def _found(db: sqlite3.Connection, home: Path, without: Collection[str], what: re.Pattern[str]) -> set[str]:
    texts = chain(_in_events(db, frozenset(without)), _in_models(db), _in_documents(home))
    return {digest for text in texts for digest in what.findall(text)}


def named(db: sqlite3.Connection, run: str | None = None) -> set[str]:
    """The digests that any event says, of one run or of whichever."""
    rows = db.execute(_SAYING + "(?1 IS NULL OR event.run = ?1)", [run])
    return {digest for _, body in rows for digest in _DIGEST.findall(body)}


def needed_by(db: sqlite3.Connection, digest: str) -> tuple[list[str], list[str]]:
    """The model versions that a stored file is, and the runs whose events name it; both may be many."""
    models = [
        f"{name}:{version}"
        for name, version in db.execute(
            "SELECT model.name, version FROM model JOIN wish USING (request) WHERE digest = ? ORDER BY 1, 2", [digest]
        )
    ]
    rows = db.execute("SELECT DISTINCT run FROM event WHERE instr(body, ?) ORDER BY number", [digest])
    return models, [run for (run,) in rows if run]


def listed(blobs: Blobs, digest: str) -> set[str]:
    """The digests in the list of a stored folder's files; none of any other file, or of one that isn't there."""
    with suppress(FileNotFoundError), open(blobs.path(digest), "rb") as blob:  # noqa: PTH123 - paths are text there
        if blob.read(len(_TREE)) == _TREE:
            with mmap.mmap(blob.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return {match.group().decode() for match in _DIGEST_IN_BYTES.finditer(content)}
    return set()


def _in_events(db: sqlite3.Connection, without: frozenset[str]) -> Iterator[str]:
    rows = db.execute(_SAYING + "(kind = 'ModelRequested' OR deleted IS NOT 1)")
    for kind, body in rows:
        if not (without and _maker(kind, body) in without):
            yield body


def _maker(kind: str, body: str) -> str:
    """The trial that an event says the files of, or empty."""
    match kind:
        case "ArtifactStored":
            return owner_of(json.loads(body)["job"])
        case "TrialAnswered":
            document = json.loads(body)
            return f"{document['step']}/{document['number']}"
        case _:
            return ""


def _in_models(db: sqlite3.Connection) -> Iterator[str]:
    """What the versions of all models were made with: their code, and what it was given."""
    for newest in queries.models(db):
        for row in queries.model_versions(db, newest.name):
            yield from (f'"digest":"{digest}"' for digest in (row.digest, row.source))
            yield from row.data.values()


def _in_documents(home: Path) -> Iterator[str]:
    """What stands in the documents of the v1 layer: published pipelines with their sources, data sets."""
    for folder, _, names in os.walk(home / "azureml_v1"):
        for path in (Path(folder, name) for name in names if name.endswith(".json")):
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_size <= _LARGEST:
                    yield path.read_text(encoding="utf-8", errors="replace")
