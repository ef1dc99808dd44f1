"""`env`: which interpreter the steps of a named environment run in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from hyperstep.azureml_v1 import conda_file
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, table
from hyperstep.environments.build import build
from hyperstep.environments.named import NamedEnvironment, environment, environments, forget, note, use
from hyperstep.environments.requirements import Requirements, requirements
from hyperstep.errors import DefinitionError
from hyperstep.place import make_home, nearest

EXAMPLES = {
    "hyperstep env": "what is known, and what each runs in",
    "hyperstep env use sklearn-old ~/venvs/old": "an interpreter, or a virtual environment's folder",
    "hyperstep env build sklearn-old": "build what Azure code asked for, and use it",
    "hyperstep env build old --file conda.yml": "or what a file asks for",
    "hyperstep env forget sklearn-old": "run in hyperstep's own Python again",
}


@click.group(
    invoke_without_command=True,
    help=taught(
        "Choose the Python that the steps of a named environment run in.",
        "Pipelines that come from Azure name environments: a list of packages, often old ones. Unless one is chosen "
        "here their steps run in the Python that runs hyperstep.",
        examples=EXAMPLES,
    ),
)
@json_option
@workspace_option
@click.pass_context
def env(context: click.Context, workspace: Path | None, *, as_json_text: bool) -> None:
    """List the environments, unless a command follows."""
    folder = workspace or nearest()
    context.obj = folder
    if context.invoked_subcommand:
        return
    found = environments(folder / ".hyperstep")
    if as_json_text:
        click.echo(as_json([asdict(one) for one in found]))
    elif found:
        click.echo(table(("environment", "python", "runs in", "asks for"), map(_row, found)))
    else:
        click.echo(
            "No environment is known yet: those of Azure code are, once it has submitted something. "
            "hyperstep env use NAME PYTHON gives any name an interpreter."
        )


@env.command(
    "use", help="Run the steps of environment NAME in PYTHON: an interpreter, or a virtual environment's folder."
)
@click.argument("name")
@click.argument("python")
@click.pass_obj
def use_(folder: Path, name: str, python: str) -> None:
    """Choose by hand."""
    found = use(make_home(folder), name, python)
    click.echo(f"Steps of environment {name!r} run in {found.python} from now on.")


@env.command(
    "build",
    help="Build a virtual environment for what NAME asks for, with uv, and use it. It is kept: what is asked for alike "
    "is built once.",
)
@click.argument("name")
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A conda file (.yml) or a list for pip (.txt), in place of what is known by this name.",
)
@click.option("--python", default="", metavar="VERSION", help="The Python to build with, such as 3.8.")
@click.pass_obj
def build_(folder: Path, name: str, file: Path | None, python: str) -> None:
    """Build what is known, or what a file asks for."""
    home = make_home(folder)
    wanted = _asked(file, python) if file else environment(home, name).wanted
    if python and not file:
        wanted = Requirements(python=python, packages=wanted.packages, left_out=wanted.left_out)
    note(home, name, wanted)
    for text in wanted.left_out:
        click.echo(f"Note: {text} isn't installed: it is no Python package, or hyperstep answers for it.", err=True)
    built = build(home, wanted)
    found = use(home, name, str(built / "bin" / "python"), built=wanted.digest)
    click.echo(f"Steps of environment {name!r} run in {found.python} from now on.")


@env.command("forget", help="Let the steps of environment NAME run in hyperstep's own Python again.")
@click.argument("name")
@click.pass_obj
def forget_(folder: Path, name: str) -> None:
    """Take the choice back."""
    forget(folder / ".hyperstep", name)
    click.echo(f"Environment {name!r} is forgotten: its steps run in the Python that runs hyperstep.")


def _asked(file: Path, python: str) -> Requirements:
    text = file.read_text(encoding="utf-8")
    if file.suffix not in (".yml", ".yaml"):
        return requirements(pip=text.splitlines(), python=python)
    try:
        asked = conda_file.read(text, str(file)).get("dependencies") or []
    except UserErrorException as error:
        raise DefinitionError(error.message) from error
    conda = [item for item in asked if isinstance(item, str)]
    pip = [line for item in asked if isinstance(item, dict) for line in item.get("pip", [])]
    return requirements(pip=pip, conda=conda, python=python)


def _row(one: NamedEnvironment) -> tuple[str, str, str, str]:
    runs_in = one.python or "hyperstep's own"
    if one.outdated:
        runs_in += f" (it asks for something else now: hyperstep env build {one.name})"
    return one.name, one.wanted.python, runs_in, ", ".join(one.wanted.packages)
