"""`v1`: run programs that are written for Azure's SDK v1, and say which of their names are done here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hyperstep.cli.options import json_option, taught
from hyperstep.cli.text import as_json, one_line

if TYPE_CHECKING:
    from hyperstep.azureml_v1.check import Report

EXAMPLES = {
    "hyperstep v1 build_pipeline.py": "run a program, with azureml answered from here",
    "hyperstep v1 -m ml_service.build --size 3": "run a module, with arguments of its own",
    "hyperstep v1 check .": "which azureml names a project uses, and what is done here",
    "hyperstep v1 enable": "let every program of this environment import azureml",
}
HIDDEN = "program"
URLS = "datasets.urls"


class Programs(click.Group):
    """What is no command is a program to run, and all that follows is the program's own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = [HIDDEN, "--", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=Programs,
    subcommand_metavar="FILE | -m MODULE | COMMAND [ARGS]...",
    help=taught(
        "Run a program that is written for the Azure ML SDK v1, unmodified: FILE or -m MODULE, then its arguments.",
        "Every import of azureml in it is answered by hyperstep, and everything runs on this machine.",
        examples=EXAMPLES,
    ),
)
def v1() -> None:
    """Run a program, or choose a command."""


@v1.command(HIDDEN, hidden=True, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def program_(context: click.Context, words: tuple[str, ...]) -> int:
    """Run it as Python would."""
    from hyperstep.azureml_v1 import launch  # each command loads its own: this one's time is the program's

    first, *rest = words
    if first == "-m":
        if not rest:
            raise click.UsageError("-m needs the name of a module: hyperstep v1 -m package.module", context.parent)
        return launch.run_module(rest[0], rest[1:])
    if first.startswith("-"):
        raise click.UsageError(f"There is no option {first!r}. Name a FILE, -m MODULE, or a command.", context.parent)
    return launch.run_file(first, rest)


python_option = click.option(
    "--python",
    metavar="PYTHON",
    help="An interpreter, or a virtual environment's folder. Default: the one that hyperstep runs in.",
)


@v1.command(help="Let every program and notebook of an environment import azureml, by one file in it.")
@python_option
def enable(python: str | None) -> None:
    """Prepare an environment."""
    from hyperstep.azureml_v1 import prepared

    path = prepared.enable(python)
    click.echo(f"Programs of this environment can import azureml now: {click.format_filename(path)} says so.")


@v1.command(help="Take away what `enable` did.")
@python_option
def disable(python: str | None) -> None:
    """Undo `enable`."""
    from hyperstep.azureml_v1 import prepared

    removed = prepared.disable(python)
    click.echo("Programs import azureml no longer." if removed else "There was nothing to take away.")


@v1.command(
    help="Answer from FILE wherever a program asks for the data at URL: nothing is fetched from the network here. FILE "
    "is a file or a folder, and is read where it lies."
)
@click.argument("url")
@click.argument("file", type=click.Path(path_type=Path, exists=True))
def data(url: str, file: Path) -> None:
    """Note it in the workspace's table."""
    from hyperstep.azureml_v1 import home, shelf

    shelf.put(URLS, url, {"path": str(file.absolute())})
    click.echo(f"{one_line(url)} is {click.format_filename(file)} in the workspace of {home.folder()}.")


@v1.command(
    help=taught(
        "List the azureml names that a program, a notebook or all of a folder uses, without running any of it.",
        "Each runs here, is recorded only (and has no effect on this machine), or is refused when it is used. The exit "
        "code is 1 if anything is refused.",
        examples={"hyperstep v1 check .": "everything below this folder", "hyperstep v1 check --json train.ipynb": ""},
    )
)
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@json_option
def check(path: Path, *, as_json_text: bool) -> int:
    """Read and judge."""
    from hyperstep.azureml_v1 import check as checking

    report = checking.check(str(path))
    if as_json_text:
        names = [one._asdict() for one in report.found]
        unread = [{"file": file, "why": why} for file, why in report.unread]
        click.echo(as_json({"names": names, "unread": unread, "refused": len(report.refused)}))
    else:
        for line in _lines(report):
            click.echo(line)
        for file, why in report.unread:
            click.echo(f"Note: {one_line(file)} wasn't read: {one_line(why)}", err=True)
    return 1 if report.refused else 0


COLOURS = {"runs here": "green", "recorded only": "yellow", "refused": "red"}


def _lines(report: Report) -> list[str]:
    if not report.found:
        return ["No azureml name is used."]
    lines = []
    for verdict, colour in COLOURS.items():
        judged = [one for one in report.found if one.verdict == verdict]
        if judged:
            lines.append(click.style(f"{verdict} ({len(judged)})", fg=colour))
        for one in judged:
            lines.append(f"  {one.name}  {one_line(_places(one.places))}")
            if one.detail:
                lines.append(f"      {one.detail}")
            if verdict == "refused" and not one.used:
                lines.append("      It is imported and not used, which does no harm.")
    refused = len(report.refused)
    lines.append(
        f"{refused} of {len(report.found)} names can't be used here."
        if refused
        else "Nothing here stops it from running."
    )
    return lines


def _places(places: list[str]) -> str:
    shown = ", ".join(places[:3])
    return f"{shown} and {len(places) - 3} more" if len(places) > 3 else shown
