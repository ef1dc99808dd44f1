"""`trials` and `best`: what a search tried, and what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hyperstep.cli.identify import identity_meant, search_meant
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.summary import best_trial, tally
from hyperstep.cli.text import as_json, bold, one_line, table
from hyperstep.engine.ids import run_of
from hyperstep.errors import NotFound
from hyperstep.failure import log_path
from hyperstep.filenames import paths
from hyperstep.search.values import Value, option_of
from hyperstep.store import queries
from hyperstep.store.cleared import cleared_trials
from hyperstep.store.queries import Db
from hyperstep.store.rows import ModelRow, StepRow, TrialRow
from hyperstep.store.tables import trial_records, write_csv
from hyperstep.wording import command_line, duration, number, short, size
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "List a tuning step's trials, best first.",
        "STEP is a tuning step, a run that has one, or nothing for the newest run.",
        examples={
            "hyperstep trials": "of the newest run",
            "hyperstep trials 1/tune -n 100": "the best 100",
            "hyperstep trials 1 --by-number": "as they were tried",
            "hyperstep trials 1 --json": "all of them, for programs",
            "hyperstep trials 1 --csv > trials.csv": "all of them, with every metric, for a spreadsheet or pandas",
        },
    )
)
@click.argument("step", metavar="[STEP]", required=False)
@click.option("-n", "count", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option("--by-number", is_flag=True, help="In the order in which they were tried.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@json_option
@workspace_option
def trials(
    step: str | None, count: int, workspace: Path | None, *, by_number: bool, as_csv: bool, as_json_text: bool
) -> None:
    """Print a table of trials."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        search = search_meant(db, step)
        found = queries.trials(db, search.id, order="number" if by_number else "best")
        if as_json_text:
            click.echo(as_json([asdict(trial) for trial in found]))
            return
        if as_csv:
            write_csv(trial_records(db, found), sys.stdout)
            return
        click.echo(f"{bold(search.id)}, {search.goal} {one_line(search.metric)}, {tally(found)}")
        if found:
            click.echo(f"\n{trial_table(search, found[:count])}")
        if len(found) > count:
            click.echo(f"and {len(found) - count} more: hyperstep trials {search.id} -n {len(found)}")


def trial_table(search: StepRow, found: tuple[TrialRow, ...]) -> str:
    """A line for each trial, with a column for each value; a score that never was finite is the last one."""
    names = sorted({name for trial in found for name in trial.values}, key=option_of)
    columns = ("trial", "state", search.metric, *map(option_of, names), "reports", "took", "")
    rows = [
        (
            str(trial.number),
            trial.state,
            number(trial.last_score if trial.best_score is None else trial.best_score),
            *(short(trial.values.get(name, "")) for name in names),
            str(trial.reports),
            duration(trial.seconds),
            "; ".join(filter(None, _remarks(search, trial))),
        )
        for trial in found
    ]
    numbers = [option_of(name) for name in names if all(_is_number(trial.values.get(name)) for trial in found)]
    return table(columns, rows, numeric=("trial", search.metric, *numbers, "reports", "took"))


def _remarks(search: StepRow, trial: TrialRow) -> list[str]:
    taken = [f"from {trial.taken}"] if trial.taken else []
    return ["best" if trial.number == search.best else trial.reason, *taken]


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@click.command(
    help=taught(
        "Show the best trial: its values as a command line, its files, the models made of it.",
        "RUN is a run, a tuning step, or nothing for the newest run; a trial's id shows that trial instead. "
        "A script takes the values with all their digits.",
        examples={
            "hyperstep best": "of the newest run",
            "hyperstep best 1": "of run 1",
            "hyperstep best 1 --values": "the command line alone: python train.py $(hyperstep best 1 --values)",
            "hyperstep best 1 --copy best": "write its outputs to the folder 'best'",
        },
    )
)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--values", "values_only", is_flag=True, help="Print the values alone, as options of a command line.")
@click.option("--copy", type=click.Path(path_type=Path), metavar="FOLDER", help="Write the winner's outputs there.")
@json_option
@workspace_option
def best(run: str | None, copy: Path | None, workspace: Path | None, *, values_only: bool, as_json_text: bool) -> None:
    """Print what the best trial was and made."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        identity = identity_meant(db, run)
        search = search_meant(db, identity)
        trial = _named(db, search, identity) or best_trial(db, search)
        if trial is None:
            raise NotFound(
                f"No trial of {search.id} has completed with a score. It has {tally(queries.trials(db, search.id))}."
            )
        models = _models_of(db, trial)
        if copy is not None:
            _copy(opened, trial, copy)
        if as_json_text:
            click.echo(as_json(_document(db, search, trial, models)))
        elif values_only:
            click.echo(command_line(trial.values))
        else:
            click.echo(_text(db, search, trial, models, opened.home))


def _named(db: Db, search: StepRow, identity: str) -> TrialRow | None:
    """The trial that an id names itself, or with a job; None for a run and a step."""
    _, _, below = identity.removeprefix(f"{run_of(identity)}/").partition("/")
    return queries.trial(db, f"{search.id}/{below.partition('.')[0]}") if below else None


def _models_of(db: Db, trial: TrialRow) -> list[ModelRow]:
    """The versions of models that were made of a trial, in whichever run."""
    return [
        row for model in queries.models(db) for row in queries.model_versions(db, model.name) if row.trial == trial.id
    ]


def _document(db: Db, search: StepRow, trial: TrialRow, models: list[ModelRow]) -> Mapping[str, Any]:
    return {
        **asdict(trial),
        "metric": search.metric,
        "goal": search.goal,
        "command_line": command_line(trial.values),
        "metrics": queries.last_metrics(db, trial.job),
        "artifacts": [asdict(stored) for stored in queries.artifacts(db, trial.job)],
        "models": [{"name": row.name, "version": row.version} for row in models],
    }


def _text(db: Db, search: StepRow, trial: TrialRow, models: list[ModelRow], home: Path) -> str:
    score = trial.last_score if trial.best_score is None else trial.best_score  # which may be NaN alone
    head = f"{bold(trial.id)}, {one_line(search.metric)} {number(score) or 'never logged'}"
    lines = [f"{head}; {tally(queries.trials(db, search.id))}", "", f"  {one_line(command_line(trial.values))}", ""]
    lines += [f"{one_line(name)}  {number(value)}" for name, value in queries.last_metrics(db, trial.job).items()]
    for stored in queries.artifacts(db, trial.job):
        lines.append(f"made  {one_line(stored.name)}, {size(stored.artifact.size)}")
        lines += [f"      {one_line(f'{stored.name}/{file.path}')}, {size(file.size)}" for file in stored.members[:20]]
    lines += [f"model {bold(row.name)} version {row.version}" for row in models]
    folder = log_path(home, trial.job).parent
    if folder.is_dir():
        lines.append(f"ran   in {one_line(str(folder))}")
    return "\n".join(
        [
            *lines,
            "",
            f"To take its files: hyperstep best {search.id if trial.number == search.best else trial.id} --copy FOLDER",
        ]
    )


def _copy(workspace: Workspace, trial: TrialRow, folder: Path) -> None:
    if folder.exists():
        raise click.BadParameter(f"{str(folder)!r} is there already. Name a folder that isn't.", param_hint="--copy")
    stored = queries.artifacts(workspace.store.db, trial.job)
    gone = not all(workspace.artifacts.contains(one.artifact) for one in stored)
    if gone and trial.id in cleared_trials(workspace.home):
        raise NotFound(
            f"The files of {trial.id} aren't stored any more: hyperstep gc --trial-outputs removed them, since another "
            f"trial is the best. Its values are: {command_line(trial.values)}"
        )
    folder.mkdir(parents=True)
    places = paths([one.name for one in stored])  # scripts chose these names
    for one in stored:
        workspace.artifacts.checkout(one.artifact, folder / places[one.name])
    click.echo(f"Wrote {len(stored)} outputs to {folder}.", err=True)
