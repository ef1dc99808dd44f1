"""A job's folder, and this process as its script."""

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from hyperstep.tracking import messages


@dataclass
class Job:
    folder: Path
    bell: socket.socket
    environment: dict[str, str]

    def said(self) -> list[dict | None]:
        data = (self.folder / "wire.jsonl").read_bytes()
        found, length = messages.read(data)
        assert length == len(data)
        return found

    def rings(self) -> bool:
        try:
            return bool(self.bell.recv(100))
        except BlockingIOError:
            return False


@pytest.fixture
def job(tmp_path, monkeypatch):
    folder = tmp_path / "42" / "tune" / "3.0"
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        monkeypatch.chdir(tmp_path)
        bell.bind("bell.sock")
        environment = {
            "HYPERSTEP_JOB": "42/tune/3.0",
            "HYPERSTEP_RUN": "42",
            "HYPERSTEP_WIRE": str(folder / "wire.jsonl"),
            "HYPERSTEP_BELL": str(tmp_path / "bell.sock"),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Job(folder, bell, environment)
