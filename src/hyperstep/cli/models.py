"""`models`: the registered models, their versions and where each comes from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from hyperstep.cli.details import pairs
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, bold, table
from hyperstep.engine.artifact import Artifact
from hyperstep.store import queries
from hyperstep.store.rows import ModelRow
from hyperstep.wording import command_line, moment, number, options, size
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "List the registered models; of one, all its versions; of a version, where it comes from.",
        examples={
            "hyperstep models": "the newest version of each",
            "hyperstep models ridge": "all versions of one",
            "hyperstep models ridge:2": "a version, by number or alias: trial, values, metrics, code, data",
            "hyperstep models ridge:2 --copy model": "write its file or folder",
        },
    )
)
@click.argument("name", metavar="[NAME[:VERSION]]", required=False)
@click.option("--copy", type=click.Path(path_type=Path), metavar="PATH", help="Write the file or folder there.")
@json_option
@workspace_option
def models(name: str | None, copy: Path | None, workspace: Path | None, *, as_json_text: bool) -> None:
    """Print a table of models or versions, or one version in full."""
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        db = opened.store.db
        plain, _, version = (name or "").partition(":")
        if copy is not None or version:
            row = queries.model(db, plain, version or None)
            if copy is not None:
                _copy(opened, row, copy)
            click.echo(as_json(asdict(row)) if as_json_text else _details(row))
            return
        found = queries.model_versions(db, plain) if plain else queries.models(db)
        if as_json_text:
            click.echo(as_json([asdict(row) for row in found]))
        elif not found:
            click.echo(
                "No model is registered yet. In a pipeline: RegisterStep('name', tune.best_file('outputs/...')); "
                "in a script: tracking.register('name', path)."
            )
        else:
            click.echo(_table(found))


def _table(found: tuple[ModelRow, ...]) -> str:
    rows = [
        (
            row.name,
            str(row.version),
            ", ".join(row.aliases),
            moment(row.created_at),
            row.trial or row.step,
            options(row.values),
            ", ".join(f"{name} {number(value)}" for name, value in row.metrics.items()),
        )
        for row in found
    ]
    return table(("model", "version", "aliases", "registered", "from", "values", "metrics"), rows, numeric=("version",))


def _details(row: ModelRow) -> str:
    lines = {
        "registered": f"{moment(row.created_at)} by {f'run {row.run}' if row.run else 'hand'}",
        "aliases": ", ".join(row.aliases),
        "tags": ", ".join(f"{key}={value}" for key, value in row.tags.items()),
        "from": row.trial or row.step,
        "job": row.job,
        "values": command_line(row.values),
        "metrics": ", ".join(f"{name} {value!r}" for name, value in row.metrics.items()),
        row.kind: f"{row.member or 'whole'}, {size(row.size)}" if row.kind == "tree" else size(row.size),
        "digest": row.digest,
        "code": row.source,
        **{f"data {name}": digest for name, digest in row.data.items()},
        "environment": row.environment,
    }
    return f"{bold(row.name)} version {row.version}\n\n{pairs(lines)}"


def _copy(workspace: Workspace, row: ModelRow, to: Path) -> None:
    if to.exists():
        raise click.BadParameter(f"{str(to)!r} is there already. Name a path that isn't.", param_hint="--copy")
    artifact = Artifact(digest=row.digest, size=row.size, kind=row.kind, member=row.member)
    workspace.artifacts.checkout(artifact, to)
