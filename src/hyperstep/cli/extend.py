"""`extend`: more trials for a search that has ended."""

from __future__ import annotations

from pathlib import Path

import click

from hyperstep.cli.drive import drive
from hyperstep.cli.identify import identity_meant
from hyperstep.cli.options import taught, workspace_option
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Go on with a finished search, in a new run.",
        "RUN is a run, or a tuning step if the run has several. Code, data and parameters are those of that run. Its "
        "trials are taken over, not computed again; then the sampler goes on from what they scored.",
        examples={
            "hyperstep extend 1 --trials 20": "20 trials more",
            "hyperstep extend 1/tune --trials 20": "of this tuning step",
        },
    )
)
@click.argument("run", metavar="RUN")
@click.option("--trials", type=click.IntRange(1), required=True, help="How many more.")
@workspace_option
def extend(run: str, trials: int, workspace: Path | None) -> int:
    """Record the longer search, and drive it here."""
    with Workspace.open(workspace, create=False) as opened:
        opened.claim()
        return drive(opened, opened.extend(identity_meant(opened.store.db, run), trials))
