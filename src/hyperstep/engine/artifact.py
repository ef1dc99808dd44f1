"""Artifact: bytes that are named by their content."""

from __future__ import annotations

from dataclasses import dataclass

FILE = "file"
TREE = "tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file or a folder in the artifact store, or a part of a folder.

    digest: SHA-256, 64 hexadecimal digits; of a file's bytes, or of a folder's list of members.
    size: bytes, of all files together.
    kind: `file` or `tree`.
    member: a folder's path inside the tree, or empty for the whole of it.
    """

    digest: str
    size: int
    kind: str = FILE
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One regular file of a stored folder: its path in it, with `/`, its size in bytes and its digest."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that a job made and that isn't stored: its path, and what it is or why it can't be, in words."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was stored of a place in a job's folder: None if there was nothing that can be. members: as of `put`."""

    artifact: Artifact | None = None
    members: tuple[Member, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
