"""What is refused can be imported, passed around and asked about; using it raises a sentence."""

from __future__ import annotations

import copy
import pickle
from importlib import import_module

import pytest

from hyperstep.azureml_v1 import lookup, names, unsupported
from hyperstep.errors import UnsupportedV1

CONFIG = unsupported.refused("InferenceConfig", "deployment")


def test_calling_says_the_name_why_and_what_to_use():
    with pytest.raises(UnsupportedV1) as raised:
        CONFIG(entry_script="score.py")
    said = str(raised.value)

    assert said.startswith("InferenceConfig isn't available on this machine: hyperstep trains models")
    assert "Use instead: take the files with Model(workspace, name).download()" in said


def test_an_attribute_says_so_too():
    with pytest.raises(UnsupportedV1, match=r"InferenceConfig\.deploy_configuration isn't available"):
        _ = CONFIG.deploy_configuration


def test_programs_can_catch_it_as_not_implemented():
    assert issubclass(UnsupportedV1, NotImplementedError)


def test_asking_what_something_is_and_copying_the_class_are_no_uses():
    assert not isinstance(3, CONFIG)
    assert copy.copy(CONFIG) is CONFIG
    assert not hasattr(CONFIG, "__len__")
    assert "InferenceConfig" in repr(CONFIG)


def test_one_name_is_one_class():
    assert unsupported.refused("InferenceConfig", "deployment") is CONFIG


@pytest.mark.parametrize("reason", [*unsupported.REASONS])
def test_every_reason_reads_as_a_sentence(reason):
    why, instead = unsupported.REASONS[reason]

    assert why == why.strip(" .")
    assert instead == instead.strip(" .")
    assert len(unsupported.sentence("Name", reason)) < 300


def test_every_reason_that_the_table_gives_is_known():
    attributes = [reason for listed in names.REFUSED_ATTRIBUTES.values() for reason in listed]
    reasons = {reason for offered in names.REFUSED.values() for reason in offered}

    assert {*reasons, *attributes, *names.REFUSED_PACKAGES.values()} == set(unsupported.REASONS)


def test_any_name_of_a_refused_package_is_refused():
    with pytest.raises(UnsupportedV1, match="AutoMLConfig isn't available"):
        lookup.load("azureml.train.automl", "AutoMLConfig")(task="regression")
    with pytest.raises(UnsupportedV1, match="Explainer isn't available"):
        lookup.load("azureml.interpret.ext.tabular", "Explainer")()


def test_no_name_is_both_done_and_refused_in_a_module():
    both = {
        f"{module}.{name}"
        for module in names.NAMES
        for name in " ".join(names.NAMES[module].values()).split()
        if name in " ".join(names.REFUSED.get(module, {}).values()).split()
    }

    assert both == set()


def test_what_is_refused_of_a_class_is_nothing_that_the_class_has():
    places = {
        name: where for table in names.NAMES.values() for where, listed in table.items() for name in listed.split()
    }
    for name, refused in names.REFUSED_ATTRIBUTES.items():
        kind = getattr(import_module(f"hyperstep.azureml_v1.{places[name]}"), name)
        for attribute in " ".join(refused.values()).split():
            with pytest.raises(unsupported.RefusedAttribute, match=rf"^{name}\.{attribute} isn't available"):
                getattr(kind, attribute)


def test_deploying_a_model_is_refused_with_what_to_do_instead():
    model = lookup.load("azureml.core", "Model")

    with pytest.raises(UnsupportedV1, match="Model"):
        model.deploy(None, "service", [])


def test_what_is_recorded_only_is_a_name_of_the_table():
    offered = {name for table in names.NAMES.values() for listed in table.values() for name in listed.split()}

    assert set(names.RECORDED) - offered == set()


def test_the_error_can_be_pickled():
    assert str(pickle.loads(pickle.dumps(UnsupportedV1("a sentence")))) == "a sentence"
