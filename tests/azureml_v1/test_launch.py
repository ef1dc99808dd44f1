"""A program is run as Python would run it, with azureml at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import __main__
from azureml.exceptions import UserErrorException

class Local:
    pass

def work():
    if "fail" in sys.argv:
        raise UserErrorException("on purpose")
    if "refuse" in sys.argv:
        from azureml.core.model import InferenceConfig
        InferenceConfig()

if __name__ == "__main__":
    print(__file__, __package__, __spec__ and __spec__.name, sys.argv, sys.path[0])
    print(__main__.Local is Local, Local.__module__)
    work()
    if "exit" in sys.argv:
        sys.exit(7)
"""
ENABLED_IN_PYTHON = "from hyperstep.azureml_v1 import enable\nenable()\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "package").mkdir()
    for name in ("program.py", "package/__init__.py", "package/module.py", "package/__main__.py"):
        (tmp_path / name).write_text("" if name.endswith("__init__.py") else PROGRAM)
    return tmp_path


def under(command: list[str], folder: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def v1(folder: Path, *words: str) -> tuple[int, str, str]:
    return under(["-m", "hyperstep", "v1", *words], folder)


@pytest.mark.parametrize(
    "words",
    [
        ["program.py"],
        ["package/module.py", "a b", "--help", "--", "-x"],
        ["package"],
        ["-m", "package.module", "-m", "x"],
        ["-m", "package"],
        ["program.py", "exit"],
    ],
    ids=" ".join,
)
def test_it_sees_what_python_would_show_it(folder, words):
    code, out, err = v1(folder, *words)
    # Python itself finds azureml by the entry that an enabled process hands on.
    script = f"{ENABLED_IN_PYTHON}import subprocess, sys\nsys.exit(subprocess.call([sys.executable, *{words!r}]))"
    expected = under(["-c", script], folder)

    assert err == ""
    assert (code, out) == expected[:2]
    assert out


def test_an_error_prints_the_programs_own_lines_first(folder):
    code, _, err = v1(folder, "program.py", "fail")
    lines = err.splitlines()

    assert code == 1
    assert lines[:2] == ["Traceback (most recent call last):", f'  File "{folder}/program.py", line 19, in <module>']
    assert "launch.py" not in err
    assert "\tMessage: on purpose" in lines


def test_a_refusal_ends_the_program_with_its_place_and_sentence(folder):
    code, _, err = v1(folder, "program.py", "refuse")

    assert code == 1
    assert "line 14, in work" in err
    assert "InferenceConfig isn't available on this machine" in err


def test_a_fault_in_the_text_is_shown_as_python_shows_it(folder):
    (folder / "program.py").write_text("x = (1\n")
    code, _, err = v1(folder, "program.py")

    assert code == 1
    assert err == under(["program.py"], folder)[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.py"], "There is no file 'missing.py'"),
        (["-m", "missing"], "There is no module 'missing'"),
        (["-m", "package.missing"], "There is no module 'package.missing'"),
        (["-m"], "-m needs the name of a module"),
        (["--fast"], "There is no option '--fast'"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_sentence(folder, words, said):
    code, out, err = v1(folder, *words)

    assert (code, out) == (2, "")
    assert said in err


def test_a_module_that_a_package_misses_is_an_error_of_the_program(folder):
    (folder / "package" / "__init__.py").write_text("import nothing_like_this\n")
    code, _, err = v1(folder, "-m", "package.module")

    assert code == 1
    assert "No module named 'nothing_like_this'" in err


def test_processes_of_a_pool_find_what_the_program_defines(folder):
    (folder / "program.py").write_text(
        "import multiprocessing\n"
        "def twice(x):\n    from azureml.exceptions import AzureMLException\n    return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        print(pool.map(twice, [1, 2]))\n"
    )

    assert v1(folder, "program.py") == (0, "[2, 4]\n", "")
