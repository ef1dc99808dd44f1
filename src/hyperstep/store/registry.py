"""Registry: versions of models, and results of earlier steps that can be taken again."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Sequence
from typing import Protocol

from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import Event, ModelAliased, ModelRegistered, ModelRequested, ReuseAnswered, StepReady
from hyperstep.engine.ids import RunId
from hyperstep.errors import NotFound
from hyperstep.store.encoding import plain, value_from_text


class Holdings(Protocol):
    """What is still stored."""

    def contains(self, artifact: Artifact) -> bool:
        """True if all bytes of the artifact are there."""


def grant(db: sqlite3.Connection, wish: ModelRequested) -> Sequence[Event]:
    """The events that grant a wish: none if it was granted before; the wish itself too if it isn't recorded yet."""
    if db.execute("SELECT 1 FROM model WHERE request = ?", [wish.request]).fetchone():
        return ()
    recorded = db.execute("SELECT 1 FROM wish WHERE request = ?", [wish.request]).fetchone()
    (last,) = db.execute("SELECT max(version) FROM model WHERE name = ?", [plain(wish.name)]).fetchone()
    granted = ModelRegistered(request=wish.request, name=wish.name, version=(last or 0) + 1)
    return (granted,) if recorded else (wish, granted)


def point(db: sqlite3.Connection, name: str, alias: str, version: int) -> tuple[RunId, Sequence[Event]]:
    """The events that point an alias to a version, and the run that they belong to: the version's own."""
    found = db.execute("SELECT run FROM model WHERE name = ? AND version = ?", [plain(name), version]).fetchone()
    if found is None:
        raise no_model(db, name, version)
    return found[0], (ModelAliased(name=name, alias=alias, version=version),)


def find_equal(db: sqlite3.Connection, ready: StepReady, artifacts: Holdings | None) -> ReuseAnswered:
    """The newest step that computed this fingerprint and whose outputs are all still stored, or the answer none."""
    rows = db.execute(
        "SELECT id, outputs, best FROM step WHERE fingerprint = ? AND state = 'completed' AND id <> ? "
        "ORDER BY ended DESC",
        [ready.fingerprint, ready.step],
    )
    for step, text, best in rows.fetchall():
        outputs = value_from_text(text)
        if artifacts is None or all(artifacts.contains(artifact) for artifact in outputs.values()):
            return ReuseAnswered(step=ready.step, reused=step, outputs=outputs, best=best)
    return ReuseAnswered(step=ready.step)


def no_model(db: sqlite3.Connection, name: str, version: int | str | None = None) -> NotFound:
    """Says what there is instead of the model or version that was asked for."""
    found = db.execute("SELECT max(version) FROM model WHERE name = ?", [plain(name)]).fetchone()[0]
    if found is not None:
        aliases = [row[0] for row in db.execute("SELECT alias FROM alias WHERE name = ?", [plain(name)])]
        known = f"its aliases are {', '.join(map(repr, sorted(aliases)))}" if aliases else "it has no aliases"
        return NotFound(f"Model {name!r} has no version {version!r}. Its newest version is {found}; {known}.")
    names = [row[0] for row in db.execute("SELECT DISTINCT name FROM model")]
    near = difflib.get_close_matches(name, names, n=3) or names[:3]
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "No model has been registered yet."
    return NotFound(f"There is no model {name!r}. {hint}")
