"""An environment is prepared by one file, which says where the layer lies and who answers, and is taken away again."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from hyperstep.azureml_v1 import prepared
from hyperstep.errors import SubmissionError


@pytest.fixture
def environment(tmp_path) -> Path:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    return tmp_path / "venv"


def python(environment: Path, script: str) -> subprocess.CompletedProcess[str]:
    command = [str(environment / "bin" / "python"), "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={}, cwd="/")


IMPORT = "from azureml.exceptions import AzureMLException; import sys; print('click' in sys.modules)"


def test_an_environment_without_hyperstep_imports_azureml_and_nothing_else_of_ours(environment):
    prepared.enable(str(environment))

    assert python(environment, IMPORT).stdout == "False\n"
    assert "No module named 'click'" in python(environment, "import click").stderr


def test_the_interpreter_that_answers_is_known_there(environment):
    prepared.enable(str(environment / "bin" / "python"))
    script = "import azureml\nfrom hyperstep.azureml_v1 import prepared\nprint(prepared.answering())"

    assert python(environment, script).stdout == f"{sys.executable}\n"


def test_an_older_interpreter_asks_the_one_that_answers(environment, tmp_path):
    prepared.enable(str(environment))
    script = (
        "import azureml, os\nfrom hyperstep.azureml_v1 import ask\nask.OLDEST = (99,)\n"
        f"os.environ['HYPERSTEP_WORKSPACE'] = {str(tmp_path)!r}\n"
        "from hyperstep.azureml_v1.exceptions import ServiceException\n"
        "try:\n    ask.ask('runs.run', run='1')\n"
        "except ServiceException as error:\n    print('answered')"
    )

    assert python(environment, script).stdout == "answered\n"


def test_an_environment_that_is_not_prepared_has_none_to_answer():
    assert prepared.answering() == ""


def test_disabling_takes_everything_away(environment):
    before = sorted(environment.rglob("*"))
    path = Path(prepared.enable(str(environment)))

    assert sorted({*environment.rglob("*")} - set(before)) == [path]
    assert prepared.disable(str(environment))
    assert sorted(environment.rglob("*")) == before
    assert not prepared.disable(str(environment))
    assert "No module named 'azureml'" in python(environment, IMPORT).stderr


def test_the_file_runs_no_code_at_start(environment):
    lines = Path(prepared.enable(str(environment))).read_text().splitlines()

    assert [line for line in lines if not line.startswith("#")] == [prepared.ENTRY]


def test_beside_azures_own_sdk_it_refuses(environment):
    (installed,) = environment.glob("lib/python3*/site-packages")
    (installed / "azureml_core-1.61.0.dist-info").mkdir()

    with pytest.raises(SubmissionError, match=r"azureml_core-1\.61\.0"):
        prepared.enable(str(environment))
    assert not list(environment.rglob(prepared.FILE))


def test_what_is_no_python_is_said(tmp_path):
    with pytest.raises(SubmissionError, match="names no Python"):
        prepared.enable(str(tmp_path))
