"""`publish`: a pipeline that can be run by its name, by programs and from the web interface."""

from __future__ import annotations

from pathlib import Path

import click

from hyperstep.cli.options import taught, workspace_option
from hyperstep.cli.pipeline_file import find
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Keep a pipeline under a name, with its scripts and data as they are now.",
        "What is edited later doesn't change it; published again, it is the name's next version. Runs of it are asked "
        "for in the web interface or by programs, over REST, and driven by the server: hyperstep up.",
        examples={
            "hyperstep publish pipeline.py": "under the pipeline's own name",
            "hyperstep publish pipeline.py --name nightly": "",
        },
    )
)
@click.argument("target", metavar="PIPELINE")
@click.option("--name", default="", help="Letters, digits, '-', '_' and '.'. Default: the pipeline's own name.")
@click.option("--description", default="", help="A sentence for those who see it in a list.")
@workspace_option
def publish(target: str, name: str, description: str, workspace: Path | None) -> None:
    """Snapshot what `target` defines, and record it."""
    from hyperstep.server.served import served

    found = find(target)
    with Workspace.open(workspace) as opened:
        version = opened.publish(found.pipeline, name, origin=found.origin, base=found.base, description=description)
        server = served(opened.home)
    name = name or found.pipeline.name
    click.echo(f"{name} version {version} is published.")
    url = server.url if server else "http://127.0.0.1:8265"
    click.echo(f"  POST {url}/api/pipelines/{name}/runs{'' if server else '    once hyperstep up is running'}")
