"""Half-finished runs of every released schema, each as the code of its day left it: schemas/make.py made them."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from hyperstep.engine.events import JobRequested
from hyperstep.errors import WorkspaceTooNew
from hyperstep.store import queries
from hyperstep.store.upgrade import SCHEMA
from hyperstep.workspace import Workspace

KEPT = Path(__file__).parent / "schemas"
SCHEMAS = sorted(int(file.stem.partition("-")[2]) for file in KEPT.glob("schema-*.zip"))


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """Unpacks the workspace of a schema into a folder; its trials note their value in `ledger`."""
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))

    def unpack(schema: int) -> Path:
        with zipfile.ZipFile(KEPT / f"schema-{schema}.zip") as packed:
            packed.extractall(tmp_path / ".hyperstep")
        return tmp_path

    return unpack


def contents(folder: Path) -> dict[str, bytes]:
    """All files, but those that any reader of a database leaves beside it, empty of content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): content for path in files if (content := path.read_bytes()) and not path.name.endswith("-shm")}


def test_a_workspace_of_every_older_schema_is_kept():
    assert set(range(1, SCHEMA)) <= set(SCHEMAS)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_half_finished_run_of_a_released_schema_goes_on_to_its_end(unpacked, schema):
    folder = unpacked(schema)
    with closing(sqlite3.connect(folder / ".hyperstep" / "hyperstep.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema,)
    with Workspace.open(folder, create=False) as workspace:
        ended = workspace.drive("1")
        db = workspace.store.db
        trials = {row.values["x"]: (row.state, row.best_score) for row in queries.trials(db, "1/tune")}
        asked = [one.event.job.id for one in queries.events(db, "1", [JobRequested])]
        model = queries.model(db, "tiny", 1)

    assert ended.result.value == "completed"
    assert trials == {x: ("completed", 1.0 - (x - 2) ** 2) for x in (1, 2, 3, 4)}
    assert sorted((folder / "ledger").read_text().split()) == ["3", "4"]  # what was done isn't done again
    assert asked.count("1/tune/0.0") == asked.count("1/tune/1.0") == 1
    assert model.trial == "1/tune/1"


@pytest.mark.parametrize("read_only", [False, True])
def test_a_workspace_of_a_later_schema_is_refused_with_its_number_and_nothing_is_written(unpacked, read_only):
    folder = unpacked(SCHEMAS[-1])
    with closing(sqlite3.connect(folder / ".hyperstep" / "hyperstep.db")) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = contents(folder)

    with pytest.raises(WorkspaceTooNew, match=rf"its schema is {SCHEMA + 1}.*Upgrade hyperstep"):
        Workspace.open(folder, read_only=read_only)
    assert contents(folder) == before
