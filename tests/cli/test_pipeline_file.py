import sys

import pytest

from hyperstep.cli.pipeline_file import find
from hyperstep.errors import DefinitionError, SubmissionError

PIPELINE = """
from hyperstep import Pipeline, Step
pipeline = Pipeline("plain", [Step("a.py")])
other = Pipeline("other", [Step("a.py")])
def made():
    return Pipeline("made", [Step("a.py")])
def asked(name): ...
"""


@pytest.fixture(autouse=True)
def imports(monkeypatch, tmp_path):
    """What is imported is forgotten afterwards; the working folder is an empty one."""
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    monkeypatch.chdir(tmp_path)


def write(path, text=PIPELINE):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_file_s_paths_are_seen_from_its_folder(tmp_path):
    write(tmp_path / "project" / "p.py")
    found = find("project/p.py")

    assert (found.pipeline.name, found.base, found.origin) == ("plain", tmp_path / "project", "project/p.py")


def test_a_module_s_paths_are_seen_from_the_working_folder(tmp_path):
    write(tmp_path / "service" / "pipelines.py")
    found = find("service.pipelines:other")

    assert (found.pipeline.name, found.base) == ("other", tmp_path)


def test_a_file_finds_the_modules_beside_it(tmp_path):
    write(tmp_path / "project" / "p.py", "from steps_of_mine import pipeline")
    write(tmp_path / "project" / "steps_of_mine.py")

    assert find("project/p.py").pipeline.name == "plain"


def test_a_file_may_be_named_like_a_module_of_the_standard_library(tmp_path):
    write(tmp_path / "json.py")

    assert find("json.py").pipeline.name == "plain"
    assert hasattr(sys.modules["json"], "dumps")


def test_a_function_may_make_the_pipeline(tmp_path):
    write(tmp_path / "p.py")

    assert find("p.py:made").pipeline.name == "made"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("pp.py", r"no file 'pp\.py'\. Did you mean 'p\.py'"),
        ("p.py:absent", r"p\.py defines no 'absent'\. It has 'pipeline' and 'other': run p\.py:pipeline"),
        ("none.py", r"defines no 'pipeline'\. Write: pipeline = "),
        ("none.py:x", r"'x' in none\.py is or returns a int"),
        ("absent.module", r"There is no module 'absent\.module'"),
        ("p.absent", r"There is no module 'p\.absent'"),
        ("none", r"none defines no 'pipeline'"),
        (".", r"'\.' is a folder, and a file .* was expected\. It has 'none\.py' and 'p\.py'"),
        ("..", r"'\.\.' is a folder"),
        ("./", r"'\./' is a folder"),
        (".relative", r"'\.relative' names neither a file nor a module"),
        ("a..b", r"'a\.\.b' names neither"),
        ("", r"'' names neither"),
        ("my file.py", r"run 'my file\.py:other'"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(tmp_path, target, message):
    write(tmp_path / "p.py")
    write(tmp_path / "none.py", "x = 3")
    if target == "my file.py":
        write(tmp_path / target, PIPELINE.replace("pipeline =", "other ="))

    with pytest.raises(SubmissionError, match=message):
        find(target)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "def build():\n    return 1 / 0\nbuild()",
            ["bad.py", "line 2, in build", "ZeroDivisionError: division by zero"],
        ),
        ("x = (", ["bad.py", "SyntaxError"]),
        ("import absent_package", ["bad.py", "line 1", "No module named 'absent_package'"]),
        ("raise SystemExit(3)", ["bad.py", "SystemExit: 3"]),
        ("from hyperstep import Step\nStep('')", ["bad.py", "line 2", "script is empty"]),
    ],
)
def test_what_a_file_raises_is_shown_with_its_line(tmp_path, text, words):
    write(tmp_path / "bad.py", text)

    with pytest.raises(DefinitionError) as raised:
        find("bad.py")
    with pytest.raises(DefinitionError) as raised_by_module:
        find("bad")

    for shown in (str(raised.value), str(raised_by_module.value)):
        assert all(word in shown for word in words)
        assert "pipeline_file.py" not in shown
        assert "<string>" not in shown
        assert len(shown.splitlines()) < 15


def test_a_function_that_fails_is_shown_with_its_line(tmp_path):
    write(tmp_path / "p.py")

    with pytest.raises(DefinitionError, match=r"asked\(\) missing 1 required positional argument: 'name'"):
        find("p.py:asked")
