"""`report`: a run as one HTML file, to keep or to send."""

from __future__ import annotations

from pathlib import Path

import click

from hyperstep.cli.identify import run_meant
from hyperstep.cli.options import taught, workspace_option
from hyperstep.report.page import page
from hyperstep.report.view import run_view
from hyperstep.standing import standing, standing_in
from hyperstep.store import queries
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Write a run as one HTML file: its steps, the charts and trials of each search, its models.",
        "RUN is a run, or nothing for the newest. The file refers to nothing outside itself, so it can be kept and "
        "sent as it is; it is light or dark as the reader's system is. A report that is there already is replaced.",
        examples={
            "hyperstep report": "of the newest run, as run-1.html",
            "hyperstep report 1 -o ridge.html": "under a name of your own",
            "hyperstep report 1 -o -": "on standard output",
        },
    )
)
@click.argument("run", metavar="[RUN]", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Where to write it. Default: run-RUN.html.",
)
@workspace_option
def report(run: str | None, output: Path | None, workspace: Path | None) -> None:
    """Write the report and say where."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        row = standing(run_meant(db, run), opened.home)
        steps = [standing_in(row, step) for step in queries.steps(db, row.id)]
        text = page(run_view(db, row, steps))
    if output == Path("-"):
        click.echo(text, nl=False)
        return
    target = output or Path(f"run-{row.id}.html")
    target.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {target}, {len(text.encode()) / 1000:,.0f} kB.")
