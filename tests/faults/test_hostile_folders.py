"""A trial may leave anything in its folder: what can be is stored, what can't is told, and nothing else is touched."""

from __future__ import annotations

import ctypes
import hashlib
import os
import socket
import stat
import textwrap
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from hyperstep import Limits, Output, Pipeline, Source, Step, TuneStep, choice, maximize
from hyperstep.engine.artifact import LeftOut
from hyperstep.failure import log_end
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.server.pages import logs
from hyperstep.store import collection, queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.supervisor.regular import open_regular
from hyperstep.workspace import Workspace

SECRET = b"what only its owner may read"
OUT = "is a link that leads out of the job's folder"
NOWHERE = "is a link that leads nowhere"
CHANGED = ("was changed while it was stored", "has vanished", OUT, NOWHERE)

LEAVE = """
import os, socket, sys
sys.path.insert(0, os.environ["SCRIPTS"])
os.chdir("outputs")
open("model", "w").write("weights")
os.symlink("/etc/passwd", "passwd")
os.symlink(os.environ["SECRET"], "secret")
os.symlink("../../../../../../../../etc", "etc")
os.symlink(os.getcwd(), "self")
os.symlink("loop2", "loop1")
os.symlink("loop1", "loop2")
os.symlink("x" * 300, "overlong")
os.symlink("model/inside", "through")
os.mkfifo("pipe")
socket.socket(socket.AF_UNIX).bind("socket")
if os.geteuid() == 0:
    os.mknod("zero", 0o666 | 0o020000, os.makedev(1, 5))
os.link("model", "second")
with open("sparse", "wb") as file:
    file.truncate(2**40)
odd = (b"new\\nline", b"bad\\xff\\xfe", "\\u202emirror".encode(), b"\\x1b[31m", b"n" * 255, b"back\\\\slash", b" ")
for name in odd:
    open(name, "wb").write(name)
here = os.open(".", os.O_RDONLY)
for _ in range(300):
    os.mkdir("d", dir_fd=here)
    here = os.open("d", os.O_RDONLY, dir_fd=here)
os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=here))
"""

SABOTAGE = """
import os
from hyperstep import tracking
tracking.metric("score", 1.0)
for name in ("log.txt", "answers", "exit.json", "wire.jsonl", "kept"):
    path = "../" + name
    os.rename(path, path + ".old") if os.path.lexists(path) else None
    {change}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "steps").mkdir()
    monkeypatch.setenv("SCRIPTS", str(tmp_path / "steps"))
    monkeypatch.setenv("SECRET", str(tmp_path / "secret"))
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(project):
    """Runs a script as a step, or each of its values as a trial; returns the open workspace and the run's id."""
    opened = []

    def start(script, *, outputs=(), tuned=False):
        (project / "steps" / "step.py").write_text(textwrap.dedent(script))
        arguments = [part for name in outputs for part in (f"--{name}", Output(name))]
        step = Step("step.py", name="step", source=Source("steps"), arguments=arguments)
        if tuned:
            limits = Limits(trials=2, concurrent=2)
            space, sampler = {"x": choice(1, 2)}, GridSampler()
            step = TuneStep(step, name="step", space=space, metric=maximize("score"), sampler=sampler, limits=limits)
        workspace = Workspace.open(project)
        opened.append(workspace)
        number = workspace.submit(Pipeline("hostile", [step]))
        workspace.drive(number)
        return workspace, number

    yield start
    for workspace in opened:
        workspace.close()


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "job"
    (folder / "work" / "outputs").mkdir(parents=True)
    return folder


@pytest.fixture
def artifacts(tmp_path):
    return FolderArtifacts(tmp_path / "artifacts", durability="normal")


def collected(artifacts, folder, path="work/outputs"):
    found = artifacts.collect(folder, path)
    return {member.path for member in found.members}, {one.path: one.why for one in found.left_out}


def stored_bytes(workspace):
    return {path.read_bytes() for path in (workspace.home / "artifacts").glob("*/*")}


def test_whatever_a_trial_leaves_its_files_are_kept_and_the_rest_is_told(run):
    workspace, number = run(LEAVE)

    (step,) = queries.steps(workspace.store.db, number)
    assert step.state == "completed"
    (job,) = queries.jobs(workspace.store.db, step.id)
    (outputs,) = queries.artifacts(workspace.store.db, job.id)
    names = {os.fsencode(member.path) for member in outputs.members}
    odd = {b"new\nline", b"bad\xff\xfe", "\u202emirror".encode(), b"\x1b[31m", b"n" * 255, b"back\\slash", b" "}
    assert names == {b"model", b"second", *odd}
    assert step.notes == (job.detail,)
    assert job.detail.startswith("not stored: 'outputs/etc' is a link that leads out of the job's folder, ")
    assert job.detail.endswith(" more")


def test_each_thing_that_is_not_stored_is_named_with_its_reason(run):
    workspace, number = run(LEAVE)
    (job,) = queries.jobs(workspace.store.db, number)

    names, left_out = collected(workspace.artifacts, workspace.home / "runs" / job.id)

    assert len(names) == 9
    deep = next(path for path in left_out if path.startswith("d/"))
    assert left_out == {
        "passwd": OUT,
        "secret": OUT,
        "etc": OUT,
        "self": "is a link to a folder",
        "loop1": NOWHERE,
        "loop2": NOWHERE,
        "overlong": "has a name that is too long",
        "through": NOWHERE,
        "pipe": "is a pipe",
        "socket": "is a socket",
        "sparse": "is more than the 1 TB that are stored",
        deep: "lies more than 256 folders deep",
        **({"zero": "is a device"} if os.geteuid() == 0 else {}),
    }
    assert SECRET not in stored_bytes(workspace)
    assert Path("/etc/passwd").read_bytes() not in stored_bytes(workspace)


def test_what_is_stored_comes_out_again_under_the_same_names(run, tmp_path):
    workspace, number = run(LEAVE)
    (job,) = queries.jobs(workspace.store.db, number)
    (outputs,) = queries.artifacts(workspace.store.db, job.id)

    workspace.artifacts.checkout(outputs.artifact, tmp_path / "out")

    assert {name: (tmp_path / "out" / os.fsdecode(name)).read_bytes() for name in (b"bad\xff\xfe", b"new\nline")} == {
        b"bad\xff\xfe": b"bad\xff\xfe",
        b"new\nline": b"new\nline",
    }


def test_a_trial_that_leaves_something_odd_still_completes_and_says_so(run):
    workspace, number = run(
        "import os; from hyperstep import tracking; tracking.metric('score', 1.0); os.mkfifo('outputs/pipe')",
        tuned=True,
    )

    trials = queries.trials(workspace.store.db, f"{number}/step")
    assert [(trial.state, trial.reason) for trial in trials] == [
        ("completed", "not stored: 'outputs/pipe' is a pipe")
    ] * 2


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("os.symlink(os.environ['SECRET'], path)", OUT),
        ("os.symlink('/etc', path)", OUT),
        ("os.mkfifo(path)", "is a pipe"),
        ("os.symlink('absent', path)", NOWHERE),
    ],
)
def test_an_output_that_cannot_be_stored_is_none_and_says_why(run, made, why):
    workspace, number = run(f"import os, sys\npath = sys.argv[2]\n{made}", outputs=["result"])

    (job,) = queries.jobs(workspace.store.db, number)
    assert (job.code, job.detail) == (0, f"not stored: 'result' {why}")
    assert not queries.artifacts(workspace.store.db, job.id)
    assert SECRET not in stored_bytes(workspace)


@pytest.mark.parametrize(
    "change",
    [
        "os.mkfifo(path)",
        "os.symlink('/dev/zero', path)",
        "os.symlink(os.environ['SECRET'], path)",
        "os.mkdir(path)",
        "os.symlink(os.path.dirname(os.environ['SECRET']), path)",
    ],
    ids=["pipes", "endless", "links", "folders", "links to folders"],
)
def test_a_job_that_replaces_what_is_read_of_it_harms_only_itself(run, project, change):
    script = SABOTAGE.format(change=change)
    before = set(project.iterdir())

    workspace, number = run(script)

    (job,) = queries.jobs(workspace.store.db, number)
    assert job.code == 0
    assert (project / "secret").read_bytes() == SECRET
    assert set(project.iterdir()) - before == {project / ".hyperstep"}
    assert not logs.log_end(workspace.home, job.id).exists
    assert log_end(workspace.home, job.id) == f"{job.id} has no log."


@pytest.mark.parametrize("change", ["os.symlink(os.environ['AWAY'], '../answers')", "os.rename('..', '../../away')"])
def test_an_answer_is_written_into_the_jobs_folder_or_not_at_all(run, project, monkeypatch, change):
    (project / "away").mkdir()
    monkeypatch.setenv("AWAY", str(project / "away"))
    script = f"""
        import os
        from hyperstep import tracking
        open("m", "w").write("model")
        {change}
        from hyperstep.tracking import run
        run._wait = lambda path: 0
        tracking.register("small", "m")
    """

    workspace, number = run(script)

    assert queries.run(workspace.store.db, number).ended_at is not None
    assert not any((project / "away").iterdir())


def test_a_job_without_a_folder_made_nothing(run):
    workspace, number = run("import os, shutil; shutil.rmtree(os.path.abspath('..'))")

    (job,) = queries.jobs(workspace.store.db, number)
    assert (job.code, job.detail) == (0, "")


def test_ten_thousand_files_are_kept(artifacts, place):
    for number in range(10_000):
        (place / "work" / "outputs" / str(number)).touch()

    names, left_out = collected(artifacts, place)

    assert (len(names), left_out) == (10_000, {})


def test_files_beyond_the_most_are_left_out_by_name(artifacts, place, monkeypatch):
    monkeypatch.setattr(collection, "MOST_FILES", 3)
    for number in range(5):
        (place / "work" / "outputs" / str(number)).touch()

    names, left_out = collected(artifacts, place)

    why = "is one more than the 3 files that are stored"
    assert (names, left_out) == ({"0", "1", "2"}, {"3": why, "4": why})


def test_a_file_with_more_holes_than_the_disk_has_room_for_is_left_out(artifacts, place, monkeypatch):
    disk = os.statvfs(place)
    size = disk.f_bavail * disk.f_frsize + 2**34
    monkeypatch.setattr(collection, "MOST_BYTES", 2 * size)
    with (place / "work" / "outputs" / "sparse").open("wb") as file:
        file.truncate(size)

    names, left_out = collected(artifacts, place)

    assert not names
    assert left_out["sparse"].startswith("is mostly holes, and without them larger than the disk has room for")


def test_a_path_too_long_to_be_written_out_is_left_out(artifacts, place):
    here = os.open(place / "work" / "outputs", os.O_RDONLY)
    for _ in range(9):
        os.mkdir("n" * 250, dir_fd=here)
        inner = os.open("n" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)

    names, left_out = collected(artifacts, place)

    assert not names
    assert list(left_out.values()) == ["has a path of more than 2,048 bytes"]


@contextmanager
def unprivileged():
    """This thread without root's right to read everything (capabilities 1 and 2), if it has it."""
    libc, header, sets = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    effective, sets[0] = sets[0], sets[0] & ~0b110
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0


def test_what_may_not_be_read_is_left_out(artifacts, place):
    outputs = place / "work" / "outputs"
    (outputs / "folder").mkdir()
    (outputs / "folder" / "inner").touch()
    (outputs / "file").touch()
    (outputs / "fine").touch()
    for name in ("folder", "file"):
        (outputs / name).chmod(0)

    with unprivileged():
        names, left_out = collected(artifacts, place)

    (outputs / "folder").chmod(0o700)
    assert names == {"fine"}
    assert left_out == dict.fromkeys(("folder", "file"), "can't be read (Permission denied)")


@pytest.mark.parametrize(
    "path", ["..", "../..", "work/../..", "/etc", "work/outputs/../../../secret", "\N{FULLWIDTH FULL STOP}"]
)
def test_a_path_that_leads_out_is_not_followed(artifacts, place, path):
    (place.parent / "secret").write_bytes(SECRET)

    found = artifacts.collect(place, path)

    assert found.artifact is None
    assert found.left_out in ((), (LeftOut(path="", why=OUT),))


def test_a_folder_that_is_a_link_is_nobodys(artifacts, place):
    (place.parent / "linked").symlink_to("job")
    (place / "work" / "outputs" / "file").touch()

    assert collected(artifacts, place.parent / "linked") == (set(), {})


def swapped(folder, secret, stop):
    """Put a file, a link, a pipe and a folder in turn at each of three names, until told to stop; how often."""
    turns = 0
    while not stop.is_set() or turns < 3000:
        turns += 1
        path = folder / f"swap{turns % 3}"
        aside = folder.parent / "aside"
        match turns % 4:
            case 0:
                aside.write_bytes(b"harmless")
            case 1:
                aside.symlink_to(secret)
            case 2:
                os.mkfifo(aside)
            case _:
                aside.symlink_to(secret.parent)
        aside.replace(path)
        inner = folder / "inner"
        if inner.is_symlink():
            inner.unlink()
            (folder.parent / "kept").rename(inner)
        else:
            inner.rename(folder.parent / "kept")
            inner.symlink_to(secret.parent)
    return turns


def test_nothing_outside_is_read_while_files_and_links_are_swapped(artifacts, place, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("secret", "file"):
        (outside / name).write_bytes(SECRET)
    outputs = place / "work" / "outputs"
    (outputs / "inner").mkdir()
    (outputs / "inner" / "file").write_bytes(b"harmless")
    stop = threading.Event()
    turns = []
    swapper = threading.Thread(target=lambda: turns.append(swapped(outputs, outside / "secret", stop)))
    swapper.start()
    digests, reasons, until = set(), set(), time.monotonic() + 2
    try:
        while time.monotonic() < until:
            found = artifacts.collect(place, "work/outputs")
            digests |= {member.digest for member in found.members}
            reasons |= {one.why for one in found.left_out}
    finally:
        stop.set()
        swapper.join(60)

    assert turns[0] >= 3000
    assert digests <= {hashlib.sha256(b"harmless").hexdigest(), hashlib.sha256(b"").hexdigest()}
    assert reasons <= {*CHANGED, "is a pipe", "is a link to a folder"}


def test_nothing_is_opened_that_could_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "socket"))
        for name in ("pipe", "socket", "absent", "."):
            with pytest.raises(FileNotFoundError):
                open_regular(tmp_path / name)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
