"""Data: files from outside that runs were given, and any stored file: who made it, who used it, its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.ids import owner_of
from hyperstep.errors import ArtifactDamaged, NotFound
from hyperstep.server.pages.logs import harmless
from hyperstep.server.pages.render import page
from hyperstep.server.reading import Reading
from hyperstep.store import queries
from hyperstep.store.queries import Db

SHOWN = 64 * 1024  # bytes of a file's beginning
ROWS = 100  # of a CSV file

_CHUNK = 1 << 18
_MOST = 50
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored file. names: what it is called where, newest first: the owner's id and the name. size: bytes."""

    digest: str
    size: int
    names: tuple[tuple[str, str], ...]
    users: tuple[str, ...]


def show_all(request: Request) -> Response:
    """What runs were given from outside."""
    reading: Reading = request.app.state.reading
    with reading.moment() as moment:
        return page(
            request,
            "datasets.html",
            title="Data",
            active="Data",
            number=moment.number,
            datasets=queries.datasets(moment.db),
        )


def show(request: Request) -> Response:
    """A stored file or folder by its digest, with its beginning if that is text."""
    reading: Reading = request.app.state.reading
    with reading.moment() as moment:
        found = _known(moment.db, request.path_params["digest"])
        beginning, text = _beginning(reading, found)
        rows = [line.split(",") for line in text.splitlines()[: ROWS + 1]] if _is_table(found, text) else []
        return page(
            request,
            "datum.html",
            title=f"Data {found.digest[:12]}",
            active="Data",
            number=moment.number,
            found=found,
            stored=beginning is not None,
            text=text,
            rows=rows,
            whole=found.size <= SHOWN,
        )


def download(request: Request) -> Response:
    """The file, as a download that no browser opens."""
    reading: Reading = request.app.state.reading
    found = _known(reading.db, request.path_params["digest"])
    opened = reading.artifacts.open(Artifact(digest=found.digest, size=found.size))
    headers = {
        "content-disposition": f'attachment; filename="{found.digest[:12]}"',
        "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    return StreamingResponse(_chunks(opened), headers=headers, media_type="application/octet-stream")


def _chunks(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        yield from iter(lambda: opened.read(_CHUNK), b"")


def _known(db: Db, digest: str) -> Known:
    """A file that some job made, that is part of a folder that one made, or that was given from outside."""
    if not _DIGEST.fullmatch(digest):
        raise NotFound(f"{digest[:80]!r} isn't a digest: 64 hexadecimal digits.")
    made = db.execute(
        "SELECT job, name, size FROM artifact WHERE digest = ? ORDER BY event DESC LIMIT ?", [digest, _MOST]
    ).fetchall()
    if not made:
        made = db.execute(
            "SELECT job, artifact.name || '/' || json_extract(one.value, '$[0]'), json_extract(one.value, '$[1]') "
            "FROM artifact, json_each(artifact.members) AS one WHERE instr(artifact.members, ?1) "
            "AND json_extract(one.value, '$[2]') = ?1 ORDER BY event DESC LIMIT ?2",
            [digest, _MOST],
        ).fetchall()
    given = db.execute(
        "SELECT CAST(run AS TEXT), path, size FROM dataset WHERE digest = ? ORDER BY run DESC LIMIT ?", [digest, _MOST]
    ).fetchall()
    if not made and not given:
        raise NotFound(f"No job has made, and no run was given, a file of the digest {digest!r}.")
    users = db.execute(
        "SELECT DISTINCT owner FROM job, json_each(job.inputs) WHERE instr(job.inputs, ?1) AND json_each.value = ?1 "
        "ORDER BY requested_at DESC LIMIT ?2",
        [digest, _MOST],
    )
    names = [(owner_of(job), name) for job, name, _ in made] + [(run, path) for run, path, _ in given]
    return Known(
        digest=digest,
        size=(made or given)[0][2],
        names=tuple(names),
        users=tuple(owner for (owner,) in users),
    )


def _beginning(reading: Reading, found: Known) -> tuple[bytes | None, str]:
    """The first bytes, None if they are no longer stored; and as text, empty if they aren't text."""
    try:
        with reading.artifacts.open(Artifact(digest=found.digest, size=found.size)) as file:
            raw = file.read(SHOWN)
    except (ArtifactDamaged, NotFound, OSError):
        return None, ""
    if b"\0" in raw:
        return raw, ""
    try:
        raw[: -4 if found.size > len(raw) else None].decode()
    except UnicodeDecodeError:
        return raw, ""
    return raw, harmless(raw)


def _is_table(found: Known, text: str) -> bool:
    return bool(text) and any(name.endswith(".csv") for _, name in found.names)


ROUTES = (
    Route("/data", show_all, methods=["GET"]),
    Route("/data/{digest}", show, methods=["GET"]),
    Route("/data/{digest}/download", download, methods=["GET"]),
)
