"""Virtual environments that are built for what is asked for: with the real uv and real packages."""

import os
import subprocess
import threading

import pytest

from hyperstep.environments.build import build
from hyperstep.environments.requirements import Requirements
from hyperstep.errors import DefinitionError, SubmissionError

SMALL = Requirements(packages=("iniconfig==2.0.0",))


def version_in(folder, package):
    command = [folder / "bin" / "python", "-c", f"from importlib.metadata import version; print(version({package!r}))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_built_environment_has_the_packages_that_were_asked_for(tmp_path):
    assert version_in(build(tmp_path, SMALL), "iniconfig") == "2.0.0"


def test_what_is_asked_for_alike_is_built_once(tmp_path, monkeypatch):
    first = build(tmp_path, SMALL)
    monkeypatch.setenv("PATH", "")

    assert build(tmp_path, SMALL) == first


def test_a_build_that_was_cut_off_is_begun_anew(tmp_path):
    folder = build(tmp_path, SMALL)
    (folder / "complete").unlink()
    (folder / "bin" / "python").unlink()

    assert version_in(build(tmp_path, SMALL), "iniconfig") == "2.0.0"


def test_two_at_a_time_build_one(tmp_path):
    built = []
    threads = [threading.Thread(target=lambda: built.append(build(tmp_path, SMALL))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(built)) == 1
    assert len(built) == 3


def test_a_package_that_isnt_there_is_refused_and_nothing_counts_as_built(tmp_path):
    wanted = Requirements(packages=("iniconfig==0.0.0.404",))

    with pytest.raises(DefinitionError, match=r"uv can't build an environment .*iniconfig==0.0.0.404"):
        build(tmp_path, wanted)

    assert not list(tmp_path.rglob("complete"))


def test_without_uv_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr("hyperstep.environments.build.find_spec", lambda _name: None)

    with pytest.raises(SubmissionError, match=r"hyperstep\[environments\]"):
        build(tmp_path, SMALL)
