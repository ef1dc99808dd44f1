"""A supervisor as a driver meets it: its socket, its orders, its end."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import hyperstep
from hyperstep.supervisor.linux import Place
from hyperstep.supervisor.orders import Lines, line


class Peer:
    """A driver's end of a connection."""

    def __init__(self, end):
        self.end = end
        self.end.settimeout(30)
        self.lines = Lines()
        self.came = []

    def say(self, **order):
        self.end.sendall(line(order))

    def hear(self, report):
        """The next report of a kind; what came before it is forgotten."""
        while True:
            while self.came:
                message = self.came.pop(0)
                if message["report"] == report:
                    return message
            data = self.end.recv(2**16)
            assert data, f"the supervisor ended without {report!r}"
            self.came += self.lines.feed(data)

    def hangs_up(self):
        while self.end.recv(2**16):
            pass
        return True


class Supervised:
    """A supervisor's process, the folder of its socket, and jobs for it."""

    def __init__(self, folder):
        self.folder = folder
        jobpath = folder / "jobpath"
        jobpath.mkdir()
        (jobpath / "hyperstep").symlink_to(Path(hyperstep.__file__).parent)
        ours, theirs = socket.socketpair()
        script = jobpath / "hyperstep" / "supervisor" / "__main__.py"
        (folder / "it.log").touch()
        self.process = subprocess.Popen(
            [sys.executable, script, folder, "it", str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self.place = Place(str(folder))
        self.first = Peer(ours)
        self.peers = [self.first]
        self.first.hear("ready")

    def connect(self):
        end = socket.socket(socket.AF_UNIX)
        end.connect(self.place.address("it.sock"))
        self.peers.append(Peer(end))
        return self.peers[-1]

    def order(self, name, script, **more):
        folder = self.folder / name
        (folder / "work").mkdir(parents=True)
        (folder / "work" / "main.py").write_text(script)
        start = {"order": "start", "job": name, "folder": str(folder), "script": "main.py", "source": name}
        limits = {"timeout": None, "grace": 1.0}
        return {**start, "arguments": [], "variables": {}, "start": "auto", "reason": "", **limits, **more}

    def close(self):
        for peer in self.peers:
            peer.end.close()
        self.process.kill()
        self.process.wait()
        self.place.close()


@pytest.fixture
def supervised(tmp_path):
    it = Supervised(tmp_path)
    yield it
    it.close()


SLEEP = "import time; time.sleep(60)"


def test_a_job_is_started_and_its_end_is_told(supervised):
    supervised.first.say(**supervised.order("a", "raise SystemExit(3)"))

    assert supervised.first.hear("started")["start"] == "fork"
    ended = supervised.first.hear("ended")
    assert (ended["job"], ended["ending"], ended["code"]) == ("a", "exited", 3)


def test_it_tells_every_driver_which_jobs_run(supervised):
    supervised.first.say(**supervised.order("a", SLEEP))
    supervised.first.hear("started")
    second = supervised.connect()
    second.say(order="list")
    assert second.hear("jobs")["jobs"] == ["a"]
    second.say(order="stop", job="a", ending="stopped", grace=0)

    assert supervised.first.hear("ended")["ending"] == "stopped"
    assert second.hear("ended")["ending"] == "stopped"


def test_what_a_dead_driver_has_ordered_is_done_before_a_new_one_is_told_what_runs(supervised):
    orders = [supervised.order(f"job-{number}", SLEEP) for number in range(5)]
    os.kill(supervised.process.pid, 19)
    for order in orders:
        supervised.first.say(**order)
    supervised.first.end.close()
    second = supervised.connect()
    second.say(order="list")
    os.kill(supervised.process.pid, 18)

    assert second.hear("jobs")["jobs"] == [f"job-{number}" for number in range(5)]


def test_a_dismissal_ends_it_at_once(supervised):
    supervised.first.say(order="bye")

    assert supervised.first.hangs_up()
    assert supervised.process.wait(10) == 0
    assert not list(supervised.folder.glob("it.*"))


def test_a_dismissal_does_not_end_it_while_a_job_or_another_driver_needs_it(supervised):
    second = supervised.connect()
    supervised.first.say(order="bye")
    supervised.first.end.close()
    second.say(order="list")
    assert second.hear("jobs")["jobs"] == []
    second.say(**supervised.order("a", "print(1)"))
    second.say(order="bye")

    assert second.hear("ended")["code"] == 0
    second.end.close()
    assert supervised.process.wait(10) == 0


def test_it_ends_by_itself_when_nobody_needs_it(supervised):
    supervised.first.end.close()

    assert supervised.process.wait(10) == 0
    assert not list(supervised.folder.glob("it.*"))


def test_a_driver_that_does_not_read_holds_up_nobody(supervised):
    second = supervised.connect()
    for number in range(600):
        second.say(order="list", padding="x" * 500)
        if number % 100 == 0:
            second.say(order="stop", job="none", ending="stopped", grace=0)
    supervised.first.say(**supervised.order("a", "print(1)"))

    assert supervised.first.hear("ended")["code"] == 0


def test_garbage_ends_the_connection_and_nothing_else(supervised):
    second = supervised.connect()
    second.end.sendall(b"\xff{garbage}\n")

    assert second.hangs_up()
    supervised.first.say(order="list")
    assert supervised.first.hear("jobs")["jobs"] == []


def test_its_socket_may_lie_deeper_than_an_address_is_long(tmp_path):
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    it = Supervised(deep)
    peer = it.connect()
    peer.say(order="list")

    assert peer.hear("jobs")["jobs"] == []
    it.close()
