"""Pages: how much time of a processor they take, how large they are, and how soon a logged metric is seen in a browser.

    python -m benchmarks.pages [--trials 1000 100000] [--rounds 20] [--live]

Searches are generated as events; the pages are asked for in this process, without a network. `--live` follows a real
run in Chromium: from the moment that a script logs a value to the moment that the page shows it.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from hyperstep import Pipeline, Source, Step, TuneStep, loguniform, maximize, uniform
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
    DriverStarted,
    JobEnded,
    JobRequested,
    JobStarted,
    MetricsLogged,
    Point,
    RunSubmitted,
    StepReady,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.job import Ending, Job, Outcome
from hyperstep.search.trial import TrialStatus
from hyperstep.server.access import Access, addresses
from hyperstep.server.app import close, create_app
from hyperstep.workspace import Workspace

PORT = 8265
PAGES = {
    "runs": "/runs",
    "run": "/runs/1",
    "tuning": "/runs/1/tune",
    "tuning, one parameter": "/runs/1/tune?panel=slices",
    "tuning, sorted by a value": "/runs/1/tune?sort=.rate",
    "tuning, filtered": "/runs/1/tune?min.rate=0.1&max.rate=0.2",
    "trial": "/runs/1/tune/7",
    "styles and scripts": "",
}
_BATCH = 2_000


def fill(folder: Path, trials: int) -> None:
    """A search of so many trials with two reports each, the last two of them running."""
    tune = TuneStep(
        Step("train.py", source=Source(".")),
        name="tune",
        space={"rate": loguniform(-7, 0), "decay": uniform(0, 0.1), "depth": uniform(1, 9)},
        metric=maximize("r2"),
    )
    source = Artifact(digest="0" * 64, size=0)
    draw = random.Random(1)
    with Workspace.open(folder) as workspace:
        run = workspace.store.new_run(RunSubmitted(pipeline=Pipeline("generated", (tune,)), sources={".": source}))
        workspace.store.append(run, [DriverStarted(pid=1), StepReady(step="1/tune", fingerprint="")])
        happened: list = []
        for number in range(trials):
            values = {name: form.at(draw.random()) for name, form in tune.space.dimensions.items()}
            job, score = f"1/tune/{number}.0", draw.gauss(values["decay"], 0.1)
            happened += [
                TrialSuggested(step="1/tune", number=number, values=values),
                JobRequested(job=Job(id=job, script="train.py", source=source)),
                JobStarted(job=job, pid=1, start="fork"),
                MetricsLogged(job=job, points=(Point("r2", score - 0.1), Point("r2", score)), through=2),
            ]
            if number < trials - 2:
                status = TrialStatus.STOPPED if draw.random() < 0.3 else TrialStatus.COMPLETED
                happened += [
                    JobEnded(job=job, outcome=Outcome(ending=Ending.EXITED, seconds=draw.random())),
                    TrialEnded(step="1/tune", number=number, status=status, score=score, reason="it fell behind"),
                ]
            if len(happened) > _BATCH or number == trials - 1:
                workspace.store.append(run, happened)
                happened = []


async def ask(folder: Path, rounds: int) -> Iterator[tuple[str, list[float], int]]:
    access = Access("t" * 43, addresses(PORT))
    app = create_app(folder, access=access)
    cookies = {f"hyperstep-{PORT}": access.session()}
    found = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=f"http://127.0.0.1:{PORT}", cookies=cookies
    ) as client:
        for name, address in PAGES.items():
            if not address:
                parts = [
                    await client.get(f"/static/{file}") for file in ("style.css", "page.js", "live.js", "linked.js")
                ]
                parts += [await client.get(f"/static/{file}") for file in ("log.js", "stream.js")]
                found.append((name, [0.0], sum(len(gzip.compress(part.content)) for part in parts)))
                continue
            times = []
            for _ in range(rounds + 1):
                began = time.process_time()
                answer = await client.get(address, headers={"accept": "text/html"})
                times.append(time.process_time() - began)
                assert answer.status_code == 200, answer.text
            found.append((name, times[1:], len(gzip.compress(answer.content))))
    close(app)
    return found


CLOCK = """import time
from hyperstep import tracking
for _ in range(150):
    tracking.metric("clock", time.time())
    time.sleep(0.21)
"""


def follow() -> list[float]:
    """Seconds from a value's being logged to its being on the trial's page, for each value that was seen."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "train.py").write_text(CLOCK)
        (folder / "pipeline.py").write_text(
            "from hyperstep import *\n"
            "tune = TuneStep(Step('train.py'), name='tune', space={'rate': uniform(0, 1)}, metric=maximize('clock'),\n"
            "                limits=Limits(trials=1, concurrent=1))\n"
            "pipeline = Pipeline('clock', (tune,))\n"
        )
        with Workspace.open(folder):
            pass
        running = subprocess.Popen([sys.executable, "-m", "hyperstep", "run", "pipeline.py"], cwd=folder)
        with served(folder) as (url, cookie, session), sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            context = browser.new_context()
            context.add_cookies([{"name": cookie, "value": session, "url": url}])
            page = context.new_page()
            page.goto(f"{url}/runs")
            page.wait_for_selector("a[href='/runs/1/tune']", timeout=60_000)
            while page.goto(f"{url}/runs/1/tune/0").status != 200:
                page.wait_for_timeout(100)
            page.evaluate(
                """() => {
                  window.delays = [];
                  let before = "";
                  new MutationObserver(() => {
                    const shown = document.querySelector("td.n strong [title]")?.getAttribute("title");
                    if (!shown || shown === before) return;
                    before = shown;
                    window.delays.push(Date.now() / 1000 - Number(shown));
                  }).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
                }"""
            )
            running.wait()
            page.wait_for_timeout(1000)
            delays = page.evaluate("() => window.delays")
            browser.close()
    return delays


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str, str]]:
    """The workspace at an address: that, the session's cookie and its value."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    access = Access("t" * 43, addresses(port))
    app = create_app(folder, access=access)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))

    async def serve() -> None:
        await server.serve(sockets=[listening])
        close(app)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}", f"hyperstep-{port}", access.session()
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, nargs="*", default=[1_000, 100_000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--live", action="store_true", help="follow a run in Chromium as well")
    args = parser.parse_args()
    for trials in args.trials:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            fill(folder, trials)
            print(f"\n{trials:,} trials                median CPU ms  worst CPU ms   kB gzipped")
            for name, times, size in asyncio.run(ask(folder, args.rounds)):
                milliseconds = [1000 * one for one in times]
                middle = statistics.median(milliseconds)
                print(f"  {name:<28}{middle:>8.0f} {max(milliseconds):>12.0f} {size / 1000:>12.1f}")
    if args.live:
        delays = follow()
        ninth = sorted(delays)[int(0.9 * len(delays))]
        print(f"\n{len(delays)} values were seen: median {statistics.median(delays):.3f} s, 9 of 10 {ninth:.3f} s")


if __name__ == "__main__":
    main()
