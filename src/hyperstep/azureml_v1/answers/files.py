"""What v1 code asks about files: what jobs made and kept, and the data that steps hand on."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from hyperstep.azureml_v1.answers.runs import looking
from hyperstep.compute.folder import Folders
from hyperstep.engine.artifact import TREE, Artifact
from hyperstep.engine.events import ArtifactStored, RunSubmitted
from hyperstep.engine.ids import run_of
from hyperstep.engine.job import OutputPath
from hyperstep.engine.outputs import FOLDER, outputs_of
from hyperstep.engine.resolve import TABLE, source_key
from hyperstep.errors import NotFound, SubmissionError
from hyperstep.pipeline.graph import script_of
from hyperstep.pipeline.names import did_you_mean, listed
from hyperstep.place import ARTIFACTS
from hyperstep.store import queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.encoding import event_from_text, value_from_text
from hyperstep.store.rows import ArtifactRow, StepRow, TrialRow
from hyperstep.workspace import Workspace

LOG = "user_logs/std_log.txt"
"""What v1 calls the log of a job."""

INSIDE = "azureml_v1/"
"""How the names of artifacts begin that hold records and aren't the user's."""


def names(folder: Path, job: str) -> list[str]:
    """The files that a job handed over, logged to or made in `outputs/`, sorted; not what other steps get."""
    with looking(folder) as workspace:
        passed_on = _passed_on(workspace, job)
        kept = (row for row in _artifacts(workspace, job) if row.name not in passed_on)
        stored = (name for row in kept for name in _files(workspace, row))
        return sorted({*stored, *_lying(_place(workspace, job))})


def save(folder: Path, job: str, name: str, to: str) -> str:
    """Copy a file or folder of a job to a path where nothing lies yet; returns the path."""
    target = Path(to)
    if target.exists():
        raise SubmissionError(f"{to!r} is there already. Remove it first, or save under another name.")
    with looking(folder) as workspace:
        artifact = found(workspace, job, name)
        if artifact is not None:
            workspace.artifacts.checkout(artifact, target)
            return to
        lying = _lying(_place(workspace, job))
        if name not in lying:
            known = sorted({*lying, *made(workspace, job)})
            raise NotFound(f"Nothing called {name!r} was made; there is {listed(known)}.{did_you_mean(name, known)}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(lying[name], target, follow_symlinks=False)
        return to


def folder(folder: Path, owner: str) -> str:
    """Where a run's, a step's or a trial's folder lies: of a plain step and a trial that of its newest job.

    The run's, while there is none of its own.
    """
    with looking(folder) as workspace:
        row = queries.describe(workspace.store.db, owner)
        own = row.id
        if isinstance(row, TrialRow):
            own = row.job
        elif isinstance(row, StepRow):
            own = row.reused or row.id
            jobs = queries.jobs(workspace.store.db, own) if row.kind != "tune" else ()
            own = max(jobs, key=lambda job: job.requested_at).id if jobs else own
        place = _place(workspace, own)
        return str(place if place.is_dir() else _place(workspace, run_of(owner)))


def output(folder: Path, step: str, output: str, to: str) -> str:
    """Copy what a step hands on under a name to a path where nothing lies yet; returns the path.

    output: the name of an output; of a search `outputs/...`, the best trial's file, or `trials`, its table.
    """
    with looking(folder) as workspace:
        db = workspace.store.db
        queries.step(db, step)
        (text,) = db.execute("SELECT outputs FROM step WHERE id = ?", [step]).fetchone()
        outputs = value_from_text(text)
        if output == TABLE:  # whatever the trials are called in it
            output = next((name for name in outputs if name.startswith(f"{TABLE}:")), TABLE)
        if output not in outputs:
            raise NotFound(f"Step {step!r} made nothing called {output!r}; it made {listed(outputs)}.")
        if Path(to).exists():
            raise SubmissionError(f"{to!r} is there already. Remove it first, or save under another name.")
        workspace.artifacts.checkout(outputs[output], Path(to))
    return to


def places(folder: Path, job: str, outputs: list[str]) -> list[str]:
    """Where a job has made its outputs of these names, or will."""
    home = folder.resolve() / ".hyperstep"
    folders = Folders(home, FolderArtifacts(home / ARTIFACTS))
    return [folders.text_of(OutputPath(name=name), folders.path(job)) for name in outputs]


def snapshot(folder: Path, run: str, position: int) -> str:
    """The digest of the copy of its source folder that a step of a run has; empty for a step without a script."""
    with looking(folder) as workspace:
        kept = _snapshot(workspace, run, position)
        return kept.digest if kept else ""


def save_snapshot(folder: Path, run: str, position: int, to: str) -> str:
    """Write the copy of its source folder that a step of a run has as a zip file; returns its path, `to`."""
    with looking(folder) as workspace, ZipFile(to, "w", ZIP_DEFLATED) as written:
        kept = _snapshot(workspace, run, position)
        assert kept is not None, "who asks has seen its digest"
        for member in workspace.artifacts.members(kept):
            with workspace.artifacts.open(kept, member.path) as file, written.open(member.path, "w") as copy:
                shutil.copyfileobj(file, copy)
    return to


def made(workspace: Workspace, job: str) -> dict[str, Artifact]:
    """All that a job made and handed over, by name."""
    rows = _artifacts(workspace, job)
    return dict(
        outputs_of(
            ArtifactStored(job=row.job, name=row.name, artifact=row.artifact, members=row.members) for row in rows
        )
    )


def found(workspace: Workspace, job: str, name: str) -> Artifact | None:
    """What a job made under a name, or below a folder that it handed over."""
    known = made(workspace, job)
    path = name.strip("/")
    if path in known:
        return known[path]
    for row in _artifacts(workspace, job):
        if row.artifact.kind == TREE and path.startswith(f"{row.name}/"):
            inner = replace(row.artifact, member=path.removeprefix(f"{row.name}/"))
            if workspace.artifacts.contains(inner):
                return inner
    return None


def _snapshot(workspace: Workspace, run: str, position: int) -> Artifact | None:
    (submitted,) = (recorded.event for recorded in queries.events(workspace.store.db, run, [RunSubmitted]))
    assert isinstance(submitted, RunSubmitted), "it is what was asked for"
    script = script_of(submitted.pipeline.steps[position])
    return submitted.sources[source_key(script.source)] if script else None


def _artifacts(workspace: Workspace, job: str) -> list[ArtifactRow]:
    return [row for row in queries.artifacts(workspace.store.db, job) if not row.name.startswith(INSIDE)]


def _passed_on(workspace: Workspace, job: str) -> set[str]:
    """The names of the outputs that the job's step declares."""
    rows = workspace.store.db.execute(
        "SELECT kind, body FROM event WHERE number IN (SELECT event FROM artifact WHERE job = ?)", [job]
    )
    stored = [event_from_text(kind, body) for kind, body in rows]
    return {
        event.name
        for event in stored
        if isinstance(event, ArtifactStored) and event.through == 0 and event.name != FOLDER
    }


def _files(workspace: Workspace, row: ArtifactRow) -> list[str]:
    if row.artifact.kind != TREE:
        return [row.name]
    return [f"{row.name}/{member.path}" for member in workspace.artifacts.members(row.artifact)]


def _place(workspace: Workspace, job: str) -> Path:
    return workspace.home / "runs" / job


def _lying(place: Path) -> dict[str, Path]:
    """Files in a job's folder that aren't stored, or not yet: its log, and those in `logs/` and `outputs/`."""
    found = {LOG: place / "log.txt"} if _is_file(place / "log.txt") else {}
    for name in ("logs", "outputs"):
        for above, _, files in os.walk(place / "work" / name):
            for file in files:
                path = Path(above, file)
                if _is_file(path):
                    found[path.relative_to(place / "work").as_posix()] = path
    return found


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()  # a link may lead anywhere, and a pipe has no end
