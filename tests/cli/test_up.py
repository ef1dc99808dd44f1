"""`up`: the real program, asked as a browser and as a program would."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

DEADLINE = 60


@pytest.fixture
def serve(tmp_path):
    """Starts `hyperstep up` with these arguments in the folder; gives the process and what it printed until now."""
    started = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "hyperstep", "up", "--no-browser", "--port", "0", *arguments]
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        started.append(process)
        alarm = threading.Timer(DEADLINE, process.kill)
        alarm.start()
        said = ""
        while "Ctrl-C" not in said and (line := process.stdout.readline()):
            said += line
        alarm.cancel()
        return process, said

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_prints_an_address_that_opens_once_and_ends_at_a_signal(serve, tmp_path):
    process, said = serve()
    address = re.search(r"http://\S+", said.split("Open")[1])[0]
    url = re.search(r"http://127\.0\.0\.1:\d+", said)[0]
    with httpx.Client(base_url=url, timeout=DEADLINE) as browser:
        first = browser.get(address)
        page = browser.get("/runs")
        again = httpx.get(address)
    process.send_signal(signal.SIGINT)

    assert (first.status_code, page.status_code, again.status_code) == (200, 200, 403)
    assert process.wait(DEADLINE) == 0
    server = tmp_path / ".hyperstep" / "server"
    assert {path.name: path.stat().st_mode & 0o777 for path in server.iterdir()} == {
        "token": 0o600,
        "address.json": 0o600,
        "up.lock": 0o600,
    }
    token = (server / "token").read_text().strip()
    assert len(token) >= 43
    assert token not in said


def test_one_workspace_has_one_server(serve):
    _, said = serve()
    other, complaint = serve()

    assert other.wait(DEADLINE) == 2
    assert f"is up already, at {re.search(r'http://[^ ]+:[0-9]+', said)[0]}." in complaint + other.stdout.read()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "others can reach the server"),
        (["--host", "0.0.0.0", "--token-file", "token"], "others can reach the server"),
        (["--host", "0.0.0.0", "--behind-proxy", "https://x.example"], "others can reach the server"),
        (["--host", "::", "--token-file", "token"], "others can reach the server"),
        (["--behind-proxy", "x.example"], "isn't an origin"),
        (["--token-file", "open"], "can be read by others"),
        (["--token-file", "short"], "at least 32"),
    ],
)
def test_what_is_not_safe_is_refused(serve, tmp_path, arguments, words):
    for name, text, mode in (("token", "t" * 43, 0o600), ("open", "t" * 43, 0o644), ("short", "t", 0o600)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    process, said = serve(*arguments)

    assert process.wait(DEADLINE) == 2
    assert words in said + process.stdout.read()


def test_behind_a_proxy_only_the_proxys_name_is_answered(serve, tmp_path):
    token = tmp_path / "token"
    token.write_text("t" * 43)
    token.chmod(0o600)
    _, said = serve("--token-file", "token", "--behind-proxy", "https://ml.example.org")
    port = Path(tmp_path / ".hyperstep/server/address.json").read_text()

    assert "https://ml.example.org/login?code=" in said
    assert '"url": "https://ml.example.org"' in port


def test_a_run_says_where_it_can_be_watched(serve, tmp_path):
    _, said = serve()
    (tmp_path / "pipeline.py").write_text(
        "from hyperstep import Pipeline, Step\npipeline = Pipeline('one', [Step('train.py')])\n"
    )
    (tmp_path / "train.py").write_text("print('trained')\n")
    command = [sys.executable, "-m", "hyperstep", "run", "pipeline.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE, check=True)
    address = re.search(r"Watch run 1: (http://\S+)", done.stdout)[1]
    with httpx.Client(timeout=DEADLINE) as browser:
        page = browser.get(address)
        run = browser.get(re.search(r"http://127\.0\.0\.1:\d+", said)[0] + "/api/runs/1")

    assert 'url=/runs/1"' in page.text
    assert run.json()["state"] == "completed"
