"""Runs that no job is: of a program itself, and child runs that scripts make.

    .hyperstep/azureml_v1/runs/<id>/   run.json · wire.jsonl · kept/ · end.json

Each is a folder; what it logs stands on a wire as in a job, without a bell. A
folder of the same kind holds what is added from outside to a run of the
engine's, such as a tag on a finished one, and has no run.json then.
"""

# ruff: noqa: ARG001 (parameters that v1 has and that mean nothing here)

from __future__ import annotations

import json
import os
import time
import uuid
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import home, identity
from hyperstep.azureml_v1.exceptions import ServiceException, UserErrorException
from hyperstep.filenames import kept_name
from hyperstep.tracking import messages

START = "run.json"
END = "end.json"
Document = Dict[str, Any]


def start(
    experiment: Any,
    outputs: Optional[str] = None,
    snapshot_directory: Any = None,
    display_name: Optional[str] = None,
    **recorded: Any,
) -> Any:
    """A run of the calling program. outputs: a folder that is kept with it when it completes."""
    from hyperstep.azureml_v1.run import Run

    return Run(experiment, create(experiment.name, name=display_name, outputs=outputs))


def create(
    experiment: str,
    parent: Optional[str] = None,
    name: Optional[str] = None,
    run_id: Optional[str] = None,
    outputs: Optional[str] = None,
    tags: Optional[Dict[str, str]] = None,
) -> str:
    """Begin a run; returns its id. run_id: the id to give it, which no run may have yet."""
    chosen = run_id or str(uuid.uuid4())
    if identity.parse(chosen).kind != identity.RECORDED:
        raise UserErrorException(
            "A run can't have the id %r: runs of pipelines and searches have ids like this. Begin it with a word, or "
            "leave run_id out." % chosen
        )
    if known(chosen) is not None:
        raise UserErrorException("There is a run %r already. Take another run_id, or leave it out." % chosen)
    document = {
        "id": chosen,
        "experiment": experiment,
        "parent": parent,
        "name": name,
        "outputs": outputs,
        "tags": dict(tags or {}),
        "started_at": time.time(),
    }
    _write(chosen, START, document)
    return chosen


def end(run_id: str, status: str, reason: str = "") -> None:
    """Say once how a run ended: Completed, Failed or Canceled; the first word counts."""
    if ended(run_id) is None:
        _write(run_id, END, {"status": status, "reason": reason, "ended_at": time.time()})


def known(run_id: str) -> Optional[Document]:
    """What a run began with, or None if there is no such run."""
    return _read(run_id, START)


def begun(run_id: str) -> Document:
    """What a run began with. Raises ServiceException if there is no such run."""
    document = known(run_id)
    if document is None:
        raise ServiceException("There is no run %r. Experiment.get_runs() lists those of an experiment." % run_id)
    return document


def ended(run_id: str) -> Optional[Document]:
    """How a run ended, or None if it hasn't."""
    return _read(run_id, END)


def folder(run_id: str) -> str:
    """Where a run's folder lies, or would."""
    return os.path.join(home.own("runs"), kept_name(run_id, "a run"))


def wire(run_id: str) -> str:
    """Where what a run logs is written; its folder is there."""
    place = folder(run_id)
    home.make(place)
    return os.path.join(place, messages.WIRE)


def runs(experiment: Optional[str] = None, parent: Optional[str] = None) -> List[Document]:
    """The runs of an experiment, or the child runs of a run, newest first."""
    above = home.own("runs")
    found = []
    for name in os.listdir(above):
        document = _load(os.path.join(above, name, START))
        if document and experiment in (None, document["experiment"]) and parent in (None, document["parent"]):
            found.append(document)
    return sorted(found, key=lambda document: document["started_at"], reverse=True)


def _read(run_id: str, name: str) -> Optional[Document]:
    return _load(os.path.join(folder(run_id), name))


def _load(path: str) -> Optional[Document]:
    try:
        with open(path, encoding="utf-8") as file:
            document: Document = json.load(file)
            return document
    except FileNotFoundError:
        return None


def _write(run_id: str, name: str, document: Document) -> None:
    path = os.path.join(os.path.dirname(wire(run_id)), name)
    temporary = "%s.%d" % (path, os.getpid())
    with open(temporary, "w", encoding="utf-8", opener=home.private) as file:
        json.dump(document, file, indent=1)
    os.replace(temporary, path)
