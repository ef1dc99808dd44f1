"""Link: the driver's connection to one supervisor, which it starts if none is there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hyperstep import supervisor
from hyperstep.compute.scan import Module
from hyperstep.engine.ids import JobId
from hyperstep.failpoints import step
from hyperstep.supervisor import linux
from hyperstep.supervisor.linux import Place
from hyperstep.supervisor.orders import PROTOCOL, Lines, Message, line

_PATIENCE = 30.0  # seconds that a supervisor may take to answer; it may be importing
_STALE = 3600.0  # seconds after which a log without a socket isn't that of a supervisor that is about to start
_DEAF = 2.0  # seconds that a supervisor may take to say anything when a driver is in a hurry
_DESCRIPTOR = 3  # of the connection, in a supervisor that is started


@dataclass(slots=True, kw_only=True)
class Link:
    """A supervisor as the driver sees it.

    name: of its socket and log, without ending. process: its process, if this driver started it, else 0.
    ready: True once it has spoken. unanswered: orders to start a job that it hasn't confirmed.
    importing: batches of modules that it hasn't imported yet; preloaded: modules that it was told to import.
    imports: the module that it imports, or empty. jobs: those of ours that it has.
    asked: when it was asked for a sign of life that it hasn't given, or 0. gone: True once its end was noticed.
    """

    name: str
    end: socket.socket
    process: int = 0
    ready: bool = False
    importing: int = 0
    imports: str = ""
    preloaded: set[tuple[str, str]] = field(default_factory=set)
    unanswered: dict[JobId, Message] = field(default_factory=dict)
    jobs: set[JobId] = field(default_factory=set)
    asked: float = 0.0
    gone: bool = False
    lines: Lines = field(default_factory=Lines)
    sending: threading.RLock = field(default_factory=threading.RLock)

    @property
    def key(self) -> str:
        """What jobs can share it; see Switchboard.key."""
        return self.name.partition("-")[0]

    def send(self, order: Message) -> None:
        """Give an order. That the supervisor is gone is learnt by reading."""
        with self.sending, suppress(OSError):
            self.end.sendall(line(order))

    def receive(self) -> list[Message] | None:
        """What it has reported, without waiting; None if it is gone."""
        try:
            data = self.end.recv(2**16, socket.MSG_DONTWAIT)
            reports = self.lines.feed(data)
        except BlockingIOError:
            return []
        except (OSError, ValueError):
            return None
        return reports if data else None

    def withdraw(self, job: JobId) -> bool:
        """Forget a job that it can't begin before it has imported something; if it ever does, it is told to stop it."""
        if job not in self.unanswered or (self.ready and not self.importing):
            return False
        del self.unanswered[job]
        self.jobs.discard(job)
        return True

    def ask(self) -> None:
        """Ask for a sign of life."""
        if not self.asked:
            self.asked = time.monotonic()
            self.send({"order": "list"})

    def end_if_deaf(self) -> None:
        """Kill it, and so its jobs, if it hasn't given the sign of life in time."""
        if self.asked and time.monotonic() > self.asked + _DEAF:
            self.asked = 0.0
            with suppress(ProcessLookupError):
                os.kill(self.process or linux.peer(self.end), signal.SIGKILL)

    def preload(self, modules: Sequence[Module]) -> None:
        """Have it import what it hasn't been told to import yet."""
        with self.sending:
            wanted = []
            for name, members in modules:
                pairs = {(name, member) for member in ("", *members)} - self.preloaded
                if pairs:
                    self.preloaded |= pairs
                    wanted.append([name, members])
            if wanted:
                self.importing += 1
                self.send({"order": "preload", "modules": wanted})

    def leave(self, *, wait: float) -> bool:
        """Let go of it: it ends when its jobs have. If it has none it ends now, or it is killed after `wait` seconds.

        Returns False if it had to be killed.
        """
        self.send({"order": "bye"})
        in_time = self.jobs or (not self.importing and self._hangs_up(wait))
        if not in_time and self.process:
            os.kill(self.process, signal.SIGKILL)  # it still imports, for nobody
        self.end.close()
        if not self.jobs:
            self.reap()
        return bool(in_time)

    def reap(self) -> None:
        """Wait for the end of the process, if it is our child."""
        if self.process:
            with suppress(ChildProcessError):  # whoever embeds us has waited already
                os.waitpid(self.process, 0)

    def _hangs_up(self, wait: float) -> bool:
        self.end.settimeout(wait)
        try:
            while self.end.recv(2**16):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True


class Switchboard:
    """Starts supervisors and finds those of earlier drivers, in the folder `supervisors` of a workspace."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "supervisors"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # whoever reaches its sockets can start processes
        self.place = Place(str(self.folder))
        self._package = _jobpath(home) / "hyperstep"

    def close(self, links: Iterable[Link], *, wait: float) -> None:
        """Let go of supervisors (see Link.leave) and of the folder."""
        for link in links:
            if not link.leave(wait=wait):
                self._clear(link.name)
        self.place.close()

    def key(self, python: str, variables: Mapping[str, str]) -> str:
        """Names what jobs can share a supervisor."""
        text = json.dumps([PROTOCOL, python, sorted(variables.items())])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def start(self, key: str, python: str, variables: Mapping[str, str]) -> Link:
        """Start a supervisor.

        Raises OSError if the interpreter can't be executed.
        """
        name = f"{key}-{os.getpid()}-{os.urandom(3).hex()}"
        ours, theirs = socket.socketpair()
        script = str(self._package / "supervisor" / "__main__.py")
        log = str(self.folder / f"{name}.log")
        with theirs:
            try:
                step("supervisor.start")
                process = os.posix_spawn(
                    python,
                    [python, script, str(self.folder), name, str(_DESCRIPTOR)],
                    dict(variables),
                    file_actions=[
                        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                        (os.POSIX_SPAWN_DUP2, 1, 2),
                        (os.POSIX_SPAWN_DUP2, theirs.fileno(), _DESCRIPTOR),
                    ],
                    setsid=True,
                    setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
                )
            except BaseException:
                ours.close()
                raise
        step("supervisor.started")
        return Link(name=name, end=ours, process=process)

    def find(self, known: Container[str]) -> list[Link]:
        """The supervisors of earlier drivers that are still there, each with the jobs that it runs.

        known: names of those of this driver.
        """
        self._clear_logs()
        found = []
        for path in sorted(self.folder.glob("*-*.sock")):
            if path.stem in known:
                continue
            end = socket.socket(socket.AF_UNIX)
            try:
                end.connect(self.place.address(path.name))
            except OSError:
                end.close()
                self._clear(path.stem)  # it was killed
                continue
            link = Link(name=path.stem, end=end, ready=True)
            if _ask(link):
                found.append(link)
            else:
                end.close()
        return found

    def _clear_logs(self) -> None:
        """Remove the logs of supervisors that were killed before they had a socket."""
        for path in self.folder.glob("*-*.log"):
            if not path.with_suffix(".sock").exists() and time.time() - path.stat().st_mtime > _STALE:
                path.unlink(missing_ok=True)

    def _clear(self, name: str) -> None:
        for ending in ("sock", "log"):
            (self.folder / f"{name}.{ending}").unlink(missing_ok=True)

    def last_words(self, link: Link) -> str:
        """The last line that a supervisor has printed."""
        try:
            lines = (self.folder / f"{link.name}.log").read_text(errors="replace").split("\n")
        except OSError:
            return ""
        return next((text.strip() for text in reversed(lines) if text.strip()), "")


def _ask(link: Link) -> bool:
    """Have a supervisor tell which jobs it runs; False if it doesn't answer."""
    link.end.settimeout(_PATIENCE)
    link.send({"order": "list"})
    try:
        while data := link.end.recv(2**16):
            answered = False
            for report in link.lines.feed(data):
                if report["report"] == "jobs":
                    link.jobs.update(report["jobs"])
                    answered = True
                elif report["report"] == "ended":  # right after it answered; how is in the job's folder
                    link.jobs.discard(report["job"])
            if answered:
                link.end.settimeout(None)
                return True
    except (OSError, ValueError):
        pass
    return False


def _jobpath(home: Path) -> Path:
    """The folder in which an interpreter that lacks hyperstep finds it, and nothing else."""
    folder = home / "jobpath"
    folder.mkdir(mode=0o700, exist_ok=True)
    for other in folder.iterdir():
        if other.name.partition(".")[0] != "hyperstep":  # it would be imported in place of something
            shutil.rmtree(other) if other.is_dir() and not other.is_symlink() else other.unlink(missing_ok=True)
    package, link = Path(supervisor.__file__).resolve().parents[1], folder / "hyperstep"
    if not link.is_symlink() or link.readlink() != package:
        aside = folder / f"hyperstep.{os.getpid()}"
        aside.symlink_to(package)
        aside.rename(link)
    return folder
