"""`gc`: what of a workspace nothing needs any more, shown first and then removed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from hyperstep.cli.counter import counter
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, table
from hyperstep.store import queries
from hyperstep.upkeep.clearing import KEEP_DAYS, Clearing, Wishes, alone, busy, clear, look
from hyperstep.upkeep.keep import keep, kept_runs
from hyperstep.wording import size
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Show what of this workspace nothing needs any more and what room it takes; with --yes, remove it.",
        "These are the folders of jobs whose run is over (what the scripts made is stored elsewhere), their logs after "
        "some days, and stored files that nothing has named for a day, or that only deleted runs name. What a model, a "
        "run that isn't deleted, an interrupted run or a published pipeline needs stays, and a step's result can be "
        "reused. It may be called while a run goes on, and be killed at any moment.",
        "--trial-outputs also takes the files of the trials of completed searches, but for the best, the registered "
        "and those whose script set the tag 'keep'. Their values and scores stay; a later search that proposes the "
        "same values computes them again.",
        examples={
            "hyperstep gc": "what may go",
            "hyperstep gc --yes": "remove it",
            "hyperstep gc --keep 12": "leave run 12 as it is, now and later",
        },
    )
)
@click.option("--yes", is_flag=True, help="Remove it. Without this nothing is changed.")
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=KEEP_DAYS,
    show_default=True,
    metavar="DAYS",
    help="How long after a run's end its logs stay.",
)
@click.option("--trial-outputs", is_flag=True, help="Take the files of trials that aren't the best, too.")
@click.option("--keep", "keeping", metavar="RUN", multiple=True, help="Leave a run as it is from now on.")
@click.option("--release", "released", metavar="RUN", multiple=True, help="Take --keep back.")
@json_option
@workspace_option
def gc(
    keep_days: float,
    keeping: tuple[str, ...],
    released: tuple[str, ...],
    workspace: Path | None,
    *,
    yes: bool,
    trial_outputs: bool,
    as_json_text: bool,
) -> None:
    """Look, and clear if that was asked for."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db, home = opened.store.db, opened.home
        _mark(db, home, keeping, released)
        wishes = Wishes(keep_days=keep_days, trial_outputs=trial_outputs)
        if yes:
            with alone(home) as left:
                found = look(db, home, wishes, left=left)
                with counter("removed") as progress:
                    clear(home, found, progress)
        else:
            found = look(db, home, wishes, left=busy(home))
        click.echo(as_json(_document(found, removed=yes)) if as_json_text else _text(found, opened.folder, removed=yes))


def _mark(db: sqlite3.Connection, home: Path, keeping: tuple[str, ...], released: tuple[str, ...]) -> None:
    for run in (*keeping, *released):
        queries.run(db, run)
    if keeping or released:
        keep(home, kept_runs(home).union(keeping).difference(released))


def _document(found: Clearing, *, removed: bool) -> dict[str, object]:
    kinds = [{"what": what, "files": room.files, "bytes": room.size} for what, room in found.rooms.items()]
    return {"removed": removed, "found": kinds, "left": found.left}


def _text(found: Clearing, folder: Path, *, removed: bool) -> str:
    lines = [found.left] if found.left else []
    if not found.rooms:
        return "\n".join(["Nothing may go.", *lines])
    rows = [(what, f"{room.files:,}", size(room.size)) for what, room in found.rooms.items()]
    whole = size(sum(room.size for room in found.rooms.values()))
    does = f"Removed from {folder}" if removed else f"May go from {folder}"
    end = f"In all {whole}." + ("" if removed else " To remove it: the same with --yes")
    return "\n".join([f"{does}:", table(("", "files", "room"), rows, numeric=("files", "room")), end, *lines])
