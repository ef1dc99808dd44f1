"""Names are never paths: whatever stands in an address, nothing outside of what is recorded is read."""

from __future__ import annotations

import itertools

import pytest

pytestmark = pytest.mark.anyio

SECRET = "the-secret-outside"

UP = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "..%5c",
    "..\\",
    "....//",
    "..;/",
    "%c0%ae%c0%ae/",
    "%uff0e%uff0e/",
    "\uff0e\uff0e/",
    ".%00./",
    "..%00/",
]
ENDS = ["secret.txt", "secret.txt%00", "secret.txt%23", "secret.txt?x", ".hyperstep/server/token", "etc/passwd"]
ALONE = [
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "\\\\host\\share",
    "C:\\windows\\win.ini",
    "CON",
    "%00",
    "~",
    ".",
    "..",
    "%2e",
    "%ff%fe",
    "a" * 5_000,
    "%0d%0aset-cookie:x=y",
    "'; DROP TABLE run; --",
    "%27%20OR%201=1",
    "{file}",
    "[",
    "%",
    "%zz",
]
PLACES = [
    "/api/jobs/1/tune/1.0/files/{}",
    "/api/jobs/{}/log",
    "/api/models/tiny/versions/1/files/{}",
    "/api/models/{}/versions/1",
    "/api/runs/{}",
    "/api/runs/1/steps/{}",
    "/api/pipelines/{}",
    "/static/{}",
    "/runs/1/{}",
]
HOSTILE = [up * depth + end for up, depth, end in itertools.product(UP, (1, 2, 3, 5, 8), ENDS)] + ALONE


def test_there_are_as_many_as_were_meant():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 420


@pytest.mark.parametrize("place", PLACES)
async def test_no_address_leads_outside(raw, folder, finished, place):
    (folder / "secret.txt").write_text(SECRET)
    (folder.parent / "secret.txt").write_text(SECRET)
    token = (folder / ".hyperstep" / "server").mkdir() or (folder / ".hyperstep" / "server" / "token")
    token.write_text(SECRET)
    known = {200: 0}
    for hostile in HOSTILE:
        answer = await raw("GET", place.format(hostile))

        assert SECRET.encode() not in answer.body, hostile
        assert b"root:" not in answer.body, hostile
        assert answer.status in (200, 303, 404, 405, 422), (hostile, answer.status)
        assert "x=y" not in answer.headers.get("set-cookie", ""), hostile
        known[answer.status] = known.get(answer.status, 0) + 1

    assert known[200] <= 2  # `?x` ends the path before it: that is another address


@pytest.mark.parametrize("what", ["cancel", "delete"])
async def test_no_address_changes_anything_outside(raw, folder, finished, what):
    for hostile in HOSTILE:
        answer = await raw("POST", f"/api/runs/{hostile}/{what}")

        assert answer.status in (404, 405, 422), (hostile, answer.status)
