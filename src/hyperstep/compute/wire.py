"""Wire: what a job's script has said so far, read from the file that it appends to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hyperstep.engine.artifact import Artifact, Collected, LeftOut
from hyperstep.engine.events import ArtifactStored, JobEvent, MetricsLogged, ModelRequested, Point, Tagged
from hyperstep.engine.ids import JobId, owner_of, trial_of
from hyperstep.engine.interfaces import ArtifactStore
from hyperstep.errors import TrackingError
from hyperstep.supervisor.regular import open_regular
from hyperstep.tracking import messages, values

_PIECE = 2**22  # bytes that are read at once; no message is nearly as long

# What a message raises that no version of ours would write.
_NONSENSE = (TrackingError, KeyError, TypeError, ValueError, AttributeError, OverflowError, FileNotFoundError)

Message = dict[str, Any]
Numbered = tuple[int, Message]


class Wire:
    """Reads a job's messages, each once; heard: number of the last one that is recorded already."""

    def __init__(self, folder: str, heard: int = 0) -> None:
        self._path = f"{folder}/{messages.WIRE}"
        self._file = -1
        self._offset = 0
        self._number = 0
        self._heard = heard
        self._batch: list[Numbered] = []
        self._unread: list[int] = []

    def batch(self) -> list[Numbered]:
        """The next messages with their numbers, the same until `done`; empty if there is none.

        What can't be read is left out.
        """
        while not self._batch and self._opened():
            data = os.pread(self._file, _PIECE, self._offset)
            lines, length = messages.read(data)
            if not length and len(data) < _PIECE:
                break
            # What is left of an overlong line is one that can't be read.
            self._offset = self._offset + length if length else self._beyond_hole(self._offset + len(data))
            for line in lines:
                self._number += 1
                if line is None:
                    self._unread.append(self._number)
                elif self._number > self._heard:
                    self._batch.append((self._number, line))
        return self._batch

    def done(self) -> None:
        """The batch has been reported."""
        self._batch = []

    def unread(self) -> list[LeftOut]:
        """What of the file says nothing, since it isn't as it was written; as far as it was read."""
        if not self._unread:
            return []
        more = f" and {len(self._unread) - 1:,} more" if len(self._unread) > 1 else ""
        return [LeftOut(path=messages.WIRE, why=f"has been damaged in line {self._unread[0]}{more}")]

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _beyond_hole(self, offset: int) -> int:
        """Where there is something again; a hole may be as large as the script likes, and says nothing."""
        try:
            return os.lseek(self._file, offset, os.SEEK_DATA)
        except OSError:  # nothing but holes, or no file system that knows of them
            return max(offset, os.fstat(self._file).st_size)

    def _opened(self) -> bool:
        if self._file < 0:
            try:
                self._file = open_regular(self._path)
            except FileNotFoundError:
                return False
        return True


def is_heavy(message: Message) -> bool:
    """True if hearing it means to store a file or folder, which may take long."""
    return message.get("kind") in (messages.ARTIFACT, messages.REGISTER)


def events(job: JobId, folder: str, said: Sequence[Numbered], artifacts: ArtifactStore) -> Iterator[JobEvent]:
    """What messages mean: neighbouring metrics as one event. A message that makes no sense is passed over."""
    points: list[Point] = []
    through = 0
    for number, message in said:
        try:
            if message["kind"] == messages.METRIC:
                points.append(_point(message))
                through = number
                continue
            event = _event(job, folder, number, message, artifacts)
        except _NONSENSE:
            continue
        if points:
            yield MetricsLogged(job=job, points=tuple(points), through=through)
            points = []
        yield event
    if points:
        yield MetricsLogged(job=job, points=tuple(points), through=through)


def _event(job: JobId, folder: str, number: int, message: Message, artifacts: ArtifactStore) -> JobEvent:
    match message["kind"]:
        case messages.TAG:
            key = values.text("tag key", message["key"])
            value = values.note(key, values.encodable("tag", message["value"]))
            return Tagged(job=job, key=key, value=value, through=number)
        case messages.ARTIFACT:
            name = values.text("artifact name", message["name"])
            kept = artifacts.collect(Path(folder), message["path"])
            return ArtifactStored(
                job=job, name=name, artifact=_there(kept), members=kept.members[:1000], through=number
            )
        case messages.REGISTER:
            name = values.model(message["name"])
            aliases, tags = values.aliases(tuple(message["aliases"])), values.tags(message["tags"])
            return ModelRequested(
                request=f"{job}#{number}",
                name=name,
                artifact=_there(artifacts.collect(Path(folder), message["path"])),
                aliases=aliases,
                tags=tags,
                job=job,
                trial=owner_of(job) if trial_of(job) is not None else "",
                through=number,
            )
        case kind:
            raise ValueError(kind)


def _point(message: Message) -> Point:
    name, value = values.text("metric name", message["name"]), message["value"]
    if isinstance(value, bool) or (isinstance(value, str) and value not in ("nan", "inf", "-inf")):
        raise ValueError(value)
    return Point(name, float(value), values.step(name, message["step"]), float(message["at"]))


def _there(kept: Collected) -> Artifact:
    """The copy that the script made for us."""
    if kept.artifact is None:
        raise ValueError(kept)
    return kept.artifact
