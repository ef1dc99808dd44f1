"""LocalCompute: jobs on this machine, started by supervisors that outlive this process.

The driver's thread only gives orders. Folders are laid and results stored in
a few threads of a pool; one more thread hears what supervisors and scripts
say. A job's events are reported in order, whichever thread does it: what a
script said is read under the job's own lock.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TypeVar

from hyperstep.compute.answers import write_answer
from hyperstep.compute.ears import BELL, Ears
from hyperstep.compute.excuse import excused
from hyperstep.compute.folder import Folders, told_of
from hyperstep.compute.link import Link, Switchboard
from hyperstep.compute.live import Live
from hyperstep.compute.order import order_of, outcome_of, start_of
from hyperstep.compute.scan import Scan, modules_of, scan
from hyperstep.compute.supervisors import Supervisors
from hyperstep.compute.wire import Wire
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import JobEnded, JobEvent, JobStarted
from hyperstep.engine.ids import JobId
from hyperstep.engine.interfaces import ArtifactStore, Report
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.engine.storage import FAULTS, Storage
from hyperstep.errors import HyperstepError
from hyperstep.failpoints import step
from hyperstep.interpreter import executable
from hyperstep.pipeline.environment import Environment, Start
from hyperstep.supervisor import tree
from hyperstep.supervisor.exits import give_up, read_exit
from hyperstep.supervisor.linux import mark_of
from hyperstep.supervisor.orders import Message

T = TypeVar("T")

_THREADS = 8
_PAUSE = 1.0  # seconds until something is read again that couldn't be
_FAREWELL = 0.5  # seconds that a supervisor without jobs has to end


class LocalCompute:
    """A Compute of this machine's processes.

    home: the workspace's folder for everything. slots: how many jobs run at a time; by default one a processor, or 4.
    begun: warm processes that were started for it before it was there; see early.py. storage: shared with the driver.
    Jobs get the environment variables that this process has now.
    """

    def __init__(
        self,
        home: Path,
        artifacts: ArtifactStore,
        *,
        slots: int | None = None,
        begun: Mapping[str, Link] = MappingProxyType({}),
        storage: Storage | None = None,
    ) -> None:
        home = home.resolve()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._artifacts = artifacts
        self._storage = storage or Storage()
        self._slots = slots or max(4, os.cpu_count() or 1)
        self._folders = Folders(home, artifacts)
        self._switchboard = Switchboard(home)
        self._lock = threading.RLock()  # of all that follows
        self._live: dict[JobId, Live] = {}
        self._waiting: deque[Live] = deque()
        self._running: set[JobId] = set()
        self._scans: dict[tuple[Artifact, str], Scan] = {}
        self._closed = False
        self._fault: Exception | None = None
        self._pool = ThreadPoolExecutor(_THREADS, "hyperstep-compute")
        self._ears = Ears(self._switchboard.place, self._heard, self._rung, self._fail)
        self._supervisors = Supervisors(self._switchboard, self._ears, begun)
        for link in begun.values():
            self._ears.add(link)

    def __enter__(self) -> LocalCompute:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def prepare(self, environment: Environment, scripts: Sequence[tuple[Path, str]]) -> None:
        """Start the warm process of an environment, so that it imports what the scripts will while others work."""
        with suppress(OSError, HyperstepError):  # a job will meet it and say it
            link = self._supervisors.of(environment, {})
            if environment.start is not Start.SPAWN:
                link.preload(modules_of(environment, [scan(folder, script) for folder, script in scripts]))

    def start(self, job: Job, report: Report) -> None:
        """Begin a job, now or when there is room."""
        folder = self._folders.path(job.id)
        live = Live(job, report, folder, Wire(folder))
        with self._lock:
            self._live[job.id] = live
            self._waiting.append(live)
            self._fill()

    def adopt(self, job: Job, heard: int, report: Report) -> None:
        """Take up a job of an earlier driver; see Compute."""
        folder = self._folders.path(job.id)
        live = Live(job, report, folder, Wire(folder, heard))
        with self._lock:
            self._live[job.id] = live
            self._running.add(job.id)
        self._submit(self._follow, live)

    def stop(self, job: JobId, *, grace: float) -> None:
        """Ask a job and all it started to end, and kill what is left after `grace` seconds."""
        with self._lock:
            live = self._live.get(job)
            if live is not None:
                self._stop(live, Ending.STOPPED, grace)

    def interrupt(self, *, grace: float) -> None:
        """Stop every job, as INTERRUPTED; those that waited for room included."""
        with self._lock:
            for live in reversed(list(self._live.values())):  # the waiting first, so that none gets another's place
                self._stop(live, Ending.INTERRUPTED, grace)
                if live.link is not None and live.link.withdraw(live.job.id):
                    self._end(live, Outcome(ending=Ending.INTERRUPTED))
                elif live.link is not None and grace == 0:
                    live.link.ask()

    def answer(self, job: JobId, message: int, version: int) -> None:
        """Tell a script that waits on its message which version its model has."""
        write_answer(self._folders.path(job), message, version)

    def check(self) -> None:
        """Raise what went wrong in a thread of this compute, if anything did."""
        if self._fault is not None:
            raise self._fault

    def close(self) -> None:
        """Let go of everything; jobs that still run go on and can be adopted."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.clear()
        self._storage.hurry()
        self._pool.shutdown(cancel_futures=True)
        self._ears.close()
        self._supervisors.close(wait=_FAREWELL)
        for live in self._live.values():
            live.close()

    # Beginning

    def _submit(self, work: Callable[..., None], live: Live, *arguments: object) -> None:
        """Do a job's work in the pool; whatever goes wrong there ends the job."""

        def guarded() -> None:
            try:
                work(live, *arguments)
            except Exception as fault:
                self._fail(fault)
                self._end(live, Outcome(ending=Ending.LOST, detail=f"{type(fault).__name__}: {fault}"))

        with suppress(RuntimeError):  # closed: the job is adopted later
            self._pool.submit(guarded)

    def _fail(self, fault: Exception) -> None:
        self._fault = self._fault or fault

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._slots:
            live = self._waiting.popleft()
            self._running.add(live.job.id)
            self._submit(self._begin, live)

    def _begin(self, live: Live) -> None:
        def given_up() -> bool:
            return self._closed or live.wish is not None

        try:
            self._storage.wait(give_up=given_up)
            self._storage.keep(lambda: self._lay_and_give(live), give_up=given_up)
        except (OSError, HyperstepError) as fault:
            full = isinstance(fault, OSError) and fault.errno in FAULTS
            ending = (live.wish[0] if live.wish else Ending.LOST) if full else Ending.REFUSED
            self._end(live, Outcome(ending=ending, detail=str(fault)))

    def _lay_and_give(self, live: Live) -> None:
        job = live.job
        arguments = self._folders.lay(job)
        found = self._scan(job, live.folder)
        start = start_of(job, self._supervisors.variables(job.environment, job.variables), found)
        bell = str(self._switchboard.folder / BELL)
        told = {name: self._folders.text_of(value, live.folder) for name, value in job.told.items()}
        self._give(live, order_of(job, live.folder, bell, arguments, told, start), found)

    def _give(self, live: Live, order: Message, found: Scan) -> None:
        """Hand an order to the right supervisor, unless the job is to end already."""
        job = live.job
        while True:
            link = self._supervisors.of(job.environment, job.variables)
            order = self._supervisors.warm(link, modules_of(job.environment, [found]), order)
            with self._lock:
                if live.wish is not None:
                    break
                if not link.gone:
                    live.link = link
                    link.jobs.add(job.id)
                    link.unanswered[job.id] = order
                    step("order.send")
                    link.send(order)
                    return
        self._end(live, Outcome(ending=live.wish[0]))

    def _scan(self, job: Job, folder: str) -> Scan:
        if job.command:
            return Scan((), "a command starts programs of its own")
        key = (job.source, job.script)
        if key not in self._scans:
            self._scans[key] = scan(Path(folder, "work"), job.script)
        return self._scans[key]

    def _stop(self, live: Live, ending: Ending, grace: float) -> None:
        live.wish = (ending, grace)
        if live in self._waiting:
            self._waiting.remove(live)
            self._end(live, Outcome(ending=ending))
        elif live.link is not None:
            live.link.send({"order": "stop", "job": live.job.id, "ending": ending.value, "grace": grace})

    # Adopting

    def _follow(self, live: Live) -> None:
        link = self._supervisors.running(live.job.id)
        if link is None:
            began = os.path.lexists(f"{live.folder}/log.txt")
            # One that its driver's end kept from beginning isn't lost: what is lost too often counts as failed.
            self._bury(live, Ending.LOST if began else Ending.INTERRUPTED)
            return
        with self._lock:
            live.link = link
            if link.gone:
                link = None
            elif live.wish is not None:
                self._stop(live, *live.wish)
        if link is None:
            self._bury(live)
        else:
            self._listen(live)

    def _bury(self, live: Live, otherwise: Ending = Ending.LOST) -> None:
        """End a job that no supervisor runs: as it ended, or as lost, or what it is to be `otherwise`."""
        ended = read_exit(live.folder)
        if ended is None:
            with suppress(OSError):  # it never had a folder, or the disk is full
                give_up(live.folder)
            tree.end(mark_of(live.folder))
            ended = read_exit(live.folder)  # which was written in the last moment
        if ended is None:
            detail = "its supervisor was killed, or the machine"
            if words := live.link and self._switchboard.last_words(live.link):
                detail += f"; the last that it printed: {words}"
            asked = live.wish and Outcome(ending=live.wish[0])
            self._finish(live, asked or Outcome(ending=otherwise, detail=detail if otherwise is Ending.LOST else ""))
        else:
            self._finish(live, outcome_of(ended))

    # Hearing

    def _heard(self, link: Link, reports: list[Message] | None) -> None:
        if reports is None:
            self._lose(link)
            return
        for report in reports:
            match report["report"]:
                case "ready":
                    link.ready = True
                case "imports":
                    link.imports = report["module"]
                case "warm":
                    link.importing, link.imports = link.importing - 1, ""
                case "jobs":
                    link.asked = 0.0
                case "started":
                    self._started(link, report)
                case "ended":
                    self._ended(link, report)

    def _started(self, link: Link, report: Message) -> None:
        with self._lock:
            link.unanswered.pop(report["job"], None)
            live = self._live.get(report["job"])
        if live is not None:
            begun = JobStarted(
                job=live.job.id, pid=report["pid"], host=_HOST, start=report["start"], reason=report["reason"]
            )
            live.report([begun])

    def _ended(self, link: Link, report: Message) -> None:
        with self._lock:
            link.unanswered.pop(report["job"], None)
            link.jobs.discard(report["job"])
            live = self._live.get(report["job"])
            self._running.discard(report["job"])
            self._fill()
        if live is not None:
            self._submit(self._finish, live, outcome_of(report))

    def _lose(self, link: Link) -> None:
        """A supervisor is gone, and with it its jobs."""
        with self._lock:
            link.gone = True
            lives = [self._live[job] for job in link.jobs if job in self._live]
        self._supervisors.forget(link)
        for live in lives:
            self._submit(self._mourn, live, link)

    def _mourn(self, live: Live, link: Link) -> None:
        order = link.unanswered.get(live.job.id)
        if order is None or live.wish is not None or (link.ready and not link.importing):
            self._bury(live)
        elif link.ready:
            self._give(live, order, self._scan(live.job, live.folder))
        else:
            words = self._switchboard.last_words(link) or "it printed nothing"
            python = executable(live.job.environment.python)
            detail = (
                f"{python} ended before it was ready; it must be Python 3.8 or later. The last that it printed: {words}"
            )
            self._end(live, Outcome(ending=Ending.REFUSED, detail=detail))

    def _rung(self) -> None:
        with self._lock:
            lives = [live for live in self._live.values() if live.link is not None]
        for live in lives:
            if live.link is not None:
                live.link.end_if_deaf()
            with suppress(OSError):  # the disk fails; it is read again at the next ring, or at the end
                if not live.glance(self._artifacts):
                    self._submit(self._listen, live)

    def _listen(self, live: Live) -> None:
        try:
            self._keep(lambda: live.listen(self._artifacts))
        except OSError:
            time.sleep(_PAUSE)  # nothing was reported of what couldn't be read or stored
        self._ears.look()  # for what was said in the last moment, when a glance found us at it

    # Ending

    def _finish(self, live: Live, outcome: Outcome) -> None:
        """Report all that is left of a job that ran, and its end."""
        with self._lock:
            if live.ended:
                return  # one that was just taken up was found both as running and as ended
            live.ended = True
        outcome = excused(outcome, live, self._storage)
        try:
            found = live.rest(self._artifacts, self._keep)
            stored, left_out = self._keep(lambda: self._folders.collect(live.job))
            found += stored
            left_out = [*live.wire.unread(), *left_out]
            if left_out:
                outcome = replace(outcome, detail=outcome.detail or told_of(left_out))
        except OSError as fault:
            if self._closed:
                return  # the next driver finds how it ended in its folder
            found, outcome = [], Outcome(ending=Ending.LOST, detail=f"what it made couldn't be stored: {fault}")
        self._end(live, outcome, found)

    def _keep(self, work: Callable[[], T]) -> T:
        return self._storage.keep(work, give_up=lambda: self._closed)

    def _end(self, live: Live, outcome: Outcome, before: Sequence[JobEvent] = ()) -> None:
        with self._lock:
            if self._live.pop(live.job.id, None) is None:
                return
            self._running.discard(live.job.id)
            if not self._closed:
                self._fill()
        live.close()
        self._folders.close(live.job.id)
        live.report([*before, JobEnded(job=live.job.id, outcome=outcome)])


_HOST = os.uname().nodename
