"""Mounts: whether a folder lies on a file system of another machine.

SQLite's write-ahead log and file locks need all processes to share one
machine's memory: over a network they lose commits without a word.
"""

from __future__ import annotations

import re
from pathlib import Path

from hyperstep.errors import SubmissionError

NETWORK = frozenset(
    {
        *("afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("orangefs", "smb3", "smbfs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
    }
)


_MOUNTS = Path("/proc/self/mountinfo")


def refuse_network(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Raise SubmissionError if a folder lies on another machine. mounts: see proc(5); where there is none, none is."""
    kind = kind_of(folder, mounts)
    if kind in NETWORK:
        raise SubmissionError(
            f"The workspace {str(folder)!r} lies on a network file system ({kind}), where a database is damaged sooner "
            f"or later. Use a folder on a disk of this machine; the scripts and data may stay where they are."
        )


def kind_of(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The type of the file system that a folder lies on, or empty; of mounts at one place, the last one counts."""
    try:
        mountinfo = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    folder, best, kind = folder.resolve(), -1, ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        place = Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), before.split(" ")[4]))
        if folder.is_relative_to(place) and len(place.parts) >= best:
            best, kind = len(place.parts), after.split(" ")[0]
    return kind
