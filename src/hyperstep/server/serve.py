"""Serve: one workspace at one address, until it is told to stop."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from hyperstep.errors import SubmissionError
from hyperstep.server.access import Access, addresses, token_in
from hyperstep.server.connection import HEAD_BYTES, Connection
from hyperstep.server.served import FOLDER, TOKEN, Served, say_served

PORT = 8265

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BACKLOG = 1024  # connections that wait to be taken
_MOST_CONNECTIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Where to serve, as `hyperstep up` was told.

    port: 0 for any that is free; None for 8265, or any if that is taken. token_file: None for the workspace's own.
    behind: the origin of a proxy that does TLS, or empty. certificate, key: files for TLS of our own.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    token_file: Path | None = None
    behind: str = ""
    certificate: Path | None = None
    key: Path | None = None


class Server:
    """A socket that listens, and who may ask."""

    def __init__(self, home: Path, wishes: Wishes) -> None:
        """Bind the address. Raises SubmissionError for one that isn't safe or is taken."""
        check(wishes)
        self._wishes = wishes
        self.socket = listen(wishes)
        port = self.socket.getsockname()[1]
        tls = wishes.certificate is not None
        where = addresses(port, host=wishes.host, tls=tls, behind=wishes.behind)
        shown = f"[{wishes.host}]" if ":" in wishes.host else wishes.host
        url = wishes.behind or f"{'https' if tls else 'http'}://{shown}:{port}"
        token_file = (wishes.token_file or home / FOLDER / TOKEN).resolve()
        self.served = Served(url=url, server=secrets.token_hex(8), token_file=str(token_file))
        token = token_in(token_file, make=wishes.token_file is None)
        self.access = Access(token, where, server=self.served.server)
        self._home = home
        self._running: uvicorn.Server | None = None

    def run(self, app: ASGIApp, *, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        """Answer until SIGINT, SIGTERM or `stop`.

        ready: called once it answers. ending: called before it waits for the last answers to be sent.
        """
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEAD_BYTES,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            ssl_certfile=_text(self._wishes.certificate),
            ssl_keyfile=_text(self._wishes.key),
        )
        self._running = server = _Uvicorn(config, ready, ending)
        say_served(self._home, self.served)
        server.run(sockets=[self.socket])

    def stop(self) -> None:
        """End `run`, from another thread."""
        assert self._running is not None, "it runs"
        self._running.should_exit = True


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def check(wishes: Wishes) -> None:
    """Raise SubmissionError for an address that others can reach without what makes it safe."""
    tls = wishes.certificate is not None and wishes.key is not None
    if (wishes.certificate is None) != (wishes.key is None):
        raise SubmissionError("TLS takes two files. Give both --tls-certificate and --tls-key.")
    if wishes.behind and not wishes.behind.startswith(("https://", "http://")):
        raise SubmissionError(
            f"--behind-proxy {wishes.behind!r} isn't an origin. Give what people type to reach the proxy, such as "
            f"https://ml.example.org."
        )
    if wishes.host in _LOOPBACK:
        return
    if wishes.token_file is None or not (tls or wishes.behind):
        raise SubmissionError(
            f"On {wishes.host} others can reach the server. For that give --token-file, a file that holds the token, "
            f"and TLS: --tls-certificate and --tls-key, or --behind-proxy with the origin of a proxy that does it."
        )


def listen(wishes: Wishes) -> socket.socket:
    """A socket that listens at the address that is wished for."""
    family = socket.AF_INET6 if ":" in wishes.host else socket.AF_INET
    ports = (PORT, 0) if wishes.port is None else (wishes.port,)
    for port in ports:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((wishes.host, port))
        except OSError as error:
            made.close()
            if port == ports[-1]:
                raise SubmissionError(
                    f"{wishes.host}:{port} can't be listened on: {os.strerror(error.errno or 0)}. "
                    f"Name another with --port, or leave --port out."
                ) from error
        else:
            made.listen(_BACKLOG)
            made.setblocking(False)
            return made
    raise AssertionError("the last port was bound or raised")


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
