"""One driver per workspace, told apart by the kernel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from hyperstep.errors import WorkspaceBusy
from hyperstep.store.lock import WorkspaceLock, is_held

HOLD = """
import subprocess, sys
from pathlib import Path
from hyperstep.store.lock import WorkspaceLock

with WorkspaceLock(Path(sys.argv[1])):
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "workspace" / "driver.lock"


def hold(path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_second_driver_is_told_which_process_holds_the_workspace_where_and_since_when(path):
    with hold(path) as holder:
        child = int(holder.stdout.readline())
        with pytest.raises(WorkspaceBusy) as caught, WorkspaceLock(path):
            pass
        holder.stdin.close()
        os.kill(child, signal.SIGKILL)

    said = str(caught.value)
    assert f"process {holder.pid} on {os.uname().nodename} since 20" in said
    assert str(path.parent) in said


def test_a_driver_that_is_killed_lets_go_though_its_children_live(path):
    with hold(path) as holder:
        child = int(holder.stdout.readline())
        holder.kill()
        holder.wait()
        with WorkspaceLock(path):
            os.kill(child, 0)  # alive
        os.kill(child, signal.SIGKILL)


def test_the_lock_can_be_taken_again_after_it_was_let_go(path):
    for _ in range(2):
        with WorkspaceLock(path):
            assert str(os.getpid()) in path.read_text()
        assert path.read_text() == ""


def test_the_lock_is_held_against_the_same_process_too(path):
    with WorkspaceLock(path), pytest.raises(WorkspaceBusy, match=f"process {os.getpid()}"), WorkspaceLock(path):
        pass


def test_a_holder_that_has_not_yet_written_who_it_is_is_another_process(path):
    with WorkspaceLock(path):
        path.write_text("")
        with pytest.raises(WorkspaceBusy, match="driven by another process"), WorkspaceLock(path):
            pass


def test_a_lock_is_held_while_its_holder_lives_however_it_ends(path):
    assert not is_held(path)
    with WorkspaceLock(path):
        assert is_held(path)
    assert not is_held(path)
    with hold(path) as holder:
        child = int(holder.stdout.readline())
        assert is_held(path)
        holder.kill()
    os.kill(child, signal.SIGKILL)

    assert not is_held(path)


def test_to_ask_for_a_lock_leaves_it_free(path):
    with WorkspaceLock(path):
        pass
    path.write_text("a holder that died")

    assert not is_held(path)
    with WorkspaceLock(path):
        assert is_held(path)
