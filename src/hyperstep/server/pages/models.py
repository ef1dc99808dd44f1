"""Models: the registered ones, the versions of one, and a version with where it comes from and what used it."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hyperstep import actions
from hyperstep.engine.artifact import Artifact, Member
from hyperstep.errors import ArtifactDamaged, NotFound, SubmissionError
from hyperstep.server.acting import Acting
from hyperstep.server.pages.form import submitted
from hyperstep.server.pages.render import address, page
from hyperstep.server.reading import Reading
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import ModelRow

_FILES = 200
_USERS = 50
_PICKLED = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".npy")


def show_all(request: Request) -> Response:
    """The newest version of every model."""
    reading: Reading = request.app.state.reading
    with reading.moment() as moment:
        return page(
            request,
            "models.html",
            title="Models",
            active="Models",
            number=moment.number,
            models=queries.models(moment.db),
        )


def show(request: Request) -> Response:
    """The versions of a model, or one of them: `/models/ridge`, `/models/ridge:2`, `/models/ridge:production`."""
    reading: Reading = request.app.state.reading
    name, _, version = request.path_params["name"].partition(":")
    with reading.moment() as moment:
        if not version:
            versions = queries.model_versions(moment.db, name)
            return page(
                request,
                "model.html",
                title=f"Model {name}",
                active="Models",
                number=moment.number,
                name=name,
                versions=versions,
            )
        row = queries.model(moment.db, name, version)
        files = _files(reading, row)
        return page(
            request,
            "version.html",
            title=f"{row.name} version {row.version}",
            active="Models",
            number=moment.number,
            model=row,
            files=files[:_FILES],
            more=max(0, len(files) - _FILES),
            load=how_to_load(row, files),
            users=_users(moment.db, row.digest),
        )


async def point(request: Request) -> Response:
    """Point an alias to a version, and go back to it."""
    form = await submitted(request)
    name, version = form.get("model", ""), form.get("version", "")
    if not version.isdecimal() or len(version) > 15:
        raise SubmissionError(f"{version[:40]!r} isn't the number of a version.")
    acting: Acting = request.app.state.acting
    await acting.do(partial(actions.point, name=name, alias=form.get("alias", "").strip(), version=int(version)))
    return RedirectResponse(address("models", f"{name}:{version}"), status_code=303)


def _files(reading: Reading, row: ModelRow) -> list[Member]:
    """The files that a version is; empty if they are no longer stored."""
    artifact = Artifact(digest=row.digest, size=row.size, kind=row.kind, member=row.member)
    if row.kind != "tree":
        return [Member(path=row.name, size=row.size, digest=row.digest)]
    try:
        return list(reading.artifacts.members(artifact))
    except (ArtifactDamaged, NotFound):
        return []


def _users(db: Db, digest: str) -> list[str]:
    """The steps and trials whose jobs took these bytes as an input, newest first."""
    rows = db.execute(
        "SELECT DISTINCT owner FROM job, json_each(job.inputs) WHERE json_each.value = ? "
        "ORDER BY requested_at DESC LIMIT ?",
        [digest, _USERS],
    )
    return [owner for (owner,) in rows]


def how_to_load(row: ModelRow, files: list[Member]) -> tuple[str, str]:
    """A few lines of Python that fetch a version, and a warning if it is of a kind that can run code."""
    lines = [
        f"hyperstep models {row.name}:{row.version} --copy model",
        "",
        "# then, in Python",
    ]
    names = [file.path for file in files] or [row.name]
    inner = f"model/{names[0]}" if row.kind == "tree" and not row.member else "model"
    ending = next((ending for ending in (*_PICKLED, ".json", ".onnx") if names[0].endswith(ending)), "")
    loads = {
        ".pkl": ("import pickle", f'model = pickle.load(open("{inner}", "rb"))'),
        ".pickle": ("import pickle", f'model = pickle.load(open("{inner}", "rb"))'),
        ".joblib": ("import joblib", f'model = joblib.load("{inner}")'),
        ".pt": ("import torch", f'model = torch.load("{inner}", weights_only=True)'),
        ".pth": ("import torch", f'model = torch.load("{inner}", weights_only=True)'),
        ".json": ("import json", f'model = json.load(open("{inner}"))'),
        ".onnx": ("import onnxruntime", f'model = onnxruntime.InferenceSession("{inner}")'),
    }.get(ending, ("from pathlib import Path", f'model = Path("{inner}")'))
    warning = (
        "Loading a pickle runs whatever code is in it. Load only what your own runs made, or people you trust."
        if ending in _PICKLED
        else ""
    )
    return "\n".join([*lines, *loads]), warning


ROUTES = (
    Route("/models", show_all, methods=["GET"]),
    Route("/models/aliases", point, methods=["POST"]),
    Route("/models/{name:path}", show, methods=["GET"]),
)
