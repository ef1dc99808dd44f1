"""Nobody else gets at a workspace, whatever the umask is and whatever scripts do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time

import pytest

from hyperstep import Pipeline, Source, Step
from hyperstep.errors import WorkspaceNotYours
from hyperstep.store import queries
from hyperstep.workspace import Workspace

DEADLINE = 120  # seconds
OPEN = """
import os, sys
from hyperstep import tracking
os.makedirs("outputs/deep/er")
for name in ("outputs/model", "outputs/deep/er/file", "scratch", "../beside"):
    open(name, "w").write("x")
    os.chmod(name, 0o666)
os.chmod("outputs/deep", 0o777)
os.chmod("outputs/model", 0o755)
os.makedirs("../aside", 0o777, exist_ok=True)
os.symlink(os.environ["OUTSIDE"], "link")
os.link(os.environ["OUTSIDE"], "second")
if "--data" in sys.argv:
    open(sys.argv[sys.argv.index("--data") + 1], "wb").write(b"x" * 17_000_000)
tracking.metric("score", 1.0)
tracking.artifact("kept", "outputs")
tracking.register("m", "outputs/model")
tracking.checkpoint_folder()
"""
READ = "import sys; open(sys.argv[2], 'rb').read()"
PIPELINE = """
from hyperstep import *
from hyperstep.search.samplers.grid import GridSampler
source = Source("steps")
make = Step("open.py", name="make", source=source, arguments=["--data", Output("data")])
tune = TuneStep(Step("open.py", name="try", source=source), name="tune", space={"x": choice(1, 2)},
                metric=maximize("score"), sampler=GridSampler(), limits=Limits(trials=2, concurrent=2))
read = Step("read.py", name="read", source=source, arguments=["--data", make.output("data")])
pipeline = Pipeline("p", [make, tune, read, RegisterStep("m", tune.best_file("outputs/model"))])
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "open.py").write_text(OPEN)
    (tmp_path / "steps" / "open.py").chmod(0o777)
    (tmp_path / "steps" / "read.py").write_text(READ)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "outside").write_text("of somebody else")
    (tmp_path / "outside").chmod(0o644)
    monkeypatch.setenv("OUTSIDE", str(tmp_path / "outside"))
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*arguments, umask):
    command = [sys.executable, "-m", "hyperstep", *arguments]
    done = subprocess.run(command, umask=umask, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def wider(home):
    """What others than the owner may do anything with; links have no mode, and a second name has that of the first."""
    found = {}
    for above, folders, files in os.walk(home):
        for path in [above, *(f"{above}/{name}" for name in (*folders, *files))]:
            status = os.lstat(path)
            several = stat.S_ISREG(status.st_mode) and status.st_nlink > 1
            if not stat.S_ISLNK(status.st_mode) and not several and status.st_mode & 0o077:
                found[path.removeprefix(f"{home}/")] = oct(status.st_mode & 0o777)
    return found


def test_a_whole_run_leaves_nothing_that_others_may_touch(project):
    called("run", "pipeline.py", umask=0)

    assert wider(project / ".hyperstep") == {}
    assert stat.S_IMODE((project / "outside").stat().st_mode) == 0o644


def test_a_detached_run_leaves_nothing_that_others_may_touch(project):
    called("run", "pipeline.py", "--detach", umask=0)
    until = time.monotonic() + DEADLINE
    while not ended(project):
        assert time.monotonic() < until
        time.sleep(0.05)

    assert wider(project / ".hyperstep") == {}


def ended(project):
    with Workspace.open(project, read_only=True) as workspace:
        return queries.run(workspace.store.db, "1").ended_at is not None


def test_what_is_copied_out_of_a_workspace_has_the_modes_of_ones_own_files(project):
    called("run", "pipeline.py", umask=0o022)
    called("best", "1", "--copy", "copy", umask=0o022)

    assert stat.S_IMODE((project / "copy" / "outputs" / "deep" / "er" / "file").stat().st_mode) == 0o644
    assert stat.S_IMODE((project / "copy" / "outputs" / "model").stat().st_mode) == 0o755


def test_a_script_keeps_the_users_umask(project):
    (project / "steps" / "open.py").write_text("import os; open(os.environ['OUTSIDE'] + '2', 'w')")
    step = Step("open.py", name="open", source=Source("steps"))
    before = os.umask(0o002)
    try:
        with Workspace.open(project) as workspace:
            workspace.drive(workspace.submit(Pipeline("p", [step])))
    finally:
        os.umask(before)

    assert stat.S_IMODE((project / "outside2").stat().st_mode) == 0o664


def test_a_workspace_that_others_may_enter_is_closed_when_it_is_opened(project):
    Workspace.open(project).close()
    (project / ".hyperstep").chmod(0o775)

    Workspace.open(project, read_only=True).close()
    assert stat.S_IMODE((project / ".hyperstep").stat().st_mode) == 0o775
    Workspace.open(project).close()
    assert stat.S_IMODE((project / ".hyperstep").stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_workspace_of_somebody_else_is_read_and_not_driven(project):
    Workspace.open(project).close()
    os.chown(project / ".hyperstep", 12345, 12345)

    Workspace.open(project, read_only=True).close()
    with pytest.raises(WorkspaceNotYours, match="belongs to user 12345"):
        Workspace.open(project)


def test_a_workspace_that_is_a_link_is_that_of_the_folder_it_leads_to(project):
    Workspace.open(project).close()
    (project / ".hyperstep").rename(project / "moved")
    (project / ".hyperstep").symlink_to("moved")
    (project / "moved").chmod(0o755)

    Workspace.open(project).close()

    assert stat.S_IMODE((project / "moved").stat().st_mode) == 0o700
