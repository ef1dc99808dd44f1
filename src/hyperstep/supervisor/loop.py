"""The supervisor's one loop: orders in, jobs watched, reports out.

It runs in one thread, so that forking is safe, and waits for nothing but the
next event: not for a driver that doesn't read, not for a job's output.
"""

from __future__ import annotations

import errno
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from typing import Container, Dict, FrozenSet, Optional

from hyperstep.failpoints import SUPERVISOR, become, step
from hyperstep.supervisor import child, cold, linux
from hyperstep.supervisor.connection import Connection
from hyperstep.supervisor.exits import is_given_up, settle, write_exit
from hyperstep.supervisor.hazards import Hazards
from hyperstep.supervisor.job import Job
from hyperstep.supervisor.launch import Launch, Scripts, reseed
from hyperstep.supervisor.log import Log
from hyperstep.supervisor.orders import AUTO, FORK, PROTOCOL, REFUSED, SPAWN, Message
from hyperstep.supervisor.preload import preload
from hyperstep.supervisor.search_path import SearchPath

_AGAIN = 0.5  # seconds until what the disk had no room for is written again
_LINGER = 2.0  # seconds without a job and without a driver until this process ends


class Supervisor:
    """Serves drivers until no one needs it.

    folder: that of the supervisors' sockets and logs. name: what this one's are called there, without ending.
    fresh: modules that a new interpreter has. environment: variables as this process got them.
    search_path: that of a new interpreter. jobpath: what of it is ours, if only so hyperstep is found, or empty.
    """

    def __init__(
        self,
        folder: str,
        name: str,
        *,
        fresh: FrozenSet[str],
        environment: Dict[str, str],
        search_path: SearchPath,
        jobpath: str,
    ) -> None:
        self._place = linux.Place(folder)
        self._name = name
        self._environment = environment
        self._search_path = search_path
        self._jobpath = jobpath
        self._scripts = Scripts()
        self._pid = os.getpid()
        become(SUPERVISOR)
        self._hazards = Hazards(fresh, search_path)
        self._jobs: Dict[int, Job] = {}  # by process
        self._connections: Dict[int, Connection] = {}  # by descriptor, the oldest first
        self._idle_since: Optional[float] = None
        self._unwritten: Dict[str, Message] = {}  # how jobs ended, by their folder, until the disk has room for it
        self._write_at: Optional[float] = None
        self._dismissed = False
        self._taken: Optional[Launch] = None
        self._selector = selectors.DefaultSelector()
        self._listen()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        linux.become_subreaper()
        linux.dump_no_core()

    def serve(self) -> Optional[Launch]:
        """Serve until no one needs this process, then None. In a forked job: what it has to run."""
        while True:
            ready = {key.fd for key, _ in self._selector.select(self._pause())}
            self._watch(ready)
            for connection in list(self._connections.values()):  # the oldest first: what a dead driver has ordered
                if connection.fileno() in ready:  # is done before a new one is told what runs
                    self._listen_to(connection)
                    if self._taken is not None:
                        return self._taken
            if self._listener.fileno() in ready:
                self._accept()
            if self._is_over() and self._leave():
                return None

    # Drivers

    def connect(self, end: socket.socket) -> None:
        """Serve a driver."""
        connection = Connection(end)
        self._connections[connection.fileno()] = connection
        self._selector.register(connection.fileno(), selectors.EVENT_READ)
        connection.send({"report": "ready", "protocol": PROTOCOL, "pid": self._pid})

    def _listen(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.setblocking(False)
        self._listener.bind(self._place.address(self._name + ".sock"))
        self._listener.listen()
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _accept(self) -> bool:
        try:
            end, _ = self._listener.accept()
        except OSError:
            return False
        if not linux.same_user(end):
            end.close()
            return False
        self.connect(end)
        return True

    def _listen_to(self, connection: Connection) -> None:
        for order in connection.receive():
            self._obey(connection, order)
            if self._taken is not None:
                return
        connection.flush()
        self._mind(connection)

    def _mind(self, connection: Connection) -> None:
        descriptor = connection.fileno()
        if descriptor not in self._connections:
            return  # it was closed when it was told something
        if connection.open:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.waits else 0)
            if self._selector.get_key(descriptor).events != events:
                self._selector.modify(descriptor, events)
        else:
            self._selector.unregister(descriptor)
            del self._connections[descriptor]
            connection.close()

    def _obey(self, connection: Connection, order: Message) -> None:
        kind = order["order"]
        if kind == "start":
            self._start(connection, order)
        elif kind == "stop":
            for job in self._jobs.values():
                if job.id == order["job"]:
                    job.stop(order["ending"], order["grace"])
        elif kind == "list":
            connection.send({"report": "jobs", "jobs": [job.id for job in self._jobs.values()]})
        elif kind == "preload":
            preload(order["modules"], lambda name: connection.send({"report": "imports", "module": name}))
            self._hazards.look()
            connection.send({"report": "warm"})
        elif kind == "bye":
            self._dismissed = True

    def _tell(self, report: Message) -> None:
        for connection in list(self._connections.values()):
            connection.send(report)
            self._mind(connection)

    # Jobs

    def _start(self, connection: Connection, order: Message) -> None:
        if is_given_up(order["folder"]):
            return  # the driver that ordered it is gone, and the next one has found it lost
        start, reason = order["start"], order["reason"]
        if start == AUTO:
            work = os.path.join(order["folder"], "work")
            reason = self._hazards.reason(work, order["script"], order["source"])
            start = SPAWN if reason else FORK
        step("job.start")
        launch = Launch(order, self._search_path, None if start == SPAWN else self._scripts.code(order))
        if start == FORK:
            reseed()
        output, end = os.pipe()
        os.set_blocking(output, False)
        log = Log(os.path.join(order["folder"], "log.txt"))  # before the script could put something else there
        try:
            pid = linux.fork()
        except OSError as fault:
            os.close(output)
            os.close(end)
            log.let_go()
            connection.send(_refusal(order["job"], "no process could be started: %s" % fault))
            return
        if pid == 0:
            log.let_go()
            self._take(launch, start, output, end)
            return
        os.close(end)
        job = Job(order, log, launch.mark, pid, output, start, reason)
        self._jobs[pid] = job
        step("job.forked")
        self._selector.register(output, selectors.EVENT_READ)
        self._tell({"report": "started", "job": job.id, "pid": pid, "start": start, "reason": reason})

    def _take(self, launch: Launch, start: str, output: int, end: int) -> None:
        """In the new process: become the job. One that starts cold doesn't return."""
        try:
            child.begin(launch, self._pid, end)
            os.close(end)
            os.close(output)
            self._let_go()
            if start == SPAWN:
                cold.replace(launch, self._environment, self._jobpath)
            self._taken = launch
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(127)

    def _let_go(self) -> None:
        self._selector.close()
        self._place.close()
        for connection in self._connections.values():
            connection.close()
        for job in self._jobs.values():
            job.let_go()
        for end in (self._listener, self._woken, self._waker):
            end.close()

    def _watch(self, ready: Container[int]) -> None:
        """Read what jobs print, reap what ended, and do what is due."""
        for job in self._jobs.values():
            if job.output in ready:
                job.drain()
                if not job.printing:
                    self._selector.unregister(job.output)
        if self._woken.fileno() in ready:
            self._woken.recv(4096)
            self._reap()
        now = time.monotonic()
        self._write_again(now)
        for job in list(self._jobs.values()):
            deadline = job.deadline()
            if job.status is None and deadline is not None and now >= deadline:
                job.tick(now)
            if job.status is not None and job.gone(self._jobs):
                self._end(job)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._jobs:
                self._jobs[pid].ended(status)

    def _end(self, job: Job) -> None:
        if job.printing:
            self._selector.unregister(job.output)
        report = job.close()
        del self._jobs[job.pid]
        if not self._written(job.folder, report):
            self._unwritten[job.folder] = report
            self._write_at = time.monotonic() + _AGAIN
        elif not self._connections:
            self._settle(job.folder)
        step("end.tell")
        self._tell(report)

    def _written(self, folder: str, report: Message) -> bool:
        """Publish how a job ended; False if that is to be tried again. Drivers that listen hear it all the same."""
        try:
            if not is_given_up(folder):
                write_exit(folder, report)
        except OSError as fault:
            return fault.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO)  # else the script removed its folder
        return True

    def _write_again(self, now: float) -> None:
        """Publish what the disk had no room for: a driver that comes later counts on it."""
        if self._write_at is not None and now >= self._write_at:
            left = {folder: report for folder, report in self._unwritten.items() if not self._written(folder, report)}
            self._unwritten = left
            self._write_at = now + _AGAIN if left else None

    def _settle(self, folder: str) -> None:
        """Nobody stores what the job has made, so it has to survive a loss of power where it is."""
        try:
            process = linux.fork()
        except OSError:
            return
        if process == 0:
            try:
                settle(folder)
            except OSError:
                pass  # the disk fails; if the machine is booted anew before a driver comes, the job counts as lost
            finally:
                os._exit(0)

    # The end

    def _pause(self) -> Optional[float]:
        """Seconds until something is due, or None."""
        times = [job.deadline() for job in self._jobs.values()]
        times.append(self._write_at)
        if self._idle_since is not None:
            times.append(self._idle_since + _LINGER)
        due = [at for at in times if at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _is_over(self) -> bool:
        dismissed, self._dismissed = self._dismissed, False  # it says nothing about drivers that come later
        if self._jobs or self._unwritten:
            self._idle_since = None
            return False
        if dismissed and len(self._connections) <= 1:
            return True
        if self._connections:
            self._idle_since = None
            return False
        if self._idle_since is None:
            self._idle_since = time.monotonic()
        return time.monotonic() >= self._idle_since + _LINGER

    def _leave(self) -> bool:
        """Stop listening; False if a driver came at the last moment, and is served."""
        self._remove("sock")
        late = self._accept()
        self._selector.unregister(self._listener)
        self._listener.close()
        if late:
            self._listen()
            return False
        self._remove("log")
        return True

    def _remove(self, ending: str) -> None:
        try:
            os.unlink(self._place.address("%s.%s" % (self._name, ending)))
        except FileNotFoundError:
            pass  # somebody has removed the workspace


def _refusal(job: str, detail: str) -> Message:
    return {"report": "ended", "job": job, "ending": REFUSED, "code": 0, "detail": detail, "seconds": 0.0}
