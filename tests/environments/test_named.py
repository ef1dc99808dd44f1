"""Environments by name, kept in the workspace."""

import subprocess
import sys
import sysconfig

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.environments.named import environment, environments, forget, note, use
from hyperstep.environments.requirements import Requirements
from hyperstep.errors import DefinitionError, NotFound

NUMPY = Requirements(python="3.8", packages=("numpy==1.23.5",), left_out=("mkl",))


def test_an_environment_that_was_noted_runs_in_our_own_python(tmp_path):
    note(tmp_path, "old", NUMPY)

    found = environment(tmp_path, "old")
    assert (found.name, found.wanted, found.python, found.outdated) == ("old", NUMPY, "", False)


def test_an_interpreter_is_kept_when_the_requirements_change(tmp_path):
    note(tmp_path, "old", NUMPY)
    use(tmp_path, "old", sys.executable)
    note(tmp_path, "old", Requirements(packages=("pandas",)))

    found = environment(tmp_path, "old")
    assert (found.python, found.wanted.packages) == (sys.executable, ("pandas",))
    assert not found.outdated, "an interpreter that was named by hand was built for nothing"


def test_what_was_built_for_other_requirements_is_outdated(tmp_path):
    note(tmp_path, "old", NUMPY)
    use(tmp_path, "old", sys.executable, built=NUMPY.digest)
    assert not environment(tmp_path, "old").outdated

    note(tmp_path, "old", Requirements(packages=("pandas",)))

    assert environment(tmp_path, "old").outdated


def test_the_folder_of_a_virtual_environment_names_its_python(tmp_path):
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)

    assert use(tmp_path, "mine", str(folder)).python == str(folder)


@pytest.mark.parametrize("python", ["/nowhere/python", sysconfig.get_path("stdlib"), "/bin/true"])
def test_what_is_no_python_is_refused_and_nothing_is_kept(tmp_path, python):
    with pytest.raises(DefinitionError, match=r"names no Python|doesn't answer"):
        use(tmp_path, "old", python)

    assert environments(tmp_path) == ()


def test_an_unknown_name_is_answered_with_what_there_is(tmp_path):
    note(tmp_path, "old", NUMPY)

    with pytest.raises(NotFound, match="it knows 'old'"):
        environment(tmp_path, "odl")


def test_what_is_forgotten_is_gone(tmp_path):
    note(tmp_path, "old", NUMPY)
    forget(tmp_path, "old")

    assert environments(tmp_path) == ()
    with pytest.raises(NotFound, match="none yet"):
        forget(tmp_path, "old")


@given(names=st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), max_size=5))
def test_any_text_is_a_name(tmp_path_factory, names):
    home = tmp_path_factory.mktemp("home")
    for name in names:
        note(home, name, NUMPY)

    assert {one.name for one in environments(home)} == names
