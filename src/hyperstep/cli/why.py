"""`why`: the reasons for what happened, with their numbers, out of the log."""

from __future__ import annotations

from pathlib import Path

import click

from hyperstep.cli.identify import identity_meant
from hyperstep.cli.options import taught, workspace_option
from hyperstep.cli.text import visible
from hyperstep.reasons import reasons
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Say why a step ran or was reused, or why a trial was stopped, failed or won; and how its process was started.",
        "The newest run, a line for each step, if ID is left out.",
        examples={
            "hyperstep why": "each step of the newest run",
            "hyperstep why 2/prep": "what differs from the run before",
            "hyperstep why 2/tune/7": "which rule stopped it, with both numbers",
        },
    )
)
@click.argument("identity", metavar="[ID]", required=False)
@workspace_option
def why(identity: str | None, workspace: Path | None) -> None:
    """Print a paragraph of reasons."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        click.echo("\n".join(map(visible, reasons(db, opened.artifacts, identity_meant(db, identity)))))
