"""`run`: what starts a run.

It is loaded quickly, so that the warm processes begin to import early; the
rest of hyperstep is loaded while they do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hyperstep import detached
from hyperstep.cli.options import durability_option, taught, workspace_option
from hyperstep.cli.output import losable
from hyperstep.cli.parameters import parse
from hyperstep.cli.pipeline_file import find
from hyperstep.cli.text import visible
from hyperstep.compute import early
from hyperstep.place import home_to_begin_in, nearest

if TYPE_CHECKING:
    from hyperstep.store.blobs import Durability


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
@durability_option
@workspace_option
def run(
    target: str, pairs: tuple[str, ...], durability: Durability, workspace: Path | None, *, fresh: bool, detach: bool
) -> int:
    """Submit what `target` defines, and drive it here or in a process of its own."""
    found = find(target)
    given = parse(pairs, found.pipeline.parameters)
    home = None if detach else home_to_begin_in(workspace or nearest())
    begun = early.begin(found.pipeline, found.base, home) if home else None

    from hyperstep.cli.drive import drive
    from hyperstep.upkeep.disk import urgent
    from hyperstep.workspace import Workspace

    with Workspace.open(workspace, begun=begun, durability=durability) as opened:
        with losable():
            if trouble := urgent(opened.home):
                click.echo(f"Note: {visible(trouble)}", err=True)
            for warning in opened.warnings(found.pipeline):
                click.echo(f"Note: {visible(warning)}", err=True)
        if not detach:
            opened.claim()
        submitted = opened.submit(found.pipeline, given, fresh=fresh, origin=found.origin, base=found.base)
        _offer(opened.home, submitted)
        if not detach:
            return drive(opened, submitted)
    log = detached.detach(opened.folder, submitted, durability=durability)
    click.echo(
        f"Run {submitted} goes on in the background.\n"
        f"  hyperstep show {submitted}    how far it is\n"
        f"  hyperstep cancel {submitted}  end it\n"
        f"  tail -f {log}"
    )
    return 0


def _offer(home: Path, submitted: str) -> None:
    """Print where the run can be watched in a browser, if a server is up."""
    from hyperstep.server.served import link

    address = link(home, f"/runs/{submitted}")
    if address is not None:
        with losable():
            click.echo(f"Watch run {submitted}: {address}")
