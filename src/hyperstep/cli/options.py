"""What many commands have alike: options, and a help that ends in examples."""

from __future__ import annotations

from pathlib import Path

import click

workspace_option = click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The folder that holds .hyperstep. Default: the nearest one from here upwards.",
)

durability_option = click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="full: what is recorded survives a loss of power. normal: after one the last seconds may be gone; nothing is "
    "torn, and the death of any process loses nothing either way.",
)

json_option = click.option("--json", "as_json_text", is_flag=True, help="Print JSON, for programs.")


def taught(*paragraphs: str, examples: dict[str, str]) -> str:
    """A command's help: paragraphs, and under them command lines with what each does."""
    room = max(map(len, examples))
    lines = "\n".join(f"  {command:<{room}}  {does}".rstrip() for command, does in examples.items())
    return "\n\n".join((*paragraphs, f"\b\nExamples:\n{lines}"))  # \b: click keeps the lines of this paragraph
