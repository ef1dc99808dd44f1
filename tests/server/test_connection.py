"""Clients that say or take nothing, on real connections."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

import pytest

from hyperstep.server import connection

DEADLINE = 30


def connect(up) -> socket.socket:
    host, port = up.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=DEADLINE)


def ends(client: socket.socket) -> bool:
    """True once the server has closed its end; whatever it says before is read."""
    try:
        while client.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("said", [b"", b"GET /health HTTP/1.1\r\n", b"GET /health HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_request_whose_head_does_not_come_is_ended(up, monkeypatch, said):
    monkeypatch.setattr(connection, "HEAD_LASTS", 0.2)
    with connect(up) as client:
        client.sendall(said)

        assert ends(client)


def test_a_head_that_trickles_is_ended_too(up, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_LASTS", 0.3)
    with connect(up) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nX: ")
        closed = threading.Event()
        reader = threading.Thread(target=lambda: ends(client) and closed.set())
        reader.start()
        deadline = time.monotonic() + DEADLINE
        while not closed.wait(0.05) and time.monotonic() < deadline:
            try:
                client.sendall(b"a")
            except OSError:
                break
        reader.join(DEADLINE)

        assert closed.is_set()


def test_a_second_request_on_a_connection_has_its_time_as_well(up, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_LASTS", 0.3)
    host = up.url.removeprefix("http://")
    whole = f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    with connect(up) as client:
        client.sendall(whole)
        first = client.recv(1 << 16)
        client.sendall(whole[:20])

        assert first.startswith(b"HTTP/1.1 200")
        assert ends(client)


def test_a_head_that_is_too_large_is_refused(up):
    with connect(up) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * (connection.HEAD_BYTES + 1_000) + b"\r\n\r\n")

        assert client.recv(1 << 16).startswith(b"HTTP/1.1 4")


def test_many_slow_clients_keep_nobody_else_waiting(up):
    with ExitStack() as slow:
        for number in range(200):
            client = slow.enter_context(connect(up))
            client.sendall(b"GET /health HTTP/1.1\r\nX: %d" % number)
        answers = [up.client.get("/health").status_code for _ in range(20)]

    assert answers == [200] * 20


def test_a_client_that_takes_nothing_is_cut_off(up, monkeypatch, folder):
    monkeypatch.setattr(connection, "STALLED_LASTS", 0.3)
    host = up.url.removeprefix("http://")
    token = up.client.headers["authorization"]
    with connect(up) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        request = f"GET /api/openapi.json HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n".encode()
        sender = threading.Thread(target=_send_all, args=(client, request * 2_000))
        sender.start()
        sender.join(DEADLINE)  # it ends, since the server lets the connection go

        assert not sender.is_alive()


def _send_all(client: socket.socket, data: bytes) -> None:
    try:
        client.sendall(data)
        while True:
            client.sendall(b"\r\n")
            time.sleep(0.01)
    except OSError:
        pass


def test_what_is_no_http_gets_an_answer_and_an_end(up):
    for said in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"):
        with connect(up) as client:
            client.sendall(said + b"\r\n\r\n")

            assert ends(client)
