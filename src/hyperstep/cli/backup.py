"""`backup` and `restore`: a copy of a workspace, and a workspace from it."""

from __future__ import annotations

from pathlib import Path

import click

from hyperstep.cli.counter import counter
from hyperstep.cli.options import taught, workspace_option
from hyperstep.upkeep.backup import back_up
from hyperstep.upkeep.restore import restore as restored
from hyperstep.wording import counted, size
from hyperstep.workspace import Workspace

DAMAGED = 1


@click.command(
    help=taught(
        "Copy the workspace to FOLDER, as it is at this moment, also while runs go on.",
        "The folder may hold earlier backups: what they have in common is stored once, and each can be restored. "
        "Folders of jobs aren't copied, but for logs and for checkpoints of runs that aren't over. If it is killed, "
        "call it again.",
        examples={"hyperstep backup /mnt/backup": "", "hyperstep restore /mnt/backup": "in an empty folder"},
    )
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@workspace_option
def backup(folder: Path, workspace: Path | None) -> int:
    """Copy, and say what was copied and what couldn't be."""
    with Workspace.open(workspace, create=False, read_only=True) as opened, counter("copied", size) as progress:
        made = back_up(opened.folder, folder, progress)
    click.echo(f"Backup {made.name}: {counted(made.files, 'file')}, {size(made.size)}; {size(made.copied)} of it new.")
    faults = len(made.missing) + len(made.damaged)
    if faults:
        click.echo(
            f"The workspace lacks {len(made.missing)} stored files, and {len(made.damaged)} are damaged: the backup is "
            f"without them. hyperstep doctor --deep names them and what needs them.",
            err=True,
        )
    return DAMAGED if faults else 0


@click.command(
    help=taught(
        "Make a workspace from a backup in FOLDER; every byte is checked before it is there.",
        "The workspace is made in the working folder, or the one that --workspace names, which has none. What ran when "
        "the backup was made is interrupted: hyperstep resume goes on with it.",
        examples={
            "hyperstep restore /mnt/backup": "the newest",
            "hyperstep restore /mnt/backup --at 2026-05-04T17-03-12Z": "an earlier one",
        },
    )
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--at", "name", metavar="NAME", help="Which backup, by the name that hyperstep backup printed.")
@workspace_option
def restore(folder: Path, name: str | None, workspace: Path | None) -> None:
    """Restore, and say what there is now."""
    to = workspace or Path.cwd()
    with counter("checked", size) as progress:
        found = restored(folder, to, name=name, progress=progress)
    whole = size(sum(file.size for file in found.files))
    click.echo(f"Restored the backup {found.name}: {counted(len(found.files), 'file')}, {whole}, to {to.resolve()}.")
