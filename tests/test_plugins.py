"""Plug-ins are found by their entry points, and only when one is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hyperstep.document import Codec, encode
from hyperstep.errors import PluginError
from hyperstep.plugins import known_kinds
from hyperstep.search.samplers.random import RandomSampler

HALTON = """
from dataclasses import dataclass

@dataclass(frozen=True)
class HaltonSampler:
    seed: int = 0

    def suggest(self, space, history):
        return None

class Mutable:
    def suggest(self, space, history):
        return None
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package with one module and these entry points, as pip would."""

    def installed(name: str, source: str, entry_points: str) -> None:
        (tmp_path / f"{name}.py").write_text(source)
        metadata = tmp_path / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(entry_points)
        monkeypatch.syspath_prepend(tmp_path)

    return installed


def test_a_plug_in_is_known_once_it_is_looked_for(install):
    install("halton_a", HALTON, "[hyperstep.samplers]\nhalton = halton_a:HaltonSampler\n")

    found = {kind.__name__: kind for kind in known_kinds(plugins=True)}

    assert "HaltonSampler" not in {kind.__name__ for kind in known_kinds()}
    sampler = found["HaltonSampler"](seed=3)
    assert Codec(known_kinds(plugins=True)).decode(encode(sampler)) == sampler


def test_a_plug_in_cannot_take_the_name_of_ours(install):
    source = HALTON.replace("HaltonSampler", "RandomSampler")
    install("halton_b", source, "[hyperstep.samplers]\nrandom = halton_b:RandomSampler\n")

    assert isinstance(Codec(known_kinds(plugins=True)).decode({"$": "RandomSampler", "seed": 1}), RandomSampler)


@pytest.mark.parametrize(
    ("name", "source", "target", "words"),
    [
        ("halton_c", "import a_module_that_is_nowhere", "halton_c:X", ["'halton'", "halton_c:X", "a_module_that_is"]),
        ("halton_d", "raise RuntimeError('broken')", "halton_d:X", ["RuntimeError('broken')"]),
        ("halton_e", HALTON, "halton_e:Missing", ["halton_e:Missing"]),
        ("halton_f", HALTON, "halton_f:Mutable", ["Mutable", "frozen dataclass", "'suggest'"]),
    ],
)
def test_a_plug_in_that_does_not_work_is_named(install, name, source, target, words):
    install(name, source, f"[hyperstep.samplers]\nhalton = {target}\n")

    with pytest.raises(PluginError) as error:
        known_kinds(plugins=True)

    assert all(word in str(error.value) for word in words), str(error.value)


def test_a_policy_needs_a_reason_to_stop(install):
    install("halton_g", HALTON, "[hyperstep.policies]\nhalton = halton_g:HaltonSampler\n")

    with pytest.raises(PluginError, match="'reason_to_stop'"):
        known_kinds(plugins=True)


def test_installed_packages_are_not_looked_through_for_our_own_kinds():
    program = "import sys; import hyperstep.plugins as p; p.known_kinds(); print('importlib.metadata' in sys.modules)"

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed == "False\n"
