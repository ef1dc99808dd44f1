"""What `import hyperstep` offers, and what it costs."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import hyperstep


def test_type_checkers_see_the_names_that_can_be_loaded():
    tree = ast.parse(Path(hyperstep.__file__).read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.asname: node.module for node in guarded.body for alias in node.names}

    assert seen == {name: f"hyperstep.{module}" for name, module in hyperstep._PLACES.items()}


@pytest.mark.parametrize("name", hyperstep.__all__)
def test_a_public_name_is_the_object_of_its_module(name):
    assert getattr(hyperstep, name) is getattr(import_module(f"hyperstep.{hyperstep._PLACES[name]}"), name)


def test_all_names_are_listed():
    assert set(hyperstep.__all__) <= set(dir(hyperstep))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'hyperstep' has no attribute 'Stepp'"):
        _ = hyperstep.Stepp


def test_importing_the_package_loads_nothing_of_it():
    script = "import sys, hyperstep; print([name for name in sys.modules if name.startswith('hyperstep.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "[]\n"
