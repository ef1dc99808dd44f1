"""Registration: a file or folder becomes a model's next version; what only v1 knows about it stands on the shelf."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import home, shelf
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.exceptions import ModelPathNotFoundException, WebserviceException

KIND = "models"
Notes = Dict[str, Any]
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}\Z")


def notes(
    properties: Optional[Dict[str, Any]],
    description: Optional[str],
    framework: Optional[str],
    framework_version: Optional[str],
    datasets: Any,
    run_id: Optional[str],
    file: str,
) -> Notes:
    """What the shelf keeps of a version."""
    return {
        "properties": {key: str(value) for key, value in (properties or {}).items()},
        "description": description,
        "framework": framework or "Custom",
        "framework_version": framework_version,
        "datasets": [str(purpose) for purpose, _ in datasets or []],
        "run_id": run_id,
        "file": file,
    }


def register(workspace: Any, name: str, path: str, tags: Optional[Dict[str, Any]], kept: Notes, run: Any = None) -> Any:
    """A new version of a model from a file or folder. run: the run that made it, if it isn't the job itself."""
    check_name(name)
    print("Registering model %s" % name)
    texts = {str(key): str(value) for key, value in (tags or {}).items()}
    if os.environ.get(home.WIRE):
        from hyperstep import tracking

        version = tracking.register(name, path, tags=texts)
    else:
        version = ask("models.register", name=name, what=os.path.abspath(path), tags=texts, run=_made_by(run))
    return _noted(workspace, name, version, kept)


def register_made(workspace: Any, name: str, job: str, file: str, tags: Optional[Dict[str, Any]], kept: Notes) -> Any:
    """A new version of a model from what a job made."""
    from hyperstep.errors import NotFound

    check_name(name)
    print("Registering model %s" % name)
    texts = {str(key): str(value) for key, value in (tags or {}).items()}
    if os.environ.get(home.WIRE):  # the workspace has one writer, so a job hands over a copy
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, kept["file"])
            _save(job, file, copy)
            from hyperstep import tracking

            version = tracking.register(name, copy, tags=texts)
        return _noted(workspace, name, version, kept)
    try:
        version = ask("models.register", name=name, what={"job": job, "file": file}, tags=texts, run=None)
    except NotFound as error:
        raise ModelPathNotFoundException(str(error)) from error
    return _noted(workspace, name, version, kept)


def chosen(path: str, child_paths: List[str], copy: str) -> str:
    """Copy some of what lies in a folder into another; returns that."""
    for child in child_paths:
        source, target = os.path.join(path, child), os.path.join(copy, child)
        if not os.path.exists(source):
            raise FileNotFoundError("Path does not exist: %s" % source)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    return copy


def check_name(name: str) -> None:
    """Raise for a name that no model can have."""
    if not isinstance(name, str) or not _NAME.match(name):
        raise WebserviceException(
            "Model name %r isn't possible: it begins with a letter or digit, and goes on with letters, digits, "
            "hyphens, dots and underscores, at most 255 in all." % (name,)
        )


def nothing_at(path: str, names: List[str]) -> ModelPathNotFoundException:
    """The error for a path that a run has nothing at."""
    return ModelPathNotFoundException(
        "Could not locate the provided model_path %s in the set of files uploaded to the run: %s" % (path, names)
    )


def _save(job: str, file: str, copy: str) -> None:
    from hyperstep.errors import NotFound

    try:
        ask("files.save", job=job, name=file, to=copy)
    except NotFound as error:
        raise ModelPathNotFoundException(str(error)) from error


def _made_by(run: Any) -> Optional[str]:
    """The engine's id of the run, step or trial that a model comes from; None for one that only v1 knows."""
    return None if run is None else run._engine_owner()


def _noted(workspace: Any, name: str, version: int, kept: Notes) -> Any:
    from hyperstep.azureml_v1.model import Model

    shelf.put(KIND, name, kept, version)
    return Model(workspace, name, version=version)
