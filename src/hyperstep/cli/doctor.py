"""`doctor`: what is wrong with this machine or workspace, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click

from hyperstep.cli.counter import counter
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, one_line
from hyperstep.errors import WorkspaceMissing
from hyperstep.place import nearest
from hyperstep.upkeep.examine import machine_findings, workspace_findings
from hyperstep.upkeep.finding import Finding, Level
from hyperstep.wording import counted, size

FAULTY = 1
_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "red"}


@click.command(
    help=taught(
        "Say what is wrong with this machine or the workspace, why it matters and what to do. Nothing is changed.",
        "Exit code 1 if there is a fault; a warning is none. Works without a workspace as well.",
        examples={"hyperstep doctor": "", "hyperstep doctor --deep": "read all stored files as well"},
    )
)
@click.option("--deep", is_flag=True, help="Hash every stored file again; takes as long as reading them all.")
@json_option
@workspace_option
def doctor(workspace: Path | None, *, deep: bool, as_json_text: bool) -> int:
    """Print each finding as it comes."""
    folder = (workspace or nearest()).absolute()
    if not folder.is_dir():
        raise WorkspaceMissing(f"{str(folder)!r} isn't a folder. Name one that is.")
    found = []
    with counter("read", size) as progress:
        for finding in chain(machine_findings(), workspace_findings(folder, deep=deep, progress=progress)):
            found.append(finding)
            if not as_json_text:
                click.echo(_text(finding))
    faults = sum(finding.level is Level.FAULT for finding in found)
    warnings = sum(finding.level is Level.WARNING for finding in found)
    if as_json_text:
        click.echo(as_json([{**asdict(finding), "level": finding.level.value} for finding in found]))
    else:
        click.echo(f"\n{counted(faults, 'fault')}, {counted(warnings, 'warning')}.")
    return FAULTY if faults else 0


def _text(finding: Finding) -> str:
    head = click.style(f"{finding.level.value:<7}", fg=_COLOURS[finding.level])
    lines = [f"{head}  {one_line(finding.name)}: {one_line(finding.found)}"]
    lines += [f"         {one_line(text)}" for text in (finding.why, finding.do) if text]
    return "\n".join(lines)
