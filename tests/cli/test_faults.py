import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ONE_STEP = "from hyperstep import Pipeline, Step\npipeline = Pipeline('p', [Step('a.py')])\n"
SMALL = 200_000  # bytes of a file at most, which stands for a disk that is full


@pytest.fixture
def one_step(project, tmp_path):
    (tmp_path / "pipeline.py").write_text(ONE_STEP)
    (tmp_path / "a.py").write_text("print('done')")
    return project


def one_line(text):
    """What was complained about, which is to be one line."""
    (line,) = text.splitlines()
    return line


def test_a_workspace_that_is_a_file_is_said_in_one_line(one_step, tmp_path):
    (tmp_path / ".hyperstep").touch()
    line = one_line(one_step("run", "pipeline.py", code=2).err)

    assert str(tmp_path / ".hyperstep") in line
    assert "move it away" in line


@pytest.mark.parametrize("command", [["run", "pipeline.py"], ["runs"], ["resume"]])
def test_a_database_that_is_garbage_is_said_in_one_line(one_step, tmp_path, command):
    (tmp_path / ".hyperstep").mkdir()
    (tmp_path / ".hyperstep" / "hyperstep.db").write_bytes(b"garbage" * 1000)
    line = one_line(one_step(*command, code=2).err)

    assert f"{tmp_path / '.hyperstep' / 'hyperstep.db'}': it isn't a database" in line
    assert "backup" in line


def test_a_database_whose_pages_are_damaged_is_said_in_one_line(copied):
    path = copied.folder / ".hyperstep" / "hyperstep.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    line = one_line(copied("runs", code=2).err)

    assert "hyperstep.db" in line
    assert "backup" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
@pytest.mark.parametrize("command", [["run", "pipeline.py"], ["init", "inner"]])
def test_a_folder_that_is_read_only_is_said_in_one_line(one_step, tmp_path, command):
    tmp_path.chmod(0o500)
    line = one_line(one_step(*command, code=2).err)
    tmp_path.chmod(0o700)

    assert "Permission denied" in line
    assert str(tmp_path) in line or "inner" in line


def test_a_run_that_can_not_be_written_on_says_how_to_go_on(project, tmp_path):
    (tmp_path / "pipeline.py").write_text(ONE_STEP)
    script = "from hyperstep import tracking\nfor i in range(20000): tracking.metric('m', i)\n"
    (tmp_path / "a.py").write_text(script)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, resource.RLIM_INFINITY))  # noqa: E731
    with project.start("run", "pipeline.py", preexec_fn=limit) as process:
        said = next(line for line in process.stdout if "storage is full or fails" in line)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert "hyperstep resume 1" in said
    assert process.returncode == 2
    assert one_line(err).endswith("Then go on: hyperstep resume 1")


@pytest.mark.parametrize("shell", ["{} >&-", "{} >/dev/full", "{} 2>&1 >/dev/full", "{} | head -1", "{} >&- 2>&- <&-"])
def test_a_run_goes_on_to_its_end_when_its_output_is_lost(one_step, tmp_path, shell):
    command = shell.format(f"({sys.executable} -m hyperstep run pipeline.py; echo $? >code)")
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=one_step.environment, capture_output=True, text=True, timeout=60
    )

    assert (tmp_path / "code").read_text() == "0\n"
    assert done.stderr == ""
    assert one_step.json("show")["state"] == "completed"


def test_a_run_goes_on_when_a_note_on_it_can_not_be_printed(one_step, tmp_path):
    tune = "TuneStep(Step('a.py'), name='tune', space={'a': choice(1)}, metric=maximize('m'), limits=Limits(trials=2))"
    (tmp_path / "pipeline.py").write_text(f"from hyperstep import *\npipeline = Pipeline('p', [{tune}])\n")
    (tmp_path / "a.py").write_text("from hyperstep import tracking; tracking.metric('m', 1)")
    assert "Note: " in one_step("run", "pipeline.py").err
    with Path("/dev/full").open("w") as full:
        process = one_step.start("run", "pipeline.py", "--fresh", stderr=full)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 0, out
    assert one_step.json("show", "2")["state"] == "completed"


def test_a_command_that_only_prints_says_that_it_could_not(finished):
    with Path("/dev/full").open("w") as full:
        process = finished.start("runs", stdout=full)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "No space left" in one_line(err)
