import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hyperstep.compute.scan import Scan, merge, scan


@pytest.fixture
def scanned(tmp_path):
    def scanned(script, files=()):
        for name, text in {"main.py": script, **dict(files)}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(textwrap.dedent(text))
        return scan(tmp_path, "main.py")

    return scanned


@pytest.mark.parametrize(
    ("script", "modules"),
    [
        ("import numpy", [("numpy", ())]),
        ("import numpy as np, os.path", [("numpy", ()), ("os.path", ())]),
        ("from sklearn.linear_model import Ridge, Lasso", [("sklearn.linear_model", ("Ridge", "Lasso"))]),
        ("from a.b import *", [("a.b", ())]),
        ("from a import b\nfrom a import c\nimport a", [("a", ("b", "c"))]),
        ("from __future__ import annotations", []),
        ("from . import sibling\nfrom .sibling import x", []),
        ("try:\n    import a\nexcept ImportError:\n    import b\nelse:\n    import c\nfinally:\n    import d", "abcd"),
        ("if x > 1:\n    import a\nelif y:\n    import b\nelse:\n    import c", "abc"),
        ("with x:\n    import a\nfor y in z:\n    import b\nwhile y:\n    import c", "abc"),
        ("class A:\n    import a", "a"),
        ("def f():\n    import a\nasync def g():\n    import b\nclass A:\n    def h(self):\n        import c", ""),
        ("if __name__ == '__main__':\n    import a\nelse:\n    import b", "b"),
        ("if '__main__' == __name__:\n    import a", ""),
        ("if TYPE_CHECKING:\n    import a\nimport b", "b"),
        ("import typing\nif typing.TYPE_CHECKING:\n    import a", [("typing", ())]),
        ("import a; x = = 1", ""),
        ("", ""),
    ],
)
def test_what_the_top_level_imports_is_found(scanned, script, modules):
    expected = [(name, ()) for name in modules] if isinstance(modules, str) else modules

    assert scanned(script) == Scan(tuple(expected), "")


def test_modules_beside_the_script_are_followed_and_not_imported_ahead(scanned):
    found = scanned(
        "import model, package.inner\nfrom package import other",
        {
            "model.py": "import torch\nimport main",
            "package/__init__.py": "import one",
            "package/inner.py": "import two",
            "package/other.py": "import three",
        },
    )

    assert [name for name, _ in found.modules] == ["torch", "one", "two", "three"]


def test_a_module_of_the_sources_is_not_imported_ahead_when_the_path_is_changed(scanned):
    found = scanned("import sys\nsys.path.insert(0, 'lib')\nimport own, numpy", {"lib/own.py": ""})

    assert [name for name, _ in found.modules] == ["sys", "numpy"]


@pytest.mark.parametrize(
    ("script", "hazard"),
    [
        ("import os\nos.environ['A'] = '1'\nimport numpy", "main.py sets A before numpy is imported"),
        ("from os import environ\nenviron['A'] = '1'\nimport numpy", "main.py sets A before numpy is imported"),
        ("import os\nos.environ.setdefault('A', '1')\nimport numpy", "main.py sets A before numpy is imported"),
        ("import os\nos.environ.update(A='1')\nimport numpy", "main.py sets a variable before numpy is imported"),
        ("import os\nos.environ[name] = '1'\nimport numpy", "main.py sets a variable before numpy is imported"),
        ("import os\nos.putenv('A', '1')\nimport numpy", "main.py sets A before numpy is imported"),
        ("import os\nif x:\n    os.environ['A'] = '1'\nimport numpy", "main.py sets A before numpy is imported"),
        ("import jax", "main.py imports jax, which warns of every fork of a process that has imported it"),
        ("import numpy, os\nos.environ['A'] = '1'", ""),
        ("import os\nos.environ['A'] = '1'\nimport json", ""),
        ("import os\nx = os.environ['A']\nimport numpy", ""),
        ("import os\ndef f():\n    os.environ['A'] = '1'\nimport numpy", ""),
        ("import os, numpy\nd.update(a=1)\nd['A'] = 2\nimport scipy", ""),
    ],
)
def test_a_variable_that_is_set_before_an_import_is_a_hazard(scanned, script, hazard):
    assert scanned(script).hazard == hazard


def test_a_module_beside_the_script_may_hold_the_hazard(scanned):
    found = scanned("import settings\nimport numpy", {"settings.py": "import os\nos.environ['A'] = '1'"})

    assert found.hazard == "settings.py sets A before numpy is imported"


def test_a_script_that_is_not_there_imports_nothing(tmp_path):
    assert scan(tmp_path, "absent.py") == Scan((), "")


@given(some.binary())
def test_any_file_can_be_scanned(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    (folder / "any.py").write_bytes(content)

    assert isinstance(scan(folder, "any.py"), Scan)


def test_the_modules_of_several_scripts_are_named_once():
    first = Scan((("a", ("x",)), ("b", ())), "")
    second = Scan((("b", ("y",)), ("a", ("x", "z"))), "")

    assert merge([first, second]) == (("a", ("x", "z")), ("b", ("y",)))
