"""SqliteStore: the log of events and the registry of models, in one file.

`append` numbers events, writes them and the rows folded from them in one
transaction. Any process may append beside the driver: SQLite lets one write
at a time. A store belongs to the thread that opened it, and never crosses a
fork; another thread or process opens its own.

A commit survives the loss of power (SQLite: WAL, synchronous=FULL), but for
one that holds only starts, metrics and tags: it does from the next commit on.
With durability `normal` no commit waits for the disk (synchronous=NORMAL).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from hyperstep.engine.events import (
    Event,
    JobStarted,
    MetricsLogged,
    ModelRequested,
    PipelinePublished,
    Recorded,
    ReuseAnswered,
    RunSubmitted,
    StepReady,
    Tagged,
    TrialAnswered,
    TrialSuggested,
)
from hyperstep.engine.ids import RunId
from hyperstep.engine.interfaces import Clock
from hyperstep.errors import WorkspaceMissing
from hyperstep.failpoints import step
from hyperstep.store import asked, earlier, registry
from hyperstep.store.asked import Received, Reception
from hyperstep.store.blobs import Durability
from hyperstep.store.clock import SystemClock
from hyperstep.store.encoding import event_to_text
from hyperstep.store.faults import told_as_os_errors
from hyperstep.store.mounts import refuse_network
from hyperstep.store.projections import fold, read_page, rebuild
from hyperstep.store.upgrade import SCHEMA, prepare, version_of

_LIGHT = (JobStarted, MetricsLogged, Tagged)  # what is said again, or was only said, if power is lost just then
_PATIENCE = 5_000  # milliseconds to wait while another process writes
_PAGE = 1_000  # events read at a time
_WAL = 4 << 20  # bytes of write-ahead log after which it is copied into the file


class SqliteStore:
    """An EventLog and a Registry in an SQLite file; readers for people use `db` with the functions of `queries`."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        clock: Clock | None = None,
        artifacts: registry.Holdings | None = None,
        durability: Durability = "full",
    ) -> None:
        """Open the file; make it, and the folder it is in, if there is none.

        artifacts: where `find_equal` looks whether an earlier result is still stored; None to take that for granted.
        durability: `normal` if a loss of power may take the commits of the last seconds.
        Raises WorkspaceMissing if it is to be read only and isn't there, WorkspaceTooNew if a later version wrote it,
        SubmissionError if it would lie on a network file system.
        """
        self._clock = clock or SystemClock()
        self._artifacts = artifacts
        self._durable = durability == "full"
        self._log = Path(f"{path}-wal")
        self._checkpoint_at = _WAL
        self._attempted: tuple[tuple[object, ...], list[Recorded]] | None = None  # a call whose commit gave no answer
        with told_as_os_errors(path):
            self.db = _open(path, read_only=read_only)
            self._synchronous = ""
            self._version = self._data_version()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def append(self, run: RunId, events: Sequence[Event]) -> list[Recorded]:
        """Record events in one transaction: all of them or, if it raises, none.

        Raises OSError if the storage is full or fails; the same call may be made again.
        """
        full = not all(isinstance(event, _LIGHT) for event in events)
        return self._once((run, *events), run, lambda: events, full=full)

    def new_run(self, event: RunSubmitted) -> RunId:
        """Record a submission as the next run; returns its id."""
        with self._transaction():
            return self._new_run(event)

    def submit_all(self, events: Sequence[RunSubmitted], *, room: int | None = None) -> list[Received]:
        """Record submissions in one transaction, so that many cost little more than one.

        room: how many runs may wait for the server's driver; None for any number.
        """
        with self._transaction():
            return [self._submit(event, room) for event in events]

    def publish(self, name: str, submission: RunSubmitted, *, description: str = "") -> int:
        """Record a pipeline as the next version of a name; returns the version."""
        with self._transaction():
            version = asked.next_version(self.db, name)
            event = PipelinePublished(name=name, version=version, submission=submission, description=description)
            self._record("", [event])
            return version

    def read(self, *, after: int = 0, run: RunId | None = None) -> Iterator[Recorded]:
        """The events with a number above `after`, in order; of one run, or of all.

        Events that are appended meanwhile are read too.
        """
        while page := read_page(self.db, after=after, limit=_PAGE, run=run):
            yield from page
            after = page[-1].number

    def tail_changed(self) -> bool:
        """True if another process may have appended since the last call. Takes microseconds."""
        version = self._data_version()
        changed, self._version = version != self._version, version
        return changed

    def register(self, run: RunId, wish: ModelRequested) -> list[Recorded]:
        """Grant a wish in one transaction: pick the version, record ModelRegistered. Granted before: nothing new.

        A wish that isn't recorded yet is recorded as well. Returns the events that it recorded.
        Raises OSError if the storage is full or fails; the same call may be made again.
        """
        return self._once((run, wish), run, lambda: registry.grant(self.db, wish), full=True)

    def set_alias(self, name: str, alias: str, version: int) -> list[Recorded]:
        """Point an alias to a version of a model, from wherever it points now.

        Raises NotFound if there is no such version. Returns the events that it recorded.
        """
        with self._transaction():
            run, events = registry.point(self.db, name, alias, version)
            return self._record(run, events)

    def find_equal(self, ready: StepReady) -> ReuseAnswered:
        """The newest completed step with the same fingerprint whose artifacts are all still stored, or none."""
        return registry.find_equal(self.db, ready, self._artifacts)

    def find_trial(self, suggested: TrialSuggested) -> TrialAnswered:
        """The newest trial with the same key that completed or that an equal policy stopped, or none."""
        return earlier.find_trial(self.db, suggested, self._artifacts)

    def rebuild(self) -> None:
        """Drop all rows but the events and fold the events again."""
        with self._transaction():
            rebuild(self.db)

    def _submit(self, event: RunSubmitted, room: int | None) -> Received:
        before = asked.earlier(self.db, event, self._clock.now())
        if before is not None:
            return before
        if room is not None and asked.waiting(self.db) >= room:
            return Received(run="", reception=Reception.TURNED_AWAY)
        return Received(run=self._new_run(event), reception=Reception.MADE)

    def _new_run(self, event: RunSubmitted) -> RunId:
        (last,) = self.db.execute("SELECT max(number) FROM run").fetchone()
        run = str((last or 0) + 1)
        self._record(run, [event])
        return run

    def _once(
        self, call: tuple[object, ...], run: RunId, events: Callable[[], Sequence[Event]], *, full: bool
    ) -> list[Recorded]:
        """Record events, unless the same call has just failed and they stand there all the same."""
        attempted, self._attempted = self._attempted, None
        if attempted is not None and attempted[0] == call and self._stand(attempted[1]):
            return attempted[1]
        with self._transaction(full=full):
            recorded = self._record(run, events())
            self._attempted = (call, recorded)
        self._attempted = None
        return recorded

    def _stand(self, recorded: Sequence[Recorded]) -> bool:
        for one in recorded:
            row = self.db.execute("SELECT run, at, body FROM event WHERE number = ?", [one.number]).fetchone()
            if row != (one.run, one.at, event_to_text(one.event)):
                return False
        return True

    def _record(self, run: RunId, events: Sequence[Event]) -> list[Recorded]:
        (last,) = self.db.execute("SELECT max(number) FROM event").fetchone()
        at, elapsed = self._clock.now(), self._clock.elapsed()
        recorded = [
            Recorded(number=number, run=run, at=at, elapsed=elapsed, event=event)
            for number, event in enumerate(events, (last or 0) + 1)
        ]
        self.db.executemany(
            "INSERT INTO event (number, run, kind, at, elapsed, body) VALUES (?, ?, ?, ?, ?, ?)",
            [(one.number, run, type(one.event).__name__, at, elapsed, event_to_text(one.event)) for one in recorded],
        )
        fold(self.db, recorded)
        return recorded

    @contextmanager
    def _transaction(self, *, full: bool = True) -> Iterator[None]:
        with told_as_os_errors(self._log):
            self._set_synchronous("FULL" if full and self._durable else "NORMAL")
            _patiently(self.db, "BEGIN IMMEDIATE")
            try:
                yield
                step("log.commit")
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise
            step("log.committed")
            self._checkpoint()

    def _set_synchronous(self, wanted: str) -> None:
        if wanted != self._synchronous:
            self.db.execute(f"PRAGMA synchronous = {wanted}")
            self._synchronous = wanted

    def _checkpoint(self) -> None:
        """Copy the write-ahead log into the file when it has grown, holding the write lock meanwhile.

        SQLite's own checkpoints don't hold it, and versions before 3.51.3 can lose commits that come just then.
        """
        if self._logged() < self._checkpoint_at:
            return
        self.db.execute("PRAGMA busy_timeout = 0")  # a long reader only puts it off, and so does a fault
        with suppress(sqlite3.OperationalError):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.db.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        self._checkpoint_at = self._logged() + _WAL

    def _logged(self) -> int:
        """Bytes in the write-ahead log."""
        try:
            return self._log.stat().st_size
        except FileNotFoundError:
            return 0

    def _data_version(self) -> int:
        return int(self.db.execute("PRAGMA data_version").fetchone()[0])


def _open(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only:
        if not path.exists():
            raise _missing(path)
    else:
        refuse_network(path.parent)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would make it 0644. Only if it is new: to close a file that a connection of this process has open
        # would let go of the connection's locks (sqlite.org/howtocorrupt.html, 2.2).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    mode = "ro" if read_only else "rw"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        for pragma in (
            f"busy_timeout = {_PATIENCE}",
            "foreign_keys = ON",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "wal_autocheckpoint = 0",
        ):
            db.execute(f"PRAGMA {pragma}")
        if not read_only:
            _patiently(db, "PRAGMA journal_mode = WAL")
            prepare(db, path)
        elif (found := version_of(db, path)) == 0:
            raise _missing(path)
        elif found < SCHEMA:  # readers know the newest schema only
            _open(path, read_only=False).close()
    except BaseException:
        db.close()
        raise
    return db


def _patiently(db: sqlite3.Connection, statement: str) -> None:
    """Execute a statement that has to wait for other processes.

    SQLite would look again ever more rarely, and starve beside a process that writes all the time; and it doesn't
    wait at all when several turn a new file to its write-ahead log.
    """
    deadline = time.monotonic() + _PATIENCE / 1000
    db.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                db.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.001)
            else:
                return
    finally:
        db.execute(f"PRAGMA busy_timeout = {_PATIENCE}")


def _missing(path: Path) -> WorkspaceMissing:
    return WorkspaceMissing(
        f"There is no workspace at {str(path.parent)!r}: it has no {path.name}. "
        f"Go to the folder that you started the run in, or name its workspace."
    )
