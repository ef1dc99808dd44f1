"""`up`: the web interface and the REST endpoint of a workspace."""

from __future__ import annotations

import signal
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from hyperstep.cli.options import taught, workspace_option
from hyperstep.errors import SubmissionError, WorkspaceBusy
from hyperstep.store.lock import WorkspaceLock
from hyperstep.workspace import Workspace


@click.command(
    help=taught(
        "Open the web interface: runs as they go on, models, and a REST endpoint for programs.",
        "It serves this machine alone, and answers nobody without the workspace's token; the address that it prints "
        "brings a browser in, once. Programs send the token, which stands in .hyperstep/server/token, as "
        "'Authorization: Bearer TOKEN'. Runs that are submitted to it are driven by it, one after the other.",
        examples={
            "hyperstep up": "",
            "hyperstep up --no-browser --port 8300": "",
            "hyperstep up --host 0.0.0.0 --token-file token --behind-proxy https://ml.example.org": "for others too",
        },
    )
)
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8265, or another if that is taken.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address of this machine to listen on.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False), help="Take the token from this file.")
@click.option("--behind-proxy", "behind", default="", metavar="ORIGIN", help="Where a proxy that does TLS is reached.")
@click.option("--tls-certificate", "certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tls-key", "key", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--env", "variables", multiple=True, metavar="NAME", help="Pass this variable on to scripts, too.")
@workspace_option
def up(
    port: int | None,
    host: str,
    token_file: Path | None,
    behind: str,
    certificate: Path | None,
    key: Path | None,
    variables: tuple[str, ...],
    workspace: Path | None,
    *,
    no_browser: bool,
) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from hyperstep.server.app import close, create_app
    from hyperstep.server.drive import Driving
    from hyperstep.server.serve import Server, Wishes
    from hyperstep.server.served import FOLDER, LOCK, address_of

    with Workspace.open(workspace) as opened:
        folder, home = opened.folder, opened.home
    wishes = Wishes(
        host=host, port=port, token_file=token_file, behind=behind.rstrip("/"), certificate=certificate, key=key
    )
    try:
        lock = WorkspaceLock(home / FOLDER / LOCK)
        with lock, _stopped_well(), Driving(folder, variables):
            server = Server(home, wishes)
            app = create_app(folder, access=server.access)

            def say() -> None:
                address = f"{server.served.url}/login?code={server.access.code()}"
                click.echo(f"{folder} is served at {server.served.url}\n  Open, once, within ten minutes: {address}")
                click.echo("  Ctrl-C ends it and stops what it drives; that goes on when it is started again.")
                if not no_browser:
                    webbrowser.open(address)

            server.run(app, ready=say, ending=app.state.feed.close)
            close(app)
    except WorkspaceBusy:
        raise SubmissionError(f"A server of this workspace is up already, at {address_of(home)}.") from None
    return 0


@contextmanager
def _stopped_well() -> Iterator[None]:
    """While this lasts, the signals that the server ends on end nothing else."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        """The server has heard it too."""

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
