"""What files hold is never run, and what the driver's environment hides never gets out."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from hyperstep.compute.link import Switchboard
from hyperstep.store import queries
from hyperstep.workspace import Workspace

DEADLINE = 120  # seconds
AUDITED = Path(__file__).with_name("audited.py")
NAMES = (
    "TOKEN", "API_TOKEN", "TOKEN_FILE", "DATABASE", "DATABASE_PASSWORD", "STORE_KEY", "COOKIE_SECRET", "TRIGGER_TOKEN",
    "ADMIN", "SIGNING_KEY", "REGISTRY_PASSWORD", "PROXY_CREDENTIALS",
)  # fmt: skip
SECRETS = {f"HYPERSTEP_{name}": f"planted-{number:02d}-{name.lower()[::-1]}" for number, name in enumerate(NAMES)}


class Canary:
    """Whoever unpickles it makes the file that the environment names."""

    def __reduce__(self):
        return os.system, ('touch "$CANARY"',)


MAKE = """
import os, shutil, sys
from hyperstep import tracking
canary = open(os.environ["PICKLE"], "rb").read()
module = "open(__import__('os').environ['CANARY'], 'w')"
def leave(path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    open(path, "wb").write(canary)
names = ("model.pkl", "model.joblib", "model", "state.json", "weights.npy", "deep/model.pt", "exit.json", "page.html")
for name in names:
    leave("outputs/" + name)
home = os.environ["HYPERSTEP_WIRE"].partition("/runs/")[0]
for place in ("outputs", "..", "../..", home, home + "/jobpath", home + "/artifacts", home + "/supervisors"):
    for name in ("json.py", "sitecustomize.py", "hyperstep_canary.py", "click.py", "conftest.py"):
        if not os.path.exists(os.path.join(place, name)):
            open(os.path.join(place, name), "w").write(module)
for name in ("exit.json", "wire.jsonl.pkl", "../state.pkl"):
    leave("../" + name)
for argument in sys.argv[1:]:
    if argument.startswith("/"):
        leave(argument)
tracking.metric("score", 1.0)
tracking.tag("pickle", repr(canary))
tracking.artifact("canary.pkl", "outputs/model.pkl")
tracking.register("canary", "outputs/model.pkl")
"""
LOOK = """
import glob, os, sys
found = {"own": open("/proc/self/environ", "rb").read(), "parent": open(f"/proc/{os.getppid()}/environ", "rb").read(),
         "seen": repr(dict(os.environ)).encode(), "lines": b""}
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        found["lines"] += open(path, "rb").read() + b"\\n"
    except OSError:
        pass
for name, content in found.items():
    open(f"outputs/{name}", "wb").write(content)
print(os.environ)
print("driver:", b"hyperstep" in found["lines"])
"""
PIPELINE = """
from hyperstep import *
source = Source("steps")
make = Step("make.py", name="make", source=source, arguments=["--data", Output("data"), "--in", Dataset("data.pkl")])
trial = Step("make.py", name="try", source=source, arguments=["--data", make.output("data")])
tune = TuneStep(trial, name="tune", space={"x": uniform(0, 1)}, metric=maximize("score"), limits=Limits(trials=2))
look = Step("look.py", name="look", source=source)
cold = Step("look.py", name="cold", source=source, environment=Environment(start=Start.SPAWN))
shell = Step(command="python look.py; env", name="shell", source=source)
pipeline = Pipeline("p", [make, tune, look, cold, shell, RegisterStep("m", tune.best_file("outputs/model.pkl"))])
"""
COMMANDS = [
    ["run", "pipeline.py"], ["run", "pipeline.py"], ["extend", "1", "--trials", "3"], ["runs"], ["show", "1", "--json"],
    ["show", "1/tune/0"], ["trials", "1"], ["best", "1"], ["best", "1", "--copy", "copy"], ["logs", "1/make"],
    ["models"], ["models", "canary:1"], ["models", "m:1", "--copy", "model"], ["why", "1/make"], ["gc"],
]  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "steps").mkdir()
    for name, text in (("make.py", MAKE), ("look.py", LOOK)):
        (tmp_path / "steps" / name).write_text(text)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    for place in ("data.pkl", "steps/model.pkl", "canary.pkl"):
        (tmp_path / place).write_bytes(pickle.dumps(Canary()))
    monkeypatch.setenv("CANARY", str(tmp_path / "fired"))
    monkeypatch.setenv("PICKLE", str(tmp_path / "canary.pkl"))
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return tmp_path


def audited(project, commands, **variables):
    """What an audit hook found in a process that ran these commands."""
    done = subprocess.run(
        [sys.executable, AUDITED, "report.json", project / ".hyperstep", json.dumps(commands)],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((project / "report.json").read_text())


def test_no_content_of_a_file_is_run_by_the_driver_or_a_command(project):
    found = audited(project, COMMANDS)

    assert not found, found
    assert not (project / "fired").exists()
    Switchboard(project / ".hyperstep").close([], wait=0)
    assert [path.name for path in (project / ".hyperstep" / "jobpath").iterdir()] == ["hyperstep"]
    assert (project / "copy" / "canary.pkl").read_bytes() == (project / "canary.pkl").read_bytes()


@pytest.mark.parametrize(
    ("deed", "event"),
    [
        ("import pickle; pickle.load(open('canary.pkl', 'rb'))", "pickle.find_class"),
        ("import os; os.system('true')", "os.system"),
        ("import subprocess; subprocess.run('true', shell=True)", "subprocess.Popen"),
        ("import os; os.posix_spawn('/bin/sh', ['sh', '-c', 'true'], {})", "os.posix_spawn"),
        ("import socket; socket.socket().connect_ex(('127.0.0.1', 9))", "socket.connect"),
        ("import os, sys; os.mkdir('HOME'); open('HOME/x.py', 'w'); sys.path[:0] = ['HOME']; import x", "exec"),
    ],
)
def test_the_audit_notices_what_it_is_there_for(project, deed, event):
    found = audited(project, [["python", deed.replace("HOME", f"{project}/.hyperstep")]])

    assert any(one.startswith(event) for one in found), found


def test_what_the_drivers_environment_hides_gets_nowhere(project):
    audited(project, [["run", "pipeline.py"]], **SECRETS)

    values = {value.encode() for value in SECRETS.values()}
    files = [path for path in (project / ".hyperstep").rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 50
    assert not [(path, value) for path in files for value in values if value in path.read_bytes()]
    with Workspace.open(project, read_only=True) as workspace:
        seen = {row.id: queries.artifacts(workspace.store.db, row.id) for row in queries.jobs(workspace.store.db, "1")}
        for job in ("1/look.0", "1/cold.0", "1/shell.0"):
            (outputs,) = seen[job]
            for name in ("own", "parent", "seen", "lines"):
                with workspace.artifacts.open(outputs.artifact, name) as file:
                    content = file.read()
                assert b"CANARY" in content or (name == "lines" and b"pytest" in content)
                assert not [value for value in values if value in content]
