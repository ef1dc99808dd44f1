"""The tests themselves, tested: each planted defect must turn them red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from defects import DEFECTS, Defect

ROOT = Path(__file__).resolve().parents[2]
SOAK = os.environ.get("HYPERSTEP_SOAK") == "1"

FAILED = 1  # what pytest ends with if a test failed, and only then


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_the_defect_is_caught(defect: Defect, tmp_path):
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    file = source / "hyperstep" / defect.file
    text = file.read_text(encoding="utf-8")
    assert text.count(defect.right) == 1, f"{defect.file} has changed: plant {defect.name!r} anew"
    file.write_text(text.replace(defect.right, defect.wrong), encoding="utf-8")
    tests = ("tests",) if SOAK else defect.tests
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=3600)

    assert found.returncode == FAILED, found.stdout[-2000:] + found.stderr[-2000:]


def test_there_are_at_least_fifteen_and_each_is_named_once():
    names = Counter(defect.name for defect in DEFECTS)

    assert len(names) >= 15
    assert set(names.values()) == {1}
