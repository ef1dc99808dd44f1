"""`runs` and `show`: what there is, and one of it closely."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hyperstep.cli.details import details
from hyperstep.cli.identify import identity_meant
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.summary import best_trial, summary
from hyperstep.cli.text import as_json, table
from hyperstep.standing import INTERRUPTED, standing, standing_in
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import JobRow, RunRow, StepRow, TrialRow
from hyperstep.wording import duration, moment, number
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "List the runs, newest first.",
        examples={"hyperstep runs": "the newest 20", "hyperstep runs -n 100 --json": "more, for programs"},
    )
)
@click.option("-n", "count", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@json_option
@workspace_option
def runs(count: int, workspace: Path | None, *, as_json_text: bool) -> None:
    """Print a table of runs."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        found = tuple(standing(row, opened.home) for row in queries.runs(opened.store.db, limit=count))
        if as_json_text:
            click.echo(as_json([asdict(row) for row in found]))
        elif not found:
            click.echo("Nothing has been run in this workspace yet. Start with: hyperstep run pipeline.py")
        else:
            rows = [_line(opened.store.db, row) for row in found]
            click.echo(table(("run", "state", "pipeline", "submitted", "took", "best"), rows, numeric=("run", "took")))
            left = next((row.id for row in found if row.state == INTERRUPTED), None)
            if left is not None:
                click.echo(f"\nTo go on with an interrupted run: hyperstep resume {left}")


def _line(db: Db, row: RunRow) -> tuple[str, ...]:
    took = duration(row.ended_at - row.submitted_at) if row.ended_at is not None else ""
    bests = ((step, best_trial(db, step)) for step in queries.steps(db, row.id) if step.kind == "tune")
    best = ", ".join(f"{step.metric} {number(trial.best_score)}" for step, trial in bests if trial)
    return (row.id, row.state, row.pipeline, moment(row.submitted_at), took, best)


@click.command(
    help=taught(
        "Show a run, a step, a trial or a job; the newest run if ID is left out.",
        examples={
            "hyperstep show": "the newest run",
            "hyperstep show 1": "a run: its steps, its best trial, its models",
            "hyperstep show 1/tune": "a step, also by its name alone: hyperstep show tune",
            "hyperstep show 1/tune/3": "a trial: values, metrics, files",
            "hyperstep show 1/tune/3.0": "a job: one attempt to run the trial's script",
        },
    )
)
@click.argument("identity", metavar="[ID]", required=False)
@json_option
@workspace_option
def show(identity: str | None, workspace: Path | None, *, as_json_text: bool) -> None:
    """Print all that is known of one thing."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        row = queries.describe(db, identity_meant(db, identity))
        if isinstance(row, RunRow):
            row = standing(row, opened.home)
        elif isinstance(row, StepRow):
            row = standing_in(standing(queries.run(db, row.run), opened.home), row)
        if as_json_text:
            click.echo(as_json(_document(db, row)))
        elif isinstance(row, RunRow):
            click.echo(summary(db, row, opened.home))
        else:
            click.echo(details(db, row, opened.home))


def _document(db: Db, row: RunRow | StepRow | TrialRow | JobRow) -> dict[str, Any]:
    """A row with what is right below it."""
    document: dict[str, Any] = asdict(row)
    match row:
        case RunRow():
            document["steps"] = [asdict(standing_in(row, step)) for step in queries.steps(db, row.id)]
        case StepRow(kind="tune"):
            document["trials"] = [asdict(trial) for trial in queries.trials(db, row.id)]
        case StepRow() | TrialRow():
            document["jobs"] = [asdict(job) for job in queries.jobs(db, row.id)]
        case JobRow():
            document["metrics"] = [asdict(metric) for metric in queries.metrics(db, row.id)]
            document["artifacts"] = [asdict(artifact) for artifact in queries.artifacts(db, row.id)]
    return document
