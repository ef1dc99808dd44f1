"""Files: logs by byte range, and what jobs made and models are, as downloads that no browser opens.

No name that a client gives becomes a path: a file is looked up among those
that are recorded, and read by its digest.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import Response, StreamingResponse

from hyperstep.engine.artifact import TREE, Artifact
from hyperstep.errors import NotFound
from hyperstep.failure import log_path
from hyperstep.pipeline.names import did_you_mean
from hyperstep.server.guard import Refusal
from hyperstep.server.rest.endpoint import Asked
from hyperstep.store import queries
from hyperstep.store.cleared import why_no_log
from hyperstep.supervisor.regular import open_regular

MOST_LOG = 1 << 20  # bytes of a log in one answer

_CHUNK = 256 << 10
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_DOWNLOAD = {"content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that can be downloaded. name: as in its address."""

    name: str
    size: int
    digest: str


def log(asked: Asked) -> Response:
    """The bytes of a job's log that the Range header names, else its first ones; at most `MOST_LOG`."""
    job = queries.job(asked.reading.db, asked.path["job"])
    try:
        descriptor = open_regular(log_path(asked.reading.home, job.id))
    except FileNotFoundError:
        why = why_no_log(asked.reading.home, job.id) or job.state
        raise NotFound(f"{job.id} has no log: {why}.") from None
    with os.fdopen(descriptor, "rb") as file:
        whole = os.fstat(file.fileno()).st_size
        first, last = _range(asked.request.headers.get("range"), whole)
        file.seek(first)
        content = file.read(min(last - first + 1, MOST_LOG))
    said = {
        "content-range": f"bytes {first}-{max(first, first + len(content) - 1)}/{whole}",
        "accept-ranges": "bytes",
        "x-job-state": "running" if job.ended_at is None else "ended",
    }
    partial = len(content) < whole
    return Response(
        content, 206 if partial else 200, said if partial else {"accept-ranges": "bytes"}, "text/plain; charset=utf-8"
    )


def job_files(asked: Asked) -> tuple[File, ...]:
    with asked.moment() as moment:
        queries.job(moment.db, asked.path["job"])
        return tuple(_all(_of_job(asked, moment.db, asked.path["job"])))


def job_file(asked: Asked) -> Response:
    job = asked.path["job"]
    with asked.moment() as moment:
        queries.job(moment.db, job)
        found = _of_job(asked, moment.db, job)
    return _download(asked, found, asked.path["file"], f"Job {job}")


def model_files(asked: Asked) -> tuple[File, ...]:
    return tuple(_all(_of_model(asked)))


def model_file(asked: Asked) -> Response:
    return _download(asked, _of_model(asked), asked.path["file"], f"Model {asked.path['model']}")


def _of_job(asked: Asked, db: queries.Db, job: str) -> dict[str, tuple[Artifact, str, File]]:
    """What a job made, by name: the artifact, the member of it, and what is told of it."""
    found = {}
    for row in queries.artifacts(db, job):
        found.update(_named(asked, row.name, row.artifact))
    return found


def _of_model(asked: Asked) -> dict[str, tuple[Artifact, str, File]]:
    row = queries.model(asked.reading.db, asked.path["model"], asked.path["version"])
    artifact = Artifact(digest=row.digest, size=row.size, kind=row.kind, member=row.member)
    name = row.member.rpartition("/")[2] or row.name
    return _named(asked, name, artifact)


def _named(asked: Asked, name: str, artifact: Artifact) -> dict[str, tuple[Artifact, str, File]]:
    if artifact.kind != TREE:
        return {name: (artifact, "", File(name=name, size=artifact.size, digest=artifact.digest))}
    members = asked.reading.artifacts.members(artifact)
    if not members:  # one file of a folder
        return {name: (artifact, "", File(name=name, size=artifact.size, digest=artifact.digest))}
    return {
        f"{name}/{member.path}": (
            artifact,
            member.path,
            File(name=f"{name}/{member.path}", size=member.size, digest=member.digest),
        )
        for member in members
    }


def _all(found: dict[str, tuple[Artifact, str, File]]) -> Iterator[File]:
    return (file for _, _, file in found.values())


def _download(asked: Asked, found: dict[str, tuple[Artifact, str, File]], name: str, whose: str) -> Response:
    if name not in found:
        raise NotFound(f"{whose} has no file {name!r}.{did_you_mean(name, found)}")
    artifact, member, file = found[name]
    opened = asked.reading.artifacts.open(artifact, member)
    size = os.fstat(opened.fileno()).st_size
    shown = quote(file.name.rpartition("/")[2], safe="")
    headers = {**_DOWNLOAD, "content-disposition": f"attachment; filename*=UTF-8''{shown}", "content-length": str(size)}
    return StreamingResponse(_chunks(opened), headers=headers, media_type="application/octet-stream")


async def _chunks(opened: BinaryIO) -> AsyncIterator[bytes]:
    with opened:
        while chunk := await to_thread.run_sync(opened.read, _CHUNK):
            yield chunk


def _range(said: str | None, whole: int) -> tuple[int, int]:
    """The first and last byte that are asked for. Raises Refusal for what isn't there."""
    if said is None:
        return 0, whole - 1
    found = _RANGE.fullmatch(said.strip())
    if found is None or not any(found.groups()):
        raise Refusal(
            416, f"{said[:40]!r} isn't one range of bytes.", ((b"content-range", f"bytes */{whole}".encode()),)
        )
    first, last = found.groups()
    if not first:  # the last bytes, so many
        return max(0, whole - int(last)), whole - 1
    begin, end = int(first), min(int(last), whole - 1) if last else whole - 1
    if begin >= whole or end < begin:
        raise Refusal(416, f"The log has {whole} bytes.", ((b"content-range", f"bytes */{whole}".encode()),))
    return begin, end
