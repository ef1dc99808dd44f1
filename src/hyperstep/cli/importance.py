"""`importance`: which parameters mattered in a search."""

from __future__ import annotations

from pathlib import Path

import click

from hyperstep.cli.identify import search_meant
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, bold, one_line, table
from hyperstep.engine.events import RunSubmitted
from hyperstep.errors import SubmissionError
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.importance import FEWEST, importance
from hyperstep.search.values import option_of
from hyperstep.store import queries
from hyperstep.store.earlier import ended_trials
from hyperstep.workspace import Workspace

_WIDTH = 30  # characters of a full bar


@click.command(
    "importance",
    help=taught(
        "Show which parameters of a search mattered.",
        "STEP is a tuning step, a run that has one, or nothing for the newest run. The figure is the share of the "
        "differences in score that a parameter explains by itself; what only several explain together is in none.",
        examples={"hyperstep importance": "of the newest run", "hyperstep importance 1/tune --json": "for programs"},
    ),
)
@click.argument("step", metavar="[STEP]", required=False)
@json_option
@workspace_option
def show_importance(step: str | None, workspace: Path | None, *, as_json_text: bool) -> None:
    """Print a bar for each parameter."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        row = search_meant(db, step)
        (submitted,) = (one.event for one in queries.events(db, row.run, [RunSubmitted]))
        assert isinstance(submitted, RunSubmitted), "only this kind was asked for"
        (search,) = (s for s in submitted.pipeline.steps if isinstance(s, TuneStep) and s.name == row.name)
        found = importance(search.space, ended_trials(db, row), search.metric.goal)
    if not found:
        raise SubmissionError(
            f"{row.id} has fewer than {FEWEST} trials with a score, too few to tell what mattered. "
            f"More trials: hyperstep extend {row.id} --trials {FEWEST}"
        )
    if as_json_text:
        click.echo(as_json(found))
        return
    rows = [(option_of(name), f"{share:.0%}", "█" * round(share * _WIDTH)) for name, share in found.items()]
    click.echo(f"{bold(row.id)}: share of the differences in {one_line(row.metric)} that each explains by itself\n")
    click.echo(table(("parameter", "share", ""), rows, numeric=("share",)))
