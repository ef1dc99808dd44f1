"""Outputs: what a job made, by the names that other steps ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hyperstep.engine.artifact import TREE, Artifact
from hyperstep.engine.events import ArtifactStored

FOLDER = "outputs"


def outputs_of(stored: Iterable[ArtifactStored]) -> Mapping[str, Artifact]:
    """Each output by its name, and all that lies below `outputs/` by its path.

    A file of the folder becomes an artifact of its own, so that its digest stays the same when its neighbours change;
    a folder in it becomes a part of the tree.
    """
    found: dict[str, Artifact] = {}
    for event in stored:
        found[event.name] = event.artifact
        if event.name != FOLDER:
            continue
        for member in event.members:
            found[f"{FOLDER}/{member.path}"] = Artifact(digest=member.digest, size=member.size)
            parts = member.path.split("/")
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                found.setdefault(
                    f"{FOLDER}/{folder}",
                    Artifact(digest=event.artifact.digest, size=event.artifact.size, kind=TREE, member=folder),
                )
    return found
