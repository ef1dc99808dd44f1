"""`logs`: what a script printed, also while it still prints."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import click

from hyperstep.cli.identify import job_meant
from hyperstep.cli.options import taught, workspace_option
from hyperstep.cli.text import log_line
from hyperstep.errors import NotFound
from hyperstep.failure import log_path
from hyperstep.store import queries
from hyperstep.store.cleared import why_no_log
from hyperstep.supervisor.regular import open_regular
from hyperstep.workspace import Workspace

LOOK = 0.2  # seconds between looks at a log that grows
LONGEST_LINE = 1 << 16  # bytes after which a line is printed though it hasn't ended


@click.command(
    help=taught(
        "Print what a script printed: standard output and errors, as they came.",
        "ID is a job, a trial (its newest attempt), or a step or run (the script that failed first, else the newest). "
        "Control characters are shown, not obeyed; colours are left out. --raw gives the bytes as they are.",
        examples={
            "hyperstep logs 1/tune/3": "a trial's",
            "hyperstep logs 1/prep -f": "and go on until the script ends",
            "hyperstep logs 1": "what failed in run 1",
        },
    )
)
@click.argument("identity", metavar="[ID]", required=False)
@click.option("--raw", is_flag=True, help="Copy every byte as it is, whatever a terminal makes of it.")
@click.option("-f", "--follow", is_flag=True, help="Go on printing until the script ends.")
@workspace_option
def logs(identity: str | None, workspace: Path | None, *, follow: bool, raw: bool) -> None:
    """Copy a job's log to standard output, made harmless unless it is wanted raw."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        job = job_meant(opened.store.db, identity)
        path = log_path(opened.home, job.id)

        def ended() -> bool:
            return queries.job(opened.store.db, job.id).ended_at is not None

        if follow:
            _await(path, ended)
        try:
            log = open_regular(path)
        except FileNotFoundError:
            why = why_no_log(opened.home, job.id) or ", ".join(filter(None, (job.state, job.detail)))
            raise NotFound(f"{job.id} has no log: {why}.") from None
        with os.fdopen(log, "rb") as file:
            click.echo(f"{job.id}: {job.state}", err=True)
            for line in _lines(file, ended if follow else None):
                click.echo(line if raw else log_line(line), nl=not raw)


def _await(path: Path, ended: Callable[[], bool]) -> None:
    while not path.exists() and not ended():
        time.sleep(LOOK)


def _lines(file: BinaryIO, ended: Callable[[], bool] | None) -> Iterator[bytes]:
    """The lines of a file that grows, until `ended`; all that is there now if that is None."""
    part = b""
    while True:
        over = ended is None or ended()  # asked before reading: what was written until then is read
        while piece := file.readline(LONGEST_LINE):
            part += piece
            if part.endswith(b"\n") or len(part) >= LONGEST_LINE:
                yield part
                part = b""
        if over:
            break
        time.sleep(LOOK)
    if part:
        yield part
