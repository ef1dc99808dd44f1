"""`run`, `resume` and `cancel`: what starts a run, goes on with it, and ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from hyperstep.cli.drive import drive
from hyperstep.cli.options import taught, workspace_option
from hyperstep.cli.parameters import parse
from hyperstep.cli.pipeline_file import find
from hyperstep.cli.text import visible
from hyperstep.errors import NotFound, SubmissionError, WorkspaceBusy
from hyperstep.store import queries
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Run a pipeline and watch it.",
        "PIPELINE is a Python file, or a module as an import names it. The pipeline is what it calls 'pipeline': a "
        "Pipeline, or a function without arguments that returns one; ':name' at the end picks another. Relative paths "
        "in a file are seen from its folder, those in a module from the working folder.",
        "Steps that would compute the same as in an earlier run are reused. Ctrl-C stops the run's scripts and keeps "
        "what is done: hyperstep resume goes on.",
        examples={
            "hyperstep run pipeline.py": "",
            "hyperstep run pipeline.py -p test_size=0.3": "with another value",
            "hyperstep run ml_service.pipelines.train:nightly": "what the module calls 'nightly'",
            "hyperstep run pipeline.py --detach": "in the background",
        },
    )
)
@click.argument("target", metavar="PIPELINE")
@click.option(
    "-p", "--parameter", "pairs", metavar="NAME=VALUE", multiple=True, help="Set a parameter of the pipeline."
)
@click.option("--fresh", is_flag=True, help="Compute every step anew, reuse nothing.")
@click.option("--detach", is_flag=True, help="Print the run's id and return; the run goes on without a terminal.")
@workspace_option
def run(target: str, pairs: tuple[str, ...], workspace: Path | None, *, fresh: bool, detach: bool) -> int:
    """Submit what `target` defines, and drive it here or in a process of its own."""
    found = find(target)
    given = parse(pairs, found.pipeline.parameters)
    with Workspace.open(workspace) as opened:
        for warning in opened.warnings(found.pipeline):
            click.echo(f"Note: {visible(warning)}", err=True)
        submitted = opened.submit(found.pipeline, given, fresh=fresh, origin=found.origin, base=found.base)
        if not detach:
            return drive(opened, submitted)
    log = _detach(opened, submitted)
    click.echo(
        f"Run {submitted} goes on in the background.\n"
        f"  hyperstep show {submitted}    how far it is\n"
        f"  hyperstep cancel {submitted}  end it\n"
        f"  tail -f {log}"
    )
    return 0


def _detach(workspace: Workspace, run_id: str) -> Path:
    """Drive a run in a new session, which no terminal's end touches; returns the file that it prints to."""
    log = workspace.home / "drivers" / f"{run_id}.log"
    log.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "hyperstep", "resume", run_id, "--workspace", str(workspace.folder)]
    with log.open("ab") as out:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    return log


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
@workspace_option
def resume(run_id: str | None, workspace: Path | None) -> int:
    """Drive a run that is recorded already."""
    with Workspace.open(workspace, create=False) as opened:
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
        again = f"hyperstep run {row.origin}" if row.origin else "hyperstep run with its file"
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
