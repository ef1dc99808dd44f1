import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hyperstep.supervisor import linux, tree

MARKED = """
import os, subprocess, sys, time
from hyperstep.supervisor import linux
linux.set_mark(int(sys.argv[1]))
for arguments in (dict(), dict(env={}, start_new_session=True)):
    subprocess.Popen(["sleep", "60"], **arguments)
print("ready", flush=True)
time.sleep(60)
"""


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def marked(mark):
    process = subprocess.Popen([sys.executable, "-c", MARKED, str(mark)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


def test_a_mark_finds_a_process_and_all_that_it_started(tmp_path):
    mark = linux.mark_of(str(tmp_path))
    with marked(mark) as process:
        found = tree.members(mark, -1)
        tree.end(mark)

    assert len(found) == 3
    assert process.pid in found
    assert not any(map(runs, found))


def test_two_folders_have_two_marks(tmp_path):
    first, second = linux.mark_of(str(tmp_path / "1.0")), linux.mark_of(str(tmp_path / "1.1"))
    with marked(first):
        assert tree.members(second, -1) == []
        tree.end(first)

    assert first != second


def test_ending_what_is_not_there_takes_no_time(tmp_path):
    began = time.monotonic()
    tree.end(linux.mark_of(str(tmp_path)))

    assert time.monotonic() - began < 1


def test_children_that_lead_no_running_job_are_left_behind():
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        assert tree.left_behind(1, process.pid, ()) == [process.pid]
        assert tree.left_behind(1, process.pid, {process.pid}) == []
        assert tree.left_behind(1, -1, ()) == []
        tree.send([process.pid, 2**22 + 1], signal.SIGKILL)

    assert not Path(f"/proc/{process.pid}").exists()


def test_this_process_is_never_a_member_of_its_own_tree():
    assert os.getpid() not in tree.members(0, os.getsid(0))
