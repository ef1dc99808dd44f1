"""Check that versions agree: the package with the changelog, and everything installed with constraints.txt."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

import hyperstep

ROOT = Path(__file__).resolve().parent.parent
NOT_PINNED = {"hyperstep", "setuptools"}  # ourselves, and what Python 3.11 puts into a new virtual environment


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonical(name): version for name, version in pins}


def disagreements() -> list[str]:
    found = []
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    newest = heading[1] if heading else "nothing"
    if newest != hyperstep.__version__:
        found.append(f"CHANGELOG.md begins with {newest}, but hyperstep.__version__ is {hyperstep.__version__}.")
    pins = pinned()
    installed = {canonical(package.name): package.version for package in distributions()}
    for name, version in sorted(installed.items()):
        if name not in NOT_PINNED and pins.get(name) != version:
            pin = f"pins {pins[name]}" if name in pins else "doesn't name it"
            found.append(f"{name} {version} is installed, but constraints.txt {pin}.")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(disagreements()) or 0)
