"""What the server serves, against a bare Starlette application on the same uvicorn, in the same minutes.

    python -m benchmarks.server [--seconds 10] [--trials 10000] [--rounds 3]

Reads: 50 clients that ask as fast as they can, for trials, pages of 100 trials, runs and metrics of a search of
10,000 trials. Triggers: 50 clients that submit a published pipeline, each durable before it is answered, one in ten
with a key that was used before. Events: 500 listeners, ten events a second; all of them must hear all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep import Limits, Parameter, Pipeline, Source, Step, TuneStep, maximize, uniform
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import (
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
from hyperstep.pipeline.environment import Environment
from hyperstep.search.trial import TrialStatus
from hyperstep.server.app import close, create_app
from hyperstep.server.serve import Server, Wishes
from hyperstep.store.sqlite import SqliteStore
from hyperstep.workspace import Workspace

CLIENTS = 50
LISTENERS = 500
EVENTS_A_SECOND = 10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", choices=("hyperstep", "bare"))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.serve == "hyperstep":
        serve(given.folder)
    elif given.serve == "bare":
        serve_bare(given.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(Path(folder), given.seconds, given.trials, given.rounds))


# The servers, each in a process of its own


def serve(folder: Path) -> None:
    server = Server(folder / ".hyperstep", Wishes(port=0))
    app = create_app(folder, access=server.access)
    sessions = [server.access.session() for _ in range(LISTENERS // 10)]
    print(json.dumps({"url": server.served.url, "sessions": sessions}), flush=True)
    server.run(app, ready=lambda: None, ending=app.state.feed.close)
    close(app)


def serve_bare(folder: Path) -> None:
    """The same bytes for every read, and one durable row for every trigger."""
    read = json.dumps({"items": [{"number": number, "name": "x" * 80} for number in range(15)]})
    db = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY, body TEXT)")

    async def get(_request: Request) -> Response:
        return Response(read, media_type="application/json")

    async def post(request: Request) -> Response:
        body = await request.body()
        made = db.execute("INSERT INTO run (body) VALUES (?)", [body])
        return Response(json.dumps({"run": made.lastrowid}), 202, media_type="application/json")

    async def bare_post(request: Request) -> Response:
        await request.body()
        return Response('{"run":1}', 202, media_type="application/json")

    routes = [
        Route("/read", get),
        Route("/durable", post, methods=["POST"]),
        Route("/trigger", bare_post, methods=["POST"]),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), port=0, http="h11", loop="asyncio", log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
        await task

    asyncio.run(run())


# The workspace


def fill(folder: Path, trials: int) -> None:
    (folder / "train.py").write_text("")
    step = Step("train.py", source=Source("."), arguments=["--size", Parameter("size", 0.5)])
    tune = TuneStep(
        step, name="tune", space={"alpha": uniform(0, 1)}, metric=maximize("r2"), limits=Limits(trials=trials)
    )
    pipeline = Pipeline("ridge", [tune])
    with Workspace.open(folder) as workspace:
        workspace.publish(pipeline, base=folder)
        store = workspace.store
        run = store.new_run(RunSubmitted(pipeline=pipeline))
        store.append(run, [StepReady(step="1/tune", fingerprint="")])
        source = Artifact(digest="0" * 64, size=1, kind="tree")
        for first in range(0, trials, 500):
            store.append(
                run, [event for number in range(first, min(first + 500, trials)) for event in trial(number, source)]
            )


def trial(number: int, source: Artifact) -> list[object]:
    job = f"1/tune/{number}.0"
    score = random.Random(number).random()
    return [
        TrialSuggested(step="1/tune", number=number, values={"alpha": score}),
        JobRequested(
            job=Job(
                id=job, script="train.py", arguments=(), source=source, inputs={}, outputs=(), environment=Environment()
            )
        ),
        JobStarted(job=job, pid=1),
        MetricsLogged(job=job, points=tuple(Point("r2", score * step / 3) for step in range(4)), through=4),
        JobEnded(job=job, outcome=Outcome(ending=Ending.EXITED, seconds=1.0)),
        TrialEnded(step="1/tune", number=number, status=TrialStatus.COMPLETED, score=score),
    ]


# The clients


class Client:
    """One connection that is kept open; as little work a request as there can be."""

    def __init__(self, url: str, headers: str) -> None:
        self.host = url.removeprefix("http://")
        self.head = f"Host: {self.host}\r\n{headers}"

    async def __aenter__(self) -> Client:
        host, port = self.host.split(":")
        self.reader, self.writer = await asyncio.open_connection(host, int(port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, method: str, path: str, body: bytes = b"", headers: str = "") -> tuple[int, bytes]:
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if method == "POST" else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{self.head}{headers}{kind}\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(head[9:12]), await self.reader.readexactly(length)


Ask = Callable[[Client, int], object]


async def load(url: str, headers: str, seconds: float, ask: Ask) -> tuple[float, float]:
    """Requests a second, and the 99th percentile of how long one takes, in milliseconds."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def go_on(number: int) -> None:
        async with Client(url, headers) as client:
            turn = 0
            while (began := time.perf_counter()) < end:
                status, _ = await ask(client, number * 1_000_000 + turn)  # type: ignore[misc]
                assert status < 300, status
                took.append(time.perf_counter() - began)
                turn += 1

    await asyncio.gather(*(go_on(number) for number in range(CLIENTS)))
    return len(took) / seconds, statistics.quantiles(took, n=100)[98] * 1000


def read_of(trials: int) -> Ask:
    def ask(client: Client, turn: int) -> object:
        number = random.randrange(trials)
        path = (
            f"/api/runs/1/steps/tune/trials/{number}",
            f"/api/jobs/1/tune/{number}.0/metrics/r2",
            "/api/runs/1",
            f"/api/runs/1/steps/tune/trials/{number}",
            f"/api/runs/1/steps/tune/trials?after={number}&limit=10",
        )[turn % 5]
        return client.ask("GET", path)

    return ask


def trigger(client: Client, turn: int) -> object:
    key = f"Idempotency-Key: {turn - turn % 10 if turn % 10 == 9 else turn}\r\n"
    return client.ask("POST", "/api/pipelines/ridge/runs", b'{"parameters": {"size": 0.3}}', key)


async def listen(url: str, session: str, heard: list[tuple[int, float]], ready: asyncio.Semaphore, upto: int) -> None:
    port = url.rpartition(":")[2]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(
        f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: hyperstep-{port}={session}\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    ready.release()
    while not heard or heard[-1][0] < upto:
        line = await reader.readline()
        if line.startswith(b'data: {"number"'):
            said = json.loads(line[6:])
            heard.append((said["number"], time.time() - said["at"]))
    writer.close()


async def events(folder: Path, url: str, sessions: list[str], seconds: float) -> str:
    with SqliteStore(folder / ".hyperstep" / "hyperstep.db") as store:
        (last,) = store.db.execute("SELECT max(number) FROM event").fetchone()
        count = int(seconds * EVENTS_A_SECOND)
        heard: list[list[tuple[int, float]]] = [[] for _ in range(LISTENERS)]
        ready = asyncio.Semaphore(0)
        listeners = [
            asyncio.create_task(listen(url, sessions[number // 10], one, ready, last + count))
            for number, one in enumerate(heard)
        ]
        for _ in range(LISTENERS):
            await ready.acquire()
        for number in range(count):
            store.append(
                "1", [MetricsLogged(job="1/tune/0.0", points=(Point("r2", float(number)),), through=5 + number)]
            )
            await asyncio.sleep(1 / EVENTS_A_SECOND)
        await asyncio.wait_for(asyncio.gather(*listeners), 60)
    complete = sum([number for number, _ in one] == list(range(last + 1, last + count + 1)) for one in heard)
    lag = statistics.quantiles([lag for one in heard for _, lag in one], n=100)
    return (
        f"{LISTENERS} listeners, {count} events: {complete} heard each once and in order; "
        f"lag median {lag[49] * 1000:.0f} ms, p99 {lag[98] * 1000:.0f} ms"
    )


async def measure(folder: Path, seconds: float, trials: int, rounds: int) -> None:
    fill(folder, trials)
    command = [sys.executable, "-m", "benchmarks.server", "--folder", str(folder), "--serve"]
    servers = {
        name: subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in ("hyperstep", "bare")
    }
    try:
        told = {name: json.loads(process.stdout.readline()) for name, process in servers.items()}
        ours, bare = told["hyperstep"]["url"], told["bare"]["url"]
        token = (folder / ".hyperstep/server/token").read_text().strip()
        bearer = f"Authorization: Bearer {token}\r\n"
        for number in range(rounds):
            await _round(number, {"hyperstep": ours, "bare": bare}, servers, bearer, seconds, trials)
            empty_queue(folder)
        print(await events(folder, ours, told["hyperstep"]["sessions"], seconds))
    finally:
        for process in servers.values():
            process.terminate()
            process.wait(10)


async def _round(
    number: int,
    urls: dict[str, str],
    servers: dict[str, subprocess.Popen[str]],
    bearer: str,
    seconds: float,
    trials: int,
) -> None:
    contestants = {
        "read, hyperstep": ("hyperstep", bearer, read_of(trials)),
        "read, bare": ("bare", "", lambda client, _: client.ask("GET", "/read")),
        "trigger, hyperstep": ("hyperstep", bearer, trigger_in(number)),
        "trigger, bare, one durable row each": ("bare", "", lambda client, _: client.ask("POST", "/durable", b"{}")),
        "trigger, bare, nothing kept": ("bare", "", lambda client, _: client.ask("POST", "/trigger", b"{}")),
    }
    for name, (server, headers, ask) in contestants.items():
        lasts = min(seconds, 4.0) if name == "trigger, hyperstep" else seconds  # its queue is bounded
        used = cpu_seconds(servers[server].pid)
        rate, slow = await load(urls[server], headers, lasts, ask)
        each = (cpu_seconds(servers[server].pid) - used) / (rate * lasts)
        told = f"{rate:8.0f} /s   p99 {slow:6.0f} ms   {each * 1e6:6.0f} us of the server's CPU each"
        print(f"round {number + 1}  {name:<36} {told}", flush=True)


def cpu_seconds(pid: int) -> float:
    """What a process has used so far; unlike a wall time, little changed by what else the machine does."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def trigger_in(round_number: int) -> Ask:
    return lambda client, turn: trigger(client, turn + round_number * 100_000_000)


def empty_queue(folder: Path) -> None:
    """What was triggered isn't run: this measures the server."""
    with sqlite3.connect(folder / ".hyperstep/hyperstep.db", timeout=10) as db:
        db.execute("DELETE FROM queue")


if __name__ == "__main__":
    main()
