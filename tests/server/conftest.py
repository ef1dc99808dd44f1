"""A workspace, its server in this process, and clients that ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from hyperstep.server.access import Access, addresses
from hyperstep.server.app import create_app
from hyperstep.workspace import Workspace

PORT = 8265
URL = f"http://127.0.0.1:{PORT}"
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


@pytest.fixture
def client(app: Starlette) -> Client:
    """Makes a client: with the token, or with other headers."""

    def make(headers: dict[str, str] | None = None, **settings: object) -> httpx.AsyncClient:
        given = {"Authorization": f"Bearer {TOKEN}"} if headers is None else headers
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, headers=given, **settings)

    return make
