"""How a browser gets its session."""

import pytest

pytestmark = pytest.mark.anyio


async def test_a_stranger_who_wants_a_page_is_led_to_the_login(client):
    async with client(headers={"Accept": "text/html"}) as stranger:
        answer = await stranger.get("/runs")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=/runs")


async def test_a_code_lets_a_browser_in_once(client, access):
    code = access.code()
    async with client(headers={}) as browser:
        before = await browser.get("/nowhere")
        first = await browser.get("/login", params={"code": code, "to": "/runs/1"})
        after = await browser.get("/nowhere")
    async with client(headers={}) as other:
        second = await other.get("/login", params={"code": code})

    assert (before.status_code, first.status_code, after.status_code, second.status_code) == (401, 200, 404, 403)
    assert 'url=/runs/1"' in first.text
    assert {"httponly", "samesite=strict", "path=/"} <= {
        part.strip().lower() for part in first.headers["set-cookie"].split(";")
    }
    assert "set-cookie" not in second.headers


async def test_the_token_lets_a_browser_in(client):
    own = {"Origin": "http://127.0.0.1:8265"}
    async with client(headers=own) as browser:
        wrong = await browser.post("/login", data={"token": "w" * 43})
        right = await browser.post("/login", data={"token": "t" * 43, "to": "/models"})
        after = await browser.get("/nowhere")

    assert (wrong.status_code, right.status_code, after.status_code) == (403, 200, 404)
    assert 'href="/models"' in right.text


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/login", '/"><script>']
)
async def test_a_login_leads_nowhere_else(client, access, to):
    async with client(headers={}) as browser:
        answer = await browser.get("/login", params={"code": access.code(), "to": to})

    assert 'href="/"' in answer.text


@pytest.mark.parametrize("session", ["", "x", "1.a.b", "9999999999.a.b", "é.é.é", "9999999999.x." + "0" * 64])
async def test_a_session_that_was_not_given_is_none(client, session):
    async with client(headers={"Cookie": f"hyperstep-8265={session}".encode()}) as stranger:
        answer = await stranger.get("/nowhere")

    assert answer.status_code == 401
