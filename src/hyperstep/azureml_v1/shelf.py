"""The shelf: what v1 code records by name and version, as JSON files.

    .hyperstep/azureml_v1/shelf/<kind>/<name>/<version>.json

Compute targets, environments, data sets, data stores, published pipelines,
endpoints and schedules stand here; runs and models are the store's. A file is
written under another name and linked to its own, which succeeds once: so two
processes never get the same version, and no file is ever half.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Dict, List, Optional
from urllib.parse import unquote

from hyperstep.azureml_v1 import home
from hyperstep.filenames import kept_name

Document = Dict[str, Any]


def add(kind: str, name: str, document: Document) -> int:
    """Keep a new version of something; returns its number, from 1."""
    version = (versions(kind, name) or [0])[-1] + 1
    while not _write(kind, name, version, document, replace=False):
        version += 1
    return version


def put(kind: str, name: str, document: Document, version: int = 1) -> None:
    """Keep something in place of what was there."""
    _write(kind, name, version, document, replace=True)


def get(kind: str, name: str, version: Optional[int] = None) -> Optional[Document]:
    """A version, or the newest; None if there is none."""
    number = version if version is not None else (versions(kind, name) or [0])[-1]
    try:
        with open(os.path.join(_place(kind, name), "%d.json" % number), encoding="utf-8") as file:
            document: Document = json.load(file)
            return document
    except FileNotFoundError:
        return None


def names(kind: str) -> List[str]:
    """All names of a kind, sorted."""
    try:
        return sorted(unquote(name) for name in os.listdir(os.path.join(home.own("shelf"), kind)))
    except FileNotFoundError:
        return []


def versions(kind: str, name: str) -> List[int]:
    """The versions of a name, oldest first; empty if there is none."""
    try:
        found = os.listdir(_place(kind, name))
    except FileNotFoundError:
        return []
    return sorted(int(file[:-5]) for file in found if file.endswith(".json") and file[:-5].isdigit())


def remove(kind: str, name: str) -> bool:
    """Take a name away with all its versions; False if it wasn't there."""
    place = _place(kind, name)
    found = versions(kind, name)
    for version in found:
        os.remove(os.path.join(place, "%d.json" % version))
    if os.path.isdir(place):
        try:
            os.rmdir(place)
        except OSError:  # somebody has just put a version there
            pass
    return bool(found)


def _place(kind: str, name: str) -> str:
    return os.path.join(home.own("shelf"), kind, kept_name(name, "what is kept"))


def _write(kind: str, name: str, version: int, document: Document, *, replace: bool) -> bool:
    place = _place(kind, name)
    home.make(place)
    path = os.path.join(place, "%d.json" % version)
    descriptor, temporary = tempfile.mkstemp(dir=place, suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
            return True
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    return True
