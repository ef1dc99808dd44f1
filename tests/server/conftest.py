"""A workspace, its server in this process, and clients that ask it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from hyperstep.server.access import Access, addresses
from hyperstep.server.app import create_app
from hyperstep.server.serve import Server, Wishes
from hyperstep.workspace import Workspace

PORT = 8265
URL = f"http://127.0.0.1:{PORT}"
DEADLINE = 30
TOKEN = "t" * 43

Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Workspace.open(tmp_path) as workspace:
        return workspace.folder


@pytest.fixture
def access() -> Access:
    return Access(TOKEN, addresses(PORT))


@pytest.fixture
def app(folder: Path, access: Access) -> Iterator[Starlette]:
    made = create_app(folder, access=access)
    yield made
    made.state.reading.close()


@dataclass
class Up:
    """A server that listens on a port of this machine."""

    url: str
    server: Server
    folder: Path
    client: httpx.Client
    """Sends the token."""


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    """The real server, in a thread of this process."""
    server = Server(folder / ".hyperstep", Wishes(port=0))
    ready = threading.Event()

    def serve() -> None:
        app = create_app(folder, access=server.access)
        server.run(app, ready=ready.set, ending=app.state.feed.close)
        app.state.reading.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(DEADLINE)
    token = (folder / ".hyperstep/server/token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=server.served.url, headers=headers, timeout=DEADLINE, limits=limits) as client:
        yield Up(server.served.url, server, folder, client)
    server.stop()
    thread.join(DEADLINE)
    assert not thread.is_alive()


@pytest.fixture
def client(app: Starlette) -> Client:
    """Makes a client: with the token, or with other headers."""

    def make(headers: dict[str, str] | None = None, **settings: object) -> httpx.AsyncClient:
        given = {"Authorization": f"Bearer {TOKEN}"} if headers is None else headers
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, headers=given, **settings)

    return make
