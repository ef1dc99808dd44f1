"""`resume` and `cancel`: what goes on with a run, and what ends it."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from hyperstep.cli.drive import drive
from hyperstep.cli.options import durability_option, taught, workspace_option
from hyperstep.errors import NotFound, SubmissionError, WorkspaceBusy
from hyperstep.store import queries
from hyperstep.store.blobs import Durability
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Go on with a run that was interrupted, here in the foreground.",
        "Without RUN it is the newest run that hasn't ended. Trials that still run are taken up, not started again.",
        examples={
            "hyperstep resume": "",
            "hyperstep resume 3": "",
        },
    )
)
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--wait", is_flag=True, help="If another process drives the workspace, wait until it is done.")
@durability_option
@workspace_option
def resume(run_id: str | None, durability: Durability, workspace: Path | None, *, wait: bool) -> int:
    """Drive a run that is recorded already."""
    with Workspace.open(workspace, create=False, durability=durability) as opened:
        if wait:
            opened.claim(wait=True)
        return drive(opened, _open_run(opened, run_id))


def _open_run(workspace: Workspace, run_id: str | None) -> str:
    db = workspace.store.db
    if run_id is None:
        for row in queries.runs(db, limit=1000):
            if row.ended_at is None:
                return row.id
        raise NotFound("Every run here has ended, so there is nothing to resume. hyperstep run starts a new one.")
    row = queries.run(db, run_id)
    if row.ended_at is not None:
        again = f"hyperstep run {shlex.quote(row.origin)}" if row.origin else "hyperstep run with its file"
        raise SubmissionError(
            f"Run {run_id} has ended: it is {row.state}. To run it again, with what completed reused: {again}"
        )
    return row.id


@click.command(
    help=taught(
        "End a run: what runs is stopped, what completed is kept.",
        examples={"hyperstep cancel 3": ""},
    )
)
@click.argument("run_id", metavar="RUN")
@workspace_option
def cancel(run_id: str, workspace: Path | None) -> int:
    """Record the wish, and grant it here if no other process drives the workspace."""
    with Workspace.open(workspace, create=False) as opened:
        opened.cancel(run_id)
        try:
            opened.drive(run_id)
        except WorkspaceBusy:
            click.echo(f"Run {run_id} is asked to end. The process that drives it stops its scripts now.")
        else:
            click.echo(f"Run {run_id} is cancelled.")
    return 0
