"""`init`: a small project of one's own, which runs at once."""

from __future__ import annotations

import shlex
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from hyperstep.cli.options import taught
from hyperstep.errors import SubmissionError


@click.command(
    help=taught(
        "Write a small project, ready to run: a pipeline, two scripts, a README.",
        "The scripts need nothing but Python. Put your own training in their place.",
        examples={"hyperstep init first": "into the folder 'first'", "hyperstep init": "into this folder"},
    )
)
@click.argument("folder", metavar="[FOLDER]", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Copy the template; nothing that is there is overwritten."""
    template = dict(_walk(files("hyperstep.cli") / "template"))
    there = [name for name in template if (folder / name).exists()]
    if there:
        raise SubmissionError(
            f"{str(folder)!r} already has {', '.join(there)}, and nothing is overwritten. Name another folder."
        )
    for name, content in template.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(content)
        except OSError as error:
            error.filename = str(path)  # a full disk doesn't say which file it refused
            raise
    click.echo(f"Wrote {', '.join(template)} to {click.format_filename(folder)}.\n\nNext:")
    if folder != Path():
        click.echo(f"  cd {shlex.quote(click.format_filename(folder))}")
    click.echo("  hyperstep run pipeline.py")


def _walk(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    """The files below a folder by their path, sorted."""
    found = []
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            found += _walk(item, f"{prefix}{item.name}/") if item.name != "__pycache__" else []
        elif not item.name.endswith(".pyc"):
            found.append((f"{prefix}{item.name}", item.read_bytes()))
    return found
