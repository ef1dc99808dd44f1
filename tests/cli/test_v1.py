"""`hyperstep v1`: what is no command is a program, and the rest is the program's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hyperstep.azureml_v1 import shelf


def v1(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HYPERSTEP_")}
    command = [sys.executable, "-m", "hyperstep", "v1", *words]
    return subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, timeout=60, check=False)


def test_options_after_the_program_are_its_own(tmp_path):
    (tmp_path / "program.py").write_text("import sys\nprint(sys.argv)\n")

    assert v1(tmp_path, "program.py", "--help", "-m", "--").stdout == "['program.py', '--help', '-m', '--']\n"


def test_help_says_how_a_program_is_run(tmp_path):
    printed = v1(tmp_path, "--help").stdout

    assert "Usage: hyperstep v1 [OPTIONS] FILE | -m MODULE | COMMAND" in printed
    assert "enable" in printed


def test_a_program_leaves_no_trace_of_the_command_that_runs_it(tmp_path):
    (tmp_path / "program.py").write_text(
        "import argparse\nprint(argparse.ArgumentParser().prog, __name__, globals().keys() - {'argparse'})\n"
    )
    names = v1(tmp_path, "program.py").stdout
    expected = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert names.split()[:2] == ["program.py", "__main__"]
    assert sorted(eval(names.split(" ", 2)[2])) == sorted(
        {*eval(expected.stdout.split(" ", 2)[2])} - {"__annotations__", "__cached__"}
    )


def test_an_address_is_answered_from_a_file(tmp_path, monkeypatch):
    (tmp_path / "here.csv").write_text("a\n1\n")
    address = "https://example.com/data/a.csv?x=1"
    done = v1(tmp_path, "data", address, "here.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)

    assert done.returncode == 0, done.stderr
    assert shelf.names("datasets.urls") == [address]
    assert shelf.get("datasets.urls", address) == {"path": str(tmp_path / "here.csv")}


def test_a_file_that_is_not_there_answers_nothing(tmp_path):
    done = v1(tmp_path, "data", "https://example.com/a.csv", "absent.csv")

    assert done.returncode == 2
    assert "absent.csv" in done.stderr
    assert not (tmp_path / ".hyperstep").exists()
