"""Who may ask for what, on every route that there is: the routes are read from the application, not listed here."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys

import pytest

from hyperstep.server import guard
from hyperstep.server.access import SESSION_LASTS, Access, addresses

pytestmark = pytest.mark.anyio

RIGHT_HOSTS = ["127.0.0.1:8265", "localhost:8265", "[::1]:8265"]
WRONG_HOSTS = [
    [],
    [""],
    ["127.0.0.1"],
    ["localhost"],
    ["127.0.0.1:80"],
    ["127.0.0.1:8266"],
    ["localhost:82650"],
    ["[::1]"],
    ["::1:8265"],
    ["0.0.0.0:8265"],
    ["127.0.0.2:8265"],
    ["127.1:8265"],
    ["2130706433:8265"],
    ["evil.example"],
    ["evil.example:8265"],
    ["localhost.evil.example:8265"],
    ["localhost:8265.evil.example"],
    ["evil.example@localhost:8265"],
    ["localhost:8265@evil.example"],
    ["localhost:8265/"],
    ["localhost:8265 "],
    ["localhost.:8265"],
    ["127.0.0.1:8265", "evil.example:8265"],
    ["192.168.0.1:8265"],
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
OWN = "http://127.0.0.1:8265"
ORIGINS = [None, OWN, "http://127.0.0.1:8266", "https://127.0.0.1:8265", "https://evil.example", "null", ""]
TYPES = [None, "application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
SITES = [None, "same-origin", "none", "same-site", "cross-site"]


@pytest.fixture
def asked_routes(addresses_served):
    assert len(addresses_served) > 40
    return addresses_served


@pytest.mark.parametrize("host", WRONG_HOSTS, ids=repr)
async def test_no_route_answers_to_another_name(raw, asked_routes, host):
    for address in asked_routes:
        for who in ("token", "session", "stranger"):
            answer = await raw(address.method, address.path, host=host, who=who)

            assert answer.status == 403, (address, who)


@pytest.mark.parametrize("host", RIGHT_HOSTS)
async def test_every_route_answers_to_the_servers_own_names(raw, asked_routes, host, finished, published):
    for address in asked_routes:
        answer = await raw(address.method, address.path, host=[host])

        assert answer.status < 500, address
        assert answer.status != 403 or address.template == "/login", address


def expected(method: str, origin: str | None, site: str | None, kind: str | None, who: str) -> int | None:
    """The status of what the guard refuses, None if it lets it through; told as the rule is, not as it is written."""
    if method not in ("GET", "HEAD", "POST"):
        return 405
    if method != "POST":
        return None
    sent_by_page = origin is not None or site is not None
    if not sent_by_page and who != "token":
        return 403
    if origin not in (None, OWN) or site not in (None, "same-origin", "none"):
        return 403
    return None if kind is None or kind.startswith(("application/json", "application/x-www")) else 415


@pytest.mark.parametrize("method", METHODS)
async def test_a_page_of_another_origin_changes_nothing_on_any_route(raw, asked_routes, method):
    kinds = TYPES if method == "POST" else TYPES[:2]
    for origin, kind, address in itertools.product(ORIGINS, kinds, asked_routes):
        headers = [("origin", origin)] if origin is not None else []
        headers += [("content-type", kind)] if kind else []
        answer = await raw(method, address.path, headers, who="session")
        refused = expected(method, origin, None, kind, "session")

        if refused is not None:
            assert (answer.status, json.loads(answer.body or "{}").get("error", "Refused")) == (refused, "Refused")
        else:
            assert answer.status < 500, (address, origin, kind)


@pytest.mark.parametrize("path", ["/api/runs/1/cancel", "/login", "/nowhere"])
@pytest.mark.parametrize("who", ["token", "session", "stranger"])
async def test_what_may_be_written_is_decided_by_origin_site_and_type_together(raw, path, who):
    for origin, site, kind in itertools.product(ORIGINS, SITES, TYPES):
        headers = [("origin", origin)] if origin is not None else []
        headers += [("sec-fetch-site", site)] if site else []
        headers += [("content-type", kind)] if kind else []
        answer = await raw("POST", path, headers, who=who)
        refused = expected("POST", origin, site, kind, who)

        if refused is not None:
            assert answer.status == refused, (origin, site, kind)
        else:
            assert answer.status not in (405, 500), (origin, site, kind)
            assert answer.status != 415 or path != "/nowhere"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", "Bearer " + "w" * 43)],
        [("authorization", "Bearer ")],
        [("authorization", "Basic dDp0")],
        [("authorization", "t" * 43)],
        [("authorization", "Bearer " + "t" * 43), ("authorization", "Bearer " + "t" * 43)],
        [("authorization", "Bearer é")],
        [("cookie", "hyperstep-8265=" + "t" * 43)],
        [("cookie", "hyperstep-8265=9999999999.x." + "0" * 64)],
        [("cookie", "hyperstep=x; hyperstep-8265")],
        [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")],
    ],
    ids=repr,
)
async def test_no_route_answers_without_the_token(raw, asked_routes, headers):
    open_to_all = {"/health", "/login"}
    answered = set()
    for address in asked_routes:
        own = [("origin", OWN)] if address.method != "GET" else []
        answer = await raw(address.method, address.path, [*headers, *own], who="stranger")
        if answer.status not in (401, 429):
            answered.add(address.template)

    assert answered <= open_to_all
    assert answered == open_to_all or any(name == "authorization" for name, _ in headers)


async def test_a_session_ends_with_its_time_and_with_its_token(app, access):
    now = 1e9
    early = Access("t" * 43, addresses(8265), clock=lambda: now)
    session = early.session()

    assert early.is_session(session)
    assert not Access("u" * 43, addresses(8265), clock=lambda: now).is_session(session)
    now += SESSION_LASTS + 1
    assert not early.is_session(session)


async def test_wrong_tokens_are_held_up_and_the_right_one_is_not(raw):
    wrong = [("authorization", "Bearer " + "w" * 43)]
    statuses = [(await raw("GET", "/api/runs", wrong, who="stranger")).status for _ in range(30)]
    right = await raw("GET", "/api/runs")

    assert statuses[:10] == [401] * 10
    assert 429 in statuses
    assert right.status == 200


async def test_every_answer_says_what_a_browser_may_do_with_it(raw, asked_routes, finished, published):
    for address, who in itertools.product(asked_routes, ("token", "stranger")):
        answer = await raw(address.method, address.path, who=who)
        headers = answer.headers

        assert headers["x-content-type-options"] == "nosniff", address
        assert "default-src 'none'" in headers["content-security-policy"], address
        assert "frame-ancestors 'none'" in headers["content-security-policy"], address
        assert "unsafe" not in headers["content-security-policy"], address
        assert "access-control-allow-origin" not in headers, address
        assert "server" not in headers, address
        if not address.template.startswith("/static/"):
            assert headers["cache-control"] == "no-store", address


async def test_nothing_is_connected_to_or_unpickled_whatever_is_asked_for(raw, asked_routes, finished, published):
    seen: list[str] = []
    listening = True

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in ("socket.connect", "pickle.find_class", "os.system", "os.exec", "marshal.loads"):
            seen.append(f"{event} {arguments!r}")

    sys.addaudithook(hear)  # for good, so it stops listening at the end
    for address in asked_routes:
        if not address.template.startswith("/azureml_v1/endpoints"):
            await raw(address.method, address.path)
    listening = False

    assert seen == []


async def test_a_body_that_is_said_to_be_large_is_not_read(raw):
    kind = ("content-type", "application/json")

    async def status(length: str) -> int:
        return (await raw("POST", "/api/runs/1/cancel", [kind, ("content-length", length)])).status

    assert await status(str(1 << 26)) == 413
    assert await status(str((1 << 20) + 1)) == 413
    assert await status(str(1 << 20)) == 404
    assert await status("-1") == await status("1e3") == await status("1, 2") == 400


async def test_a_body_that_turns_out_large_is_cut(raw):
    parts = [b" " * (1 << 16)] * 1_000
    answer = await raw(
        "POST",
        "/api/runs/1/cancel",
        [("transfer-encoding", "chunked"), ("content-type", "application/json")],
        body=parts,
    )

    assert answer.status == 413


async def test_a_body_that_never_comes_is_not_waited_for(raw, monkeypatch):
    monkeypatch.setattr(guard, "BODY_LASTS", 0.05)
    headers = [("content-length", "100"), ("content-type", "application/json")]
    async with asyncio.timeout(10):
        answer = await raw("POST", "/api/runs/1/cancel", headers, body=[b"{", None])

    assert (answer.status, answer.headers["connection"]) == (408, "close")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 33 + b"]" * 33,
        b"[" + b"1," * 300_000 + b"1]",
        b"9" * 10_000,
        b'{"by": NaN}',
        b'{"by": "a", "by": "b"}',
        b"{",
        b"\xff\xfe",
        b"",
        b'"' + b"\\u0000" * 1_000 + b'"',
        b"{" + b",".join(b'"%d": 1' % number for number in range(1_000)) + b"}",
        b'{"' + b"n" * 300 + b'": 1}',
        b'{"by": "\\ud800"}',
    ],
    ids=lambda body: repr(body[:12]),
)
async def test_json_that_is_no_request_is_refused_at_once(raw, body, finished):
    async with asyncio.timeout(5):
        answer = await raw("POST", "/api/runs/1/cancel", [("content-type", "application/json")], body=[body])

    assert answer.status in (400, 422)
