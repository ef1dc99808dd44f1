"""What v1 code asks about registered models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hyperstep.azureml_v1.answers import files
from hyperstep.azureml_v1.answers.runs import looking, v1_id
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.ids import owner_of
from hyperstep.errors import NotFound, SubmissionError
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.place import is_workspace
from hyperstep.store import queries
from hyperstep.store.rows import ModelRow
from hyperstep.workspace import Workspace

Answer = dict[str, Any]


def list(folder: Path, name: str | None = None) -> Sequence[Answer]:  # noqa: A001 (the question's name)
    """The versions of a model, or of all, newest first."""
    if not is_workspace(folder):
        return []
    with looking(folder) as workspace:
        db = workspace.store.db
        known = [row.name for row in queries.models(db)]
        wanted = [one for one in known if name in (None, one)]
        rows = [row for one in wanted for row in queries.model_versions(db, one)]
        rows.sort(key=lambda row: row.created_at, reverse=True)
        return [_row(workspace, row) for row in rows]


def get(folder: Path, name: str, version: int | None = None) -> Answer:
    """A version of a model, or its newest."""
    with looking(folder) as workspace:
        return _row(workspace, queries.model(workspace.store.db, name, version))


def register(
    folder: Path, name: str, what: str | Mapping[str, str], tags: Mapping[str, str], run: str | None = None
) -> int:
    """Register a model's next version; returns its number.

    what: a path, or {"job", "file"} for what a job made. run: the id of the run, step or trial that a path comes from.
    """
    with Workspace.open(folder) as workspace:
        if isinstance(what, str):
            owner = run or ""
            source: Path | Artifact = Path(what).resolve()
        else:
            job = what["job"]
            source = _made(workspace, job, what["file"])
            owner = owner_of(job)
        return workspace.register(name, source, tags=tags, **_part(owner))


def save(folder: Path, name: str, version: int, to: str) -> str:
    """Copy a model's file or folder to a path where nothing lies yet; returns the path."""
    if Path(to).exists():
        raise SubmissionError(f"{to!r} is there already. Remove it first, or save under another name.")
    with looking(folder) as workspace:
        row = queries.model(workspace.store.db, name, version)
        artifact = Artifact(digest=row.digest, size=row.size, kind=row.kind, member=row.member)
        workspace.artifacts.checkout(artifact, Path(to))
    return to


def _row(workspace: Workspace, row: ModelRow) -> Answer:
    names = ("name", "version", "created_at", "run", "job", "trial", "digest", "size", "kind", "member")
    return {
        **{name: getattr(row, name) for name in names},
        "tags": dict(row.tags),
        "run_id": v1_id(workspace, row.job) if row.job else "",
    }


def _made(workspace: Workspace, job: str, file: str) -> Artifact:
    found = files.found(workspace, job, file)
    if found is None:
        known = sorted(files.made(workspace, job))
        raise NotFound(f"The run made nothing called {file!r}; it made {listed(known)}.{did_you_mean(file, known)}")
    return found


def _part(owner: str) -> dict[str, str]:
    """The argument of `register` that says which run, step or trial a model comes from."""
    if not owner:
        return {}
    return {("run", "step", "trial")[owner.count("/")]: owner}
