"""What an environment asks for: conda's words and pip's become one list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.environments.requirements import requirements
from hyperstep.errors import DefinitionError

NAMES = st.sampled_from(["numpy", "pandas", "scikit-learn", "lightgbm"])
VERSIONS = st.from_regex(r"[1-9]\d?\.\d\d?(\.\d)?", fullmatch=True)


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("numpy", "numpy"),
        ("numpy=1.23", "numpy==1.23.*"),
        ("numpy=1.23.5", "numpy==1.23.5.*"),
        ("numpy=1.23.*", "numpy==1.23.*"),
        ("numpy==1.23.5", "numpy==1.23.5"),
        ("numpy=1.23.5=py38_0", "numpy==1.23.5.*"),
        ("numpy >=1.20,<2", "numpy>=1.20,<2"),
        ("conda-forge::lightgbm=3.3", "lightgbm==3.3.*"),
        ("pytorch=1.13", "torch==1.13.*"),
        ("Scikit-Learn", "scikit-learn"),
    ],
)
def test_a_conda_package_is_what_pip_calls_it(conda, pip):
    assert requirements(conda=[conda]).packages == (pip,)


@pytest.mark.parametrize(("text", "version"), [("python=3.8.13", "3.8"), ("python>=3.9", "3.9"), ("python", "")])
def test_condas_python_chooses_the_interpreter_and_is_no_package(text, version):
    found = requirements(conda=[text, "numpy"])

    assert (found.python, found.packages) == (version, ("numpy",))


def test_a_version_that_is_given_counts_more_than_condas():
    assert requirements(conda=["python=3.8"], python="3.10").python == "3.10"


def test_what_is_no_python_package_is_left_out_and_named():
    found = requirements(conda=["cudatoolkit=11.3", "pip", "numpy"], pip=["azureml-defaults==1.50", "joblib"])

    assert found.packages == ("numpy", "joblib")
    assert found.left_out == ("cudatoolkit=11.3", "azureml-defaults==1.50")


def test_comments_and_empty_lines_of_a_list_for_pip_ask_for_nothing():
    assert requirements(pip=["# tools", "", "  joblib  "]).packages == ("joblib",)


@pytest.mark.parametrize("text", ["", "=1.2", "numpy@1", "a b"])
def test_what_is_no_package_is_refused_with_the_text(text):
    with pytest.raises(DefinitionError, match=r"isn't a package as conda names one"):
        requirements(conda=[text])


@given(st.lists(st.builds("{}=={}".format, NAMES, VERSIONS), unique=True), st.randoms())
def test_the_order_of_packages_makes_no_other_environment(packages, random):
    shuffled = list(packages)
    random.shuffle(shuffled)

    assert requirements(pip=packages).digest == requirements(pip=shuffled).digest


@given(st.lists(st.builds("{}=={}".format, NAMES, VERSIONS), unique=True), VERSIONS)
def test_another_package_makes_another_environment(packages, version):
    more = [*packages, f"scipy=={version}"]

    assert requirements(pip=packages).digest != requirements(pip=more).digest
