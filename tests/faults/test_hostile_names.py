"""Names are never paths: whatever something is called, nothing is read, written or removed outside of the workspace."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperstep import DefinitionError, Limits, Output, Parameter, Pipeline, Source, Step, TuneStep, choice, maximize
from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.run import Run
from hyperstep.azureml_v1.workspace import Workspace as V1Workspace
from hyperstep.cli.main import main
from hyperstep.compute.folder import Folders
from hyperstep.engine.job import InputPath, Job, OutputPath
from hyperstep.environments import named
from hyperstep.errors import HyperstepError
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.store import queries
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.workspace import Workspace

HOSTILE = [
    "$",
    "..", ".", "/", "//", "../../../../escaped", "/tmp/h-escaped", "a/../../../escaped", "a/./b", "a//b",
    "..\\..\\escaped", "C:\\escaped", "\\\\host\\share", "%2e%2e%2fescaped", "%252e%252e/escaped",
    "..%2fescaped", "\u2025/escaped", "\uff0e\uff0e/escaped", "\u2215etc\u2215passwd", "NUL", "CON.txt", "~",
    "~root/escaped", "$HOME/escaped", "$(touch escaped)", "`touch escaped`", ";touch escaped", "|touch escaped",
    "&& touch escaped", "-rf", "--workspace=/escaped", "a\nb", "a\rb", "\x1b[31mred", "\x1b]0;title\x07",
    "\u202ereversed", "\u2028", "\x7f", "\x9b31m", "caf\u00e9", "cafe\u0301", " ", "  a  ", "'", '"',
    "'; DROP TABLE run; --", "%s%n", "{0}", "${{x}}", "<script>", "n" * 256, "\u6f22" * 256, "\U0001f600" * 64,
    ".hidden", "a.", "log.txt", "../log.txt", "exit.json", "wire.jsonl", "outputs", "outputs/x",
    "file:///etc/passwd", "http://127.0.0.1/x", "model\x00.pkl",
]  # fmt: skip

hostile = st.sampled_from(HOSTILE) | st.lists(
    st.sampled_from([*"./\\a\0\n\x1b\u202e\u00e9\ud800~-'$", "..", "%2e"]), min_size=1, max_size=8
).map("".join)

SAY = """
import json, os
from hyperstep import tracking
from hyperstep.errors import TrackingError
said = {}
open("file", "w").write("kept")
for number, name in enumerate(json.load(open(os.environ["NAMES"]))):
    for kind, call in {
        "metric": lambda: tracking.metric(name, float(number)),
        "tag": lambda: tracking.tag(name, name),
        "artifact": lambda: tracking.artifact(name, "file"),
        "model": lambda: tracking.register(name, "file"),
        "label": lambda: tracking.register("fine", "file", tags={name: name}),
        "alias": lambda: tracking.register("fine", "file", aliases=[name]),
    }.items():
        if kind in ("model", "alias") and number % 4 or kind == "label" and name != "$":
            continue  # each waits for its answer
        try:
            call()
            said[kind] = said.get(kind, []) + [name]
        except TrackingError:
            pass
tracking.metric("score", 1.0)
json.dump(said, open("outputs/said.json", "w"))
"""


def everything(folder, *, but):
    """What lies below a folder, as the kernel tells it apart, and when it was changed; of `but` nothing."""
    found = {}
    for above, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if f"{above}/{name}" not in but]
        for name in [*folders, *files]:
            path = f"{above}/{name}"
            status = os.lstat(path)
            found[path] = (status.st_dev, status.st_ino, None if name in folders else status.st_mtime_ns)
    return found


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("HYPERSTEP_WORKSPACE", raising=False)
    folder = tmp_path / "around" / "project"
    (folder / "steps").mkdir(parents=True)
    (folder / "steps" / "main.py").touch()
    (folder / "steps" / "say.py").write_text(SAY)
    (folder / "names.json").write_text(json.dumps(HOSTILE))
    monkeypatch.setenv("NAMES", str(folder / "names.json"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def untouched(tmp_path, project):
    """Called: nothing around the project and its workspace has changed, but for the places that are named."""
    before = everything(tmp_path, but={str(project / ".hyperstep")})

    def check(*but):
        now = everything(tmp_path, but={str(project / ".hyperstep"), *map(str, but)})
        assert {path: now.get(path) for path in {*now, *before}} == {path: before.get(path) for path in {*now, *before}}
        assert not os.path.lexists("/tmp/h-escaped")

    return check


@pytest.fixture
def said(project):
    """A search whose trial has used every hostile name for all that it can name; the workspace, and what it said."""
    step = Step("say.py", name="say", source=Source("steps"))
    space, limits = {"x": choice(*HOSTILE[:1])}, Limits(trials=1, concurrent=1)
    search = TuneStep(step, name="say", space=space, metric=maximize("score"), sampler=GridSampler(), limits=limits)
    with Workspace.open(project) as workspace:
        workspace.drive(workspace.submit(Pipeline("hostile", [search]), labels={"experiment": "e"}))
        (outputs,) = (row for row in queries.artifacts(workspace.store.db, "1/say/0.0") if row.artifact.kind == "tree")
        with workspace.artifacts.open(outputs.artifact, "said.json") as file:
            yield workspace, json.load(file)


def called(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main(arguments)
    return SimpleNamespace(code=ended.value.code, out=out.getvalue(), err=err.getvalue())


def test_what_a_script_names_is_kept_as_it_was_named(said, untouched):
    workspace, names = said
    db = workspace.store.db

    assert set(names["metric"]) == set(queries.last_metrics(db, "1/say/0.0")) - {"score"}
    assert {name: name for name in names["tag"]} == queries.tags(db, "1/say/0.0")
    stored = {row.name for row in queries.artifacts(db, "1/say/0.0")}
    assert set(names["artifact"]) - {"outputs"} == stored - {"outputs"}
    assert set(names["metric"]) == {name for name in HOSTILE if len(name) <= 256}
    assert "model" not in names or all(name.isascii() and "/" not in name for name in names["model"])
    untouched()


def test_the_best_trials_files_are_copied_into_the_folder_and_nowhere_else(said, untouched, project):
    _, names = said

    copied = called("best", "--copy", "copy")

    assert copied.code == 0, copied.err
    files = [path for path in (project / "copy").rglob("*") if path.is_file()]
    assert len(files) == len(set(names["artifact"]) | {"outputs"})
    untouched(project / "copy")


def test_v1_downloads_stay_in_the_folder_or_are_refused(said, untouched, project):
    _, names = said
    run = Run.get(V1Workspace("s", "g", "local"), "HD_1_0_0")
    refused = set()
    for name in names["artifact"]:
        for download in (
            lambda name=name: run.download_file(name),
            lambda name=name: run.download_file(name, "got/"),
            lambda name=name: run.download_files(prefix=name, output_directory="got"),
        ):
            (project / "got").mkdir(exist_ok=True)
            with contextlib.chdir(project / "got"):
                try:
                    download()
                except UserErrorException:
                    refused.add(name)
                except OSError:  # one name lies in another, or is too long
                    pass

    assert "../../../../escaped" in refused
    untouched(project / "got")


LOOK = ("show", "logs", "trials", "best", "why", "models", "importance", "what-if", "cancel", "resume", "extend")


def test_no_command_takes_a_name_for_a_path(said, untouched):
    _, names = said
    for name in HOSTILE:
        if "\0" in name:
            continue  # no argument of a program can hold it
        for command in (
            *([one, "--", name] for one in LOOK),
            ["env", "use", "--", name, "/x"],
            ["env", "forget", "--", name],
        ):
            done = called(*command)

            assert done.code == 2 or name in names["model"], (command, done)
    untouched()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(hostile)
def test_what_a_pipeline_names_is_refused_or_kept_below_the_jobs_folder(project, untouched, name):
    made = {}
    for kind, make in {
        "pipeline": lambda: Pipeline(name, [Step("main.py", source=Source("steps"))]),
        "step": lambda: Step("main.py", name=name),
        "script": lambda: Step(name),
        "output": lambda: Output(name),
        "parameter": lambda: Parameter(name, 1),
        "metric": lambda: maximize(name),
    }.items():
        with contextlib.suppress(DefinitionError):
            made[kind] = make()
    home = project / ".hyperstep"
    artifacts = FolderArtifacts(home / "artifacts", durability="normal")
    source, _ = artifacts.put(project / "steps")
    folders = Folders(home, artifacts)
    outputs = (name,) if "output" in made else ()
    job = Job(
        id="1/main.0",
        script="main.py",
        source=source,
        arguments=(InputPath(name=name), OutputPath(name=name)),
        inputs={name: source},
        outputs=outputs,
    )
    taken, given_out = folders.lay(job)
    if "step" in made:
        with Workspace.open(project) as workspace:
            identity = workspace.submit(Pipeline("p", [Step("main.py", name=name, source=Source("steps"))]))
            (step,) = queries.steps(workspace.store.db, identity)
            assert step.name == name
            assert (home / "runs" / step.id).resolve().parent == home / "runs" / identity

    assert os.path.realpath(taken).startswith(f"{home}/runs/1/main.0/inputs/")
    assert os.path.realpath(given_out).startswith(f"{home}/runs/1/main.0/made/")
    assert Path(taken, "main.py").is_file()
    untouched()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(hostile)
def test_what_v1_code_and_environments_name_is_refused_or_kept_in_the_workspace(project, untouched, name):
    (project / ".hyperstep").mkdir(exist_ok=True)
    with contextlib.suppress(HyperstepError):
        assert shelf.get("kind", name, shelf.add("kind", name, {"name": name})) == {"name": name}
        assert name in shelf.names("kind")
        named.note(project / ".hyperstep", name, named.Requirements())
        assert named.environment(project / ".hyperstep", name).name == name
    untouched()
