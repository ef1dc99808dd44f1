"""Named environments of a workspace.

    .hyperstep/environments/
        <name>.json     what it asks for, and the interpreter that was chosen for it
        <digest>/       a virtual environment that was built for what is asked

An environment that nobody chose an interpreter for runs in hyperstep's own.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from hyperstep.environments.requirements import Requirements
from hyperstep.errors import NotFound
from hyperstep.filenames import kept_name
from hyperstep.interpreter import check

FOLDER = "environments"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEnvironment:
    """An environment that steps name.

    python: path of the interpreter, or empty for hyperstep's own.
    built: digest of the requirements that it was built for, or empty if it was named by hand.
    """

    name: str
    wanted: Requirements = field(default_factory=Requirements)
    python: str = ""
    built: str = ""

    @property
    def outdated(self) -> bool:
        """True if it was built for other requirements than it has now."""
        return bool(self.built) and self.built != self.wanted.digest


def environments(home: Path) -> tuple[NamedEnvironment, ...]:
    """All that the workspace knows of, sorted by name. home: the folder `.hyperstep`."""
    files = sorted((home / FOLDER).glob("*.json"))
    return tuple(_read(file) for file in files)


def environment(home: Path, name: str) -> NamedEnvironment:
    """One of them. Raises NotFound if there is none of this name."""
    file = _file(home, name)
    if not file.exists():
        known = ", ".join(repr(one.name) for one in environments(home)) or "none yet"
        raise NotFound(
            f"The workspace knows no environment {name!r}; it knows {known}. Those of Azure code are known once "
            f"it has submitted something; any name can be given an interpreter: hyperstep env use {name} PYTHON."
        )
    return _read(file)


def note(home: Path, name: str, wanted: Requirements) -> NamedEnvironment:
    """Remember what an environment asks for now; returns it with the interpreter that was chosen before, if any."""
    file = _file(home, name)
    before = _read(file) if file.exists() else NamedEnvironment(name=name)
    if before.wanted == wanted and file.exists():
        return before
    return _keep(home, replace(before, wanted=wanted))


def use(home: Path, name: str, python: str, *, built: str = "") -> NamedEnvironment:
    """Choose an environment's interpreter: a file, or the folder of a virtual environment.

    Raises DefinitionError if it isn't a Python of 3.8 or later.
    """
    path = str(Path(python).expanduser().absolute())
    check(path)
    file = _file(home, name)
    before = _read(file) if file.exists() else NamedEnvironment(name=name)
    return _keep(home, replace(before, python=path, built=built))


def forget(home: Path, name: str) -> None:
    """Let an environment run in hyperstep's own interpreter again. Raises NotFound if there is none of this name."""
    environment(home, name)
    _file(home, name).unlink()


def _file(home: Path, name: str) -> Path:
    return home / FOLDER / f"{kept_name(name, 'an environment', most=250)}.json"


def _read(file: Path) -> NamedEnvironment:
    document = json.loads(file.read_text(encoding="utf-8"))
    wanted = document.pop("wanted")
    return NamedEnvironment(
        **document,
        name=unquote(file.stem),
        wanted=Requirements(
            python=wanted["python"], packages=tuple(wanted["packages"]), left_out=tuple(wanted["left_out"])
        ),
    )


def _keep(home: Path, kept: NamedEnvironment) -> NamedEnvironment:
    file = _file(home, kept.name)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    wanted = {
        "python": kept.wanted.python,
        "packages": list(kept.wanted.packages),
        "left_out": list(kept.wanted.left_out),
    }
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, suffix=".new")
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump({"python": kept.python, "built": kept.built, "wanted": wanted}, out, indent=1)
    Path(temporary).replace(file)
    return kept
