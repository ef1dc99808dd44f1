"""Keep: the runs that people want left as they are, whatever is cleared."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = "kept.json"


def kept_runs(home: Path) -> frozenset[str]:
    """The ids of the runs that are to be left as they are. home: the workspace's `.hyperstep`."""
    try:
        return frozenset(json.loads((home / _FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()


def keep(home: Path, runs: frozenset[str]) -> None:
    """Leave these runs as they are from now on, and no others."""
    aside = home / f"{_FILE}.new"
    aside.touch(0o600)
    aside.write_text(json.dumps(sorted(runs, key=int)), encoding="utf-8")
    aside.replace(home / _FILE)
