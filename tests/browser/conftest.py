"""A real browser, a real server, and a workspace with real runs for them to look at.

The browser is driven from a thread's own loop, so each module starts and ends
it: while it is there, nothing else in the process could use asyncio.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from hyperstep import (
    BanditPolicy,
    Limits,
    Output,
    Parameter,
    Pipeline,
    RegisterStep,
    Source,
    Step,
    TuneStep,
    choice,
    loguniform,
    minimize,
    uniform,
)
from hyperstep.server.access import Access, addresses
from hyperstep.server.app import close, create_app
from hyperstep.store import queries
from hyperstep.workspace import Workspace

SHOTS = Path(__file__).resolve().parent / "shots"
AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
PATIENCE = 20_000  # milliseconds until something that must come counts as lost


class Site:
    """A workspace that is served, in a thread; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = socket.create_server(("127.0.0.1", 0))
        port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.cookie = f"hyperstep-{port}"
        self.access = Access("t" * 43, addresses(port))
        self.app = create_app(folder, access=self.access)
        config = uvicorn.Config(self.app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.socket.close()

    def _serve(self) -> None:
        async def serve() -> None:
            await self._server.serve(sockets=[self.socket])
            close(self.app)

        asyncio.run(serve())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("There is no chromium. On Debian: apt-get install chromium; or name one in CHROMIUM.")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, serve: Callable[[Path], Site]) -> Iterator[Open]:
    """Opens a page of a site with a session; what the page or its policy complains about fails the test.

    It ends before any site does, since a page that has lost its server complains.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(site: Site, address: str = "/", *, context: BrowserContext | None = None, **settings: object) -> Page:
        if context is None:
            context = chromium.new_context(**settings)
            context.set_default_timeout(PATIENCE)
            context.add_cookies([{"name": site.cookie, "value": site.access.session(), "url": site.url}])
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{address}: {error}"))
        page.on(
            "console",
            lambda said: complaints.append(f"{address}: {said.text}") if said.type in ("error", "warning") else None,
        )
        page.on("dialog", lambda dialog: (complaints.append(f"{address}: dialog {dialog.message}"), dialog.dismiss()))
        page.goto(f"{site.url}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


PREPARE = """import json, sys
json.dump([1, 2, 3], open(sys.argv[2], "w"))
print("three numbers")
"""
TRAIN = """import argparse, os
from hyperstep import tracking
parser = argparse.ArgumentParser()
for name in ("--data", "--rate", "--decay", "--form", "--epochs", "--fail"):
    parser.add_argument(name)
args = parser.parse_args()
rate, decay = float(args.rate), float(args.decay)
print("rate", rate, "decay", decay, "form", args.form)
for epoch in range(int(args.epochs)):
    tracking.metric("error", (rate - 0.1) ** 2 + decay + 1 / (1 + epoch))
    tracking.metric("seen", epoch)
assert args.fail == "no" and rate < 0.9, "it was asked to fail"
os.makedirs("outputs", exist_ok=True)
open("outputs/model.json", "w").write(str(rate))
"""


def pipeline() -> Pipeline:
    """Prepares, tunes with twenty-four trials under a policy, registers."""
    scripts = Source("steps")
    prepare = Step("prepare.py", source=scripts, arguments=("--data", Output("data")))
    given = ("--data", prepare.output("data"), "--epochs", Parameter("epochs", 12), "--fail", Parameter("fail", "no"))
    tune = TuneStep(
        Step("train.py", source=scripts, arguments=given),
        name="tune",
        space={"rate": loguniform(-6, 0), "decay": uniform(0, 0.5), "form": choice("flat", "round")},
        metric=minimize("error"),
        policy=BanditPolicy(slack_factor=0.3, evaluation_interval=2, delay_evaluation=4),
        limits=Limits(trials=24, concurrent=2),
    )
    return Pipeline("small", (prepare, tune, RegisterStep("line", tune.best_file("outputs/model.json"))))


def write_scripts(folder: Path) -> None:
    (folder / "steps").mkdir()
    (folder / "steps" / "prepare.py").write_text(PREPARE)
    (folder / "steps" / "train.py").write_text(TRAIN)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, one that completed and one that failed; and a published pipeline. Nothing changes it."""
    folder = tmp_path_factory.mktemp("looked-at")
    write_scripts(folder)
    with Workspace.open(folder) as workspace:
        workspace.claim()
        for parameters in ({}, {"fail": "yes"}):
            workspace.drive(workspace.submit(pipeline(), parameters, base=folder, labels={"who": "tests"}))
        (first,) = (one.event for one in queries.events(workspace.store.db, "1") if one.number == 1)
        workspace.store.publish("small", first, description="what the tests run")
    return folder


@pytest.fixture(scope="module")
def site(ran: Path) -> Iterator[Site]:
    with Site(ran) as served:
        yield served


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Site]]:
    """Serves other workspaces."""
    served: list[Site] = []

    def begin(folder: Path) -> Site:
        served.append(Site(folder).__enter__())
        return served[-1]

    yield begin
    for site in served:
        site.__exit__()


@pytest.fixture
def faults() -> Callable[[Page], list[str]]:
    """What axe finds wrong with a page, in words."""

    def found(page: Page) -> list[str]:
        page.evaluate(AXE)
        report = page.evaluate("() => axe.run()")
        return [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for one in report["violations"]
            for node in one["nodes"]
        ]

    return found


@pytest.fixture(scope="session")
def shots() -> Path:
    SHOTS.mkdir(exist_ok=True)
    return SHOTS
