"""CondaDependencies: made, read, changed and written."""

import pytest

from hyperstep.azureml_v1.conda import CondaDependencies


def packages(dependencies):
    return list(dependencies.conda_packages), list(dependencies.pip_packages)


def test_without_a_file_there_is_a_python_and_the_package_that_v1_adds():
    made = CondaDependencies()

    assert packages(made) == ([], ["azureml-defaults"])
    assert made.python_version == "3.8.13"
    assert list(made.conda_channels) == ["anaconda", "conda-forge"]


def test_create_takes_packages_of_both_kinds_and_a_python():
    made = CondaDependencies.create(
        conda_packages=["scikit-learn", "pip=21"], pip_packages=["numpy==1.2", "azureml-sdk"], python_version="3.7"
    )

    assert packages(made) == (["scikit-learn"], ["numpy==1.2", "azureml-sdk"])
    assert made.get_python_version() == "3.7"
    assert packages(CondaDependencies.create(conda_packages=["a"])) == (["a"], ["azureml-defaults"])


def test_a_package_takes_the_place_of_one_of_its_name():
    made = CondaDependencies.create(conda_packages=["conda-forge::scikit-learn=1"], pip_packages=["Foo_Bar[x]==1"])
    made.add_conda_package("scikit-learn=1.1")
    made.add_pip_package("foo-bar")
    made.add_channel("more")
    made.add_channel("more")

    assert packages(made) == (["scikit-learn=1.1"], ["foo-bar"])
    assert list(made.conda_channels) == ["anaconda", "conda-forge", "more"]


def test_what_was_added_is_removed():
    made = CondaDependencies.create(conda_packages=["a", "b"], pip_packages=["c", "d"], pip_indexurl="https://e.org")
    made.remove_conda_package("a")
    made.remove_pip_package("c")
    made.remove_channel("anaconda")

    assert packages(made) == (["b"], ["d"])
    assert list(made.pip_options) == ["-i https://e.org"]
    made.remove_pip_option("-i")
    assert list(made.pip_options) == []


def test_a_file_is_read_changed_and_saved(tmp_path):
    (tmp_path / "conda.yml").write_text("name: mine\ndependencies:\n- numpy\n- pip:\n  - scipy\n")
    read = CondaDependencies(conda_dependencies_file_path=tmp_path / "conda.yml")
    read.add_tensorflow_pip_package(core_type="gpu", version="2.1")
    read.save_to_file(str(tmp_path), "again.yml")
    again = CondaDependencies(str(tmp_path / "again.yml"))

    assert again == read
    assert again.serialize_to_string() == (
        "name: mine\ndependencies:\n- numpy\n- pip:\n  - scipy\n  - tensorflow-gpu==2.1\n"
    )


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.yml"):
        CondaDependencies(str(tmp_path / "missing.yml"))


def test_only_pip_has_packages_of_its_own(tmp_path):
    (tmp_path / "conda.yml").write_text("dependencies:\n- npm:\n  - left-pad\n")

    with pytest.raises(ValueError, match="neither a package nor a list below pip"):
        CondaDependencies(tmp_path / "conda.yml")


def test_merged_requirements_name_each_package_once():
    assert CondaDependencies.merge_requirements(["a==1", "b", "A", "c", "b>2"]) == ["a==1", "b", "c"]
