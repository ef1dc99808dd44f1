"""A workspace, its server in this process, and clients that ask it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette

from hyperstep import Limits, Parameter, Pipeline, RegisterStep, Source, Step, TuneStep, choice, maximize
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.server.access import Access, addresses
from hyperstep.server.app import close, create_app
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
    close(made)


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
        close(app)

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


TRAIN = """
import argparse, os, time
from pathlib import Path
from hyperstep import tracking
parser = argparse.ArgumentParser()
parser.add_argument("--x", type=float)
parser.add_argument("--offset", type=float)
args = parser.parse_args()
for epoch in range(3):
    tracking.metric("score", args.offset - (args.x - 2) ** 2 - (2 - epoch), step=epoch)
gate = os.environ.get("GATE_OF_TESTS")
while gate and not Path(gate).exists():
    time.sleep(0.02)
Path("outputs/model.txt").write_text(f"model of {args.x}")
print("trained with", args.x)
"""


@pytest.fixture
def small(folder: Path) -> Pipeline:
    """A pipeline of a search over four values and a registration; its script stands in the folder `scripts`."""
    (folder / "scripts").mkdir()
    (folder / "scripts" / "train.py").write_text(TRAIN)
    (folder / "data.csv").write_text("1,2\n")
    train = Step("train.py", source=Source("scripts"), arguments=["--offset", Parameter("offset", 1.0)])
    tune = TuneStep(
        train,
        name="tune",
        space={"x": choice(1, 2, 3, 4)},
        metric=maximize("score"),
        sampler=GridSampler(),
        limits=Limits(trials=4, concurrent=2),
    )
    return Pipeline("small", [tune, RegisterStep("tiny", tune.best_file("outputs/model.txt"))])


@pytest.fixture
def published(folder: Path, small: Pipeline) -> str:
    """The name that the small pipeline is published under."""
    with Workspace.open(folder) as workspace:
        workspace.publish(small, base=folder, description="For tests")
    return "small"


@pytest.fixture
def finished(folder: Path, small: Pipeline) -> str:
    """A run of the small pipeline that has ended."""
    with Workspace.open(folder) as workspace:
        run = workspace.submit(small, base=folder)
        workspace.drive(run)
    return run


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Raw:
    """Asks an application with whatever a client could send, and no more checks than the wire has."""

    def __init__(self, app: Starlette, access: Access) -> None:
        self.app = app
        self.session = access.session()

    async def __call__(
        self,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]] = (),
        *,
        body: Sequence[bytes] = (b"",),
        host: Sequence[str] = (f"127.0.0.1:{PORT}",),
        who: str = "token",
    ) -> Answer:
        """One request. body: its parts as they arrive; a None never arrives. who: token, session or stranger."""
        raw, _, query = path.partition("?")
        known = {
            "token": [("authorization", f"Bearer {TOKEN}")],
            "session": [("cookie", f"hyperstep-{PORT}={self.session}")],
            "stranger": [],
        }[who]
        sent = [*(("host", one) for one in host), *known, *headers]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw),  # as uvicorn does
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in sent],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", PORT),
            "state": {},
        }
        parts = list(body)
        gone = asyncio.Event()
        found = Answer(0, {}, b"")

        async def receive() -> dict[str, Any]:
            if parts and parts[0] is not None:
                part = parts.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(parts)}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                found.status = message["status"]
                found.headers = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
                if found.headers.get("content-type", "").startswith("text/event-stream"):
                    gone.set()
            else:
                found.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return found


@pytest.fixture
def raw(app: Starlette, access: Access) -> Raw:
    return Raw(app, access)


ROUTE_VALUES = {
    "run": "1",
    "step": "tune",
    "trial": "1",
    "job": "1/tune/1.0",
    "metric": "score",
    "model": "tiny",
    "version": "1",
    "pipeline": "small",
    "file": "outputs/model.txt",
    "id": "small",
    "name": "style.css",
}


@dataclass(frozen=True)
class Address:
    """A route, with values in its path."""

    method: str
    template: str
    path: str


@pytest.fixture
def addresses_served(app: Starlette) -> list[Address]:
    """Every route that the application has."""
    found = []
    for route in app.routes:
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda named: ROUTE_VALUES.get(named[1], "x"), route.path)
        template = re.sub(r":\w+}", "}", route.path)
        found += [Address(method, template, path) for method in sorted(route.methods - {"HEAD"})]
    return found
