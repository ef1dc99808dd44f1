"""The documentation names everything that a user can name, and what it shows runs as it is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import hyperstep
from hyperstep import tracking
from hyperstep.cli.main import COMMANDS
from hyperstep.engine.events import Event
from hyperstep.plugins import known_kinds

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *DOCS,
    *sorted(ROOT.glob("*/*/README.md")),
]

MARKED = re.compile(r"<!-- (run|file: (\S+)) -->\n```\w+\n(.*?)```", re.DOTALL)

PREPARE = """
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("--data")
with open(parser.parse_args().data, "w") as data:
    json.dump([[x / 10, 3 * x / 10 + 1] for x in range(10)], data)
"""

TRAIN = """
import argparse, json, pickle
from pathlib import Path
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--alpha", type=float)
args = parser.parse_args()
points = json.loads(Path(args.data).read_text())
slope = sum(x * y for x, y in points) / (sum(x * x for x, _ in points) + args.alpha)
mean = sum(y for _, y in points) / len(points)
left = sum((y - slope * x) ** 2 for x, y in points)
tracking.metric("r2", 1 - left / sum((y - mean) ** 2 for _, y in points))
Path("outputs").mkdir(exist_ok=True)
Path("outputs/model.pkl").write_bytes(pickle.dumps(slope))
"""


def in_code(pages: list[Path]) -> set[str]:
    """The words that stand as code somewhere in the pages."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {word for piece in code for word in re.findall(r"[\w-]+", piece)}


def test_every_public_name_is_documented():
    assert set(hyperstep.__all__) - in_code(DOCS) == set()


def test_everything_that_a_script_can_say_is_documented():
    assert set(tracking.__all__) - in_code([ROOT / "docs" / "tracking.md"]) == set()


def test_every_sampler_and_policy_that_is_documented_is_there():
    named = {word for word in in_code(PAGES) if re.fullmatch(r"[A-Z]\w+(Sampler|Policy)", word)}

    assert named - {"TerminationPolicy"} - {kind.__name__ for kind in known_kinds()} == set()


def test_every_event_is_documented():
    assert {kind.__name__ for kind in get_args(Event)} - in_code([ROOT / "docs" / "engine.md"]) == set()


@pytest.mark.parametrize("command", [name for section in COMMANDS.values() for name in section])
def test_every_command_is_documented(command):
    assert f"hyperstep {command}" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    files = [link for link in links if "://" not in link]

    assert [link for link in files if not (page.parent / link).exists()] == []


def test_the_readme_runs_as_it_is_shown(tmp_path):
    marked = MARKED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "prepare.py").write_text(PREPARE)
    (tmp_path / "train.py").write_text(TRAIN)
    for _, name, content in marked:
        if name:
            (tmp_path / name).write_text(content)
    commands = [line for kind, _, content in marked if kind == "run" for line in content.splitlines()]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    outcomes = {
        command: subprocess.run(
            command.split(), cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
        for command in commands
    }

    assert commands[0] == "hyperstep run pipeline.py"
    assert {command: done.stderr for command, done in outcomes.items() if done.returncode} == {}
    assert "r2" in outcomes["hyperstep best"].stdout
