"""Drives a run in the foreground, shows it, and lets Ctrl-C end it well."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

import click

from hyperstep.cli.lines import Lines
from hyperstep.cli.output import losable
from hyperstep.cli.progress import Progress
from hyperstep.cli.signals import Signals
from hyperstep.cli.summary import summary
from hyperstep.engine.events import Recorded, Result, RunEnded
from hyperstep.engine.storage import StorageBack, StorageFailed
from hyperstep.errors import WorkspaceBusy
from hyperstep.store import queries
from hyperstep.store.clock import SystemClock
from hyperstep.wording import duration
from hyperstep.workspace import Workspace

EXIT_CODES = {Result.COMPLETED: 0, Result.CANCELLED: 1, Result.FAILED: 2}


class Watch(Protocol):
    """What shows a run while it goes on."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def hear(self, recorded: Recorded) -> None:
        """Take in an event."""

    def say(self, text: str) -> None:
        """Print a text of our own."""


def drive(workspace: Workspace, run: str) -> int:
    """Advance a run to its end and print how it went; returns the exit code.

    Whether somebody still reads what is printed makes no difference to the run.
    """
    with losable():
        return _drive(workspace, run)


def _drive(workspace: Workspace, run: str) -> int:
    progress = Progress(run, workspace.store.read(run=run))
    with _watch(progress) as watch, Signals(workspace.interrupt, lambda: watch.say(_stopping(run))) as signals:
        ended = _advance(workspace, run, watch)
    if ended is None:
        click.echo(f"Run {run} is interrupted. To go on: hyperstep resume {run}")
        return signals.exit_code
    click.echo()
    click.echo(summary(workspace.store.db, queries.run(workspace.store.db, run), workspace.home))
    return EXIT_CODES[ended.result]


def _advance(workspace: Workspace, run: str, watch: Watch) -> RunEnded | None:
    try:
        return workspace.drive(run, on_event=watch.hear, on_storage=lambda event: watch.say(_storage_words(event, run)))
    except WorkspaceBusy as error:
        raise WorkspaceBusy(
            f"{error}\nRun {run} is recorded. When the other is done: hyperstep resume {run}"
        ) from error
    except OSError as error:
        error.add_note(f"Then go on: hyperstep resume {run}")
        raise


def _stopping(run: str) -> str:
    return f"Stopping; to go on later: hyperstep resume {run}. Once more kills what still runs."


def _storage_words(event: StorageFailed | StorageBack, run: str) -> str:
    if isinstance(event, StorageBack):
        return f"The storage is back after {duration(event.seconds)}; run {run} goes on."
    return (
        f"The storage is full or fails ({event.detail}). Nothing is lost: nothing new begins, and what has to be "
        f"written is written when there is room. Make room; or stop with Ctrl-C, and later: hyperstep resume {run}"
    )


def _watch(progress: Progress) -> Watch:
    """What shows the progress: a drawing in place on a terminal, else a line for each event."""
    if not sys.stdout.isatty():
        return Lines(progress)
    from hyperstep.cli.live import Screen  # 60 ms of rich that only a terminal needs

    return Screen(progress, SystemClock().elapsed)
