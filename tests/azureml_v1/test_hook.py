"""Imports of azureml are answered, in this interpreter and in those it starts, and never beside Azure's own SDK."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hyperstep.azureml_v1 import hook

ENABLED = "from hyperstep.azureml_v1 import enable\nenable()\n"


def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(
        command, env={**plain, **variables}, capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )


def printed(script: str, **variables: str) -> str:
    done = run(script, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def last_line(script: str) -> str:
    done = run(ENABLED + script)
    assert done.returncode == 1, done.stdout
    return done.stderr.strip().splitlines()[-1]


WALK = """
from importlib import import_module
from hyperstep.azureml_v1 import names
places, problems = {}, []
for table in names.NAMES, names.REFUSED:
    for module, offered in table.items():
        for where, listed in offered.items():
            for name in listed.split():
                try:
                    value = getattr(import_module(module), name)
                except Exception as error:
                    problems.append(f"{module}.{name}: {error}")
                    continue
                if places.setdefault((where, name), value) is not value:
                    problems.append(f"{module}.{name} is another object than elsewhere")
print("\\n".join(problems))
"""


def test_every_name_of_the_table_is_there_and_the_same_by_all_its_paths():
    assert printed(ENABLED + WALK) == ""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("azureml.core.run", "_OfflineRun"),
        ("azureml.pipeline.core._restclients.aeva.models.error_response", "ErrorResponseException"),
        ("azureml.train.hyperdrive.policy", "_policy_from_dict"),
        ("azureml.train.hyperdrive.sampling", "_sampling_from_dict"),
    ],
)
def test_what_programs_use_of_the_insides_is_there_too(module, name):
    assert printed(f"{ENABLED}from {module} import {name}\nprint({name}.__name__)") == name


def test_nothing_of_the_layer_is_loaded_before_a_name_is_asked_for():
    script = "import sys, azureml.core\nprint('hyperstep.azureml_v1.workspace' in sys.modules)"

    assert printed(ENABLED + script) == "False"


def test_a_star_brings_all_public_names_of_a_module():
    script = "from azureml.train.hyperdrive.parameter_expressions import *\nprint(choice(1, 2), uniform(0, 1))"

    assert printed(ENABLED + script) == "['choice', [[1, 2]]] ['uniform', [0, 1]]"


def test_a_module_below_is_reached_through_the_one_above_without_an_import_of_its_own():
    script = "import azureml.core\nfrom azureml.core.compute_target import ComputeTargetException\n"
    script += (
        "print(azureml.exceptions.ComputeTargetException is ComputeTargetException, 'Workspace' in dir(azureml.core))"
    )

    assert printed(ENABLED + script) == "True True"


def test_the_version_is_that_of_a_release():
    assert printed(ENABLED + "import azureml.core\nprint(azureml.core.VERSION)").startswith("1.")


def test_a_limit_of_the_sdk_can_be_raised_as_programs_do():
    script = "import azureml._restclient.snapshots_client as client\nclient.SNAPSHOT_MAX_SIZE_BYTES = 10**9\n"

    assert printed(ENABLED + script + "print(client.SNAPSHOT_MAX_SIZE_BYTES)") == "1000000000"


def test_telemetry_is_switched_without_effect():
    script = "from azureml.telemetry import set_diagnostics_collection\n"

    assert printed(ENABLED + script + "set_diagnostics_collection(send_diagnostics=True)") == ""


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        ("from azureml.core import Workspaec", "V1ModuleNotFound", "azureml.core.Workspaec isn't known to hyperstep"),
        ("from azureml.core import Workspaec", "V1ModuleNotFound", "Did you mean 'Workspace'?"),
        ("from azureml.core import PipelineData", "V1ModuleNotFound", "found as azureml.pipeline.core.PipelineData"),
        ("import azureml.nothing.like.this", "V1ModuleNotFound", "azureml.nothing isn't known to hyperstep"),
        ("import azureml.core\nazureml.core.Nothing", "AttributeError", "azureml.core.Nothing isn't known"),
    ],
)
def test_an_unknown_name_is_an_error_with_a_sentence(script, kind, said):
    line = last_line(script)

    assert kind in line.partition(":")[0]
    assert said in line


def test_unknown_names_are_import_errors_that_programs_can_catch():
    script = (
        "try:\n    from azureml.core import Nothing\nexcept ImportError as error:\n    print(type(error).__mro__[1])"
    )

    assert printed(ENABLED + script) == "<class 'ModuleNotFoundError'>"


def test_enabling_twice_is_enabling_once():
    script = "import sys\nprint(sum(type(finder).__name__ == 'Finder' for finder in sys.meta_path))"

    assert printed(ENABLED + ENABLED + script) == "1"


def test_processes_that_an_enabled_one_starts_import_azureml_too():
    inner = "import azureml.core; print(azureml.core.VERSION)"

    assert printed(f"{ENABLED}import subprocess, sys\nsubprocess.run([sys.executable, '-c', {inner!r}], check=True)")


def test_the_entry_on_the_path_is_enough_for_an_interpreter_without_hyperstep():
    script = "import sys; sys.path[:] = [entry for entry in sys.path if 'site-packages' not in entry]\n"
    script += f"sys.path.insert(0, {hook.ENTRY!r})\nsys.meta_path[:] = sys.meta_path[-3:]\n"
    script += "from azureml.exceptions import UserErrorException as e; print(e('x').message, 'click' in sys.modules)"
    command = [sys.executable, "-S", "-E", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "x False\n"


def sdk(folder: Path) -> Path:
    """What an installation of Azure's SDK looks like on the path."""
    (folder / "azureml" / "core").mkdir(parents=True)
    (folder / "azureml" / "core" / "__init__.py").write_text("")
    (folder / "azureml_core-1.61.0.dist-info").mkdir()
    (folder / "azureml_core-1.61.0.dist-info" / "METADATA").write_text("Name: azureml-core\nVersion: 1.61.0\n")
    return folder


@pytest.mark.parametrize("first", ["", "# a package with an __init__.py\n"])
def test_beside_azures_own_sdk_it_refuses_and_names_it(tmp_path, first):
    place = sdk(tmp_path)
    if first:
        (place / "azureml" / "__init__.py").write_text(first)
    done = run(ENABLED, PYTHONPATH=str(place))

    assert "UnsupportedV1: This Python" in done.stderr
    assert "azureml-core 1.61.0" in done.stderr
    assert "pip uninstall azureml-core" in done.stderr


def test_the_entry_refuses_as_well(tmp_path):
    done = run("import azureml", PYTHONPATH=f"{hook.ENTRY}{os.pathsep}{sdk(tmp_path)}")

    assert "azureml-core 1.61.0" in done.stderr


def test_the_sdk_is_found_by_whatever_finds_packages(tmp_path):
    script = (
        "import sys, warnings\nfrom importlib.util import spec_from_file_location\n"
        "warnings.simplefilter('ignore')\n"  # what Python itself says about finders like the first
        "class Old:\n    def find_module(self, name, path=None):\n        return None\n"
        "class Editable:\n    def find_spec(self, name, path=None, target=None):\n"
        f"        return spec_from_file_location(name, {str(tmp_path / 'azureml' / '__init__.py')!r})"
        " if name == 'azureml' else None\n"
        "sys.meta_path += [Old(), Editable()]\n"
    )

    assert f"another package azureml in '{tmp_path}/azureml'" in run(script + ENABLED).stderr


def test_a_folder_of_scripts_called_azureml_is_no_sdk(tmp_path):
    (tmp_path / "azureml").mkdir()
    (tmp_path / "azureml" / "train.py").write_text("")
    script = "import azureml\n" + ENABLED + "from azureml.core import Webservice; print('fine')"

    assert printed(script, PYTHONPATH=str(tmp_path)) == "fine"


def test_a_notebook_is_enabled_by_one_line():
    script = (
        "import hyperstep\nhyperstep.load_ipython_extension(None)\nfrom azureml.core import Webservice; print('fine')"
    )

    assert printed(script) == "fine"
