"""Estimators: the oldest form of a script's configuration."""

from __future__ import annotations

import copy
from typing import Any, Dict, Iterable, List, Optional

from hyperstep.azureml_v1.conda import CondaDependencies
from hyperstep.azureml_v1.environment import Environment
from hyperstep.azureml_v1.exceptions import TrainingException
from hyperstep.azureml_v1.runconfig import RunConfiguration
from hyperstep.azureml_v1.script_run import ScriptRunConfig
from hyperstep.azureml_v1.v1_object import V1Object

PACKAGES = ("conda_packages", "pip_packages")
FILES = (
    "conda_dependencies_file_path",
    "conda_dependencies_file",
    "pip_requirements_file_path",
    "pip_requirements_file",
)


class MMLBaseEstimator(V1Object):
    """What all estimators have in common: a folder, a script and its parameters, and an environment."""

    _packages: List[str] = []

    def __init__(
        self,
        source_directory: Optional[str],
        compute_target: Any = None,
        entry_script: Optional[str] = None,
        script_params: Optional[Dict[str, Any]] = None,
        environment_definition: Optional[Environment] = None,
        environment_variables: Optional[Dict[str, str]] = None,
        inputs: Optional[List[Any]] = None,
        max_run_duration_seconds: Optional[float] = None,
        **given: Any,
    ) -> None:
        if not entry_script:
            raise TrainingException("An estimator needs its script: %s(entry_script='train.py')." % type(self).__name__)
        if environment_definition is not None and any(given.get(name) for name in PACKAGES + FILES):
            raise TrainingException(
                "An estimator takes an environment_definition or packages, not both. Put the packages into the "
                "environment."
            )
        self._source = source_directory if source_directory is not None else "."
        self._inputs = list(inputs or [])
        self._params = dict(script_params or {})
        self._limit = max_run_duration_seconds
        self._configuration = RunConfiguration(script=entry_script, arguments=arguments(script_params))
        if compute_target is not None:
            self._configuration.target = compute_target
        self._configuration.environment = environment_definition or self._environment(given)
        self._configuration.environment.environment_variables.update(environment_variables or {})

    @property
    def source_directory(self) -> str:
        return self._source

    @property
    def run_config(self) -> RunConfiguration:
        return self._configuration

    @property
    def conda_dependencies(self) -> Any:
        return self._configuration.environment.python.conda_dependencies

    @property
    def max_run_duration_seconds(self) -> Optional[float]:
        return self._limit

    def _environment(self, given: Dict[str, Any]) -> Environment:
        """The environment of the packages that are asked for, which has no name of its own."""
        files = [given[name] for name in FILES if given.get(name)]
        if len(files) > 1:
            raise TrainingException("An estimator takes one file of packages; %s were given." % ", ".join(files))
        if files and (given.get(FILES[0]) or given.get(FILES[1])):
            packages = CondaDependencies(files[0])
        elif files:
            packages = Environment.from_pip_requirements("", files[0]).python.conda_dependencies or CondaDependencies()
        else:
            packages = CondaDependencies.create(pip_packages=self._framework(given.get("framework_version")))
        for name in given.get("conda_packages") or []:
            packages.add_conda_package(name)
        for name in given.get("pip_packages") or []:
            packages.add_pip_package(name)
        environment = Environment("")
        environment.python.conda_dependencies = packages
        environment.python.user_managed_dependencies = bool(given.get("user_managed"))
        return environment

    def _framework(self, version: Optional[str]) -> List[str]:
        """The packages of the framework; of a version without its last part, such as 1.13, any that begins so."""
        if not version:
            return list(self._packages)
        form = "%s==%s" if version.count(".") > 1 else "%s==%s.*"
        return [form % (name, version) for name in self._packages]

    def _less(self, names: Iterable[str]) -> MMLBaseEstimator:
        """The same without the parameters that a search tries values of; itself if it has none of them."""
        bare = {name.lstrip("-") for name in names}
        kept = {name: value for name, value in self._params.items() if name.lstrip("-") not in bare}
        if len(kept) == len(self._params):
            return self
        other = copy.copy(self)
        other._params = kept
        other._configuration = copy.copy(self._configuration)
        other._configuration.arguments = arguments(kept)
        return other

    def _submit(self, experiment: Any, tags: Optional[Dict[str, Any]] = None, **recorded: Any) -> Any:
        return self._script_run_config()._submit(experiment, tags=tags)

    def _script_run_config(self) -> ScriptRunConfig:
        configuration = ScriptRunConfig(
            self._source,
            script=self._configuration.script,
            arguments=self._configuration.arguments,
            run_config=self._configuration,
            max_run_duration_seconds=self._limit,
        )
        configuration._inputs = self._inputs
        return configuration


class Estimator(MMLBaseEstimator):
    """A script of any framework; sizes and numbers of nodes, Docker and distributed training are only recorded."""


class SKLearn(MMLBaseEstimator):
    """A script that uses scikit-learn; all that describes a machine or an image is only recorded."""

    _packages = ["scikit-learn"]


class TensorFlow(MMLBaseEstimator):
    """A script that uses TensorFlow; all that describes machines, images and parameter servers is only recorded."""

    _packages = ["tensorflow"]


class PyTorch(MMLBaseEstimator):
    """A script that uses PyTorch; all that describes machines, images and distributed training is only recorded."""

    _packages = ["torch"]


class Chainer(MMLBaseEstimator):
    """A script that uses Chainer; all that describes machines, images and distributed training is only recorded."""

    _packages = ["chainer"]


def arguments(script_params: Optional[Dict[str, Any]]) -> List[Any]:
    """The parameters as arguments; one whose value is an empty text stands alone."""
    found: List[Any] = []
    for name, value in (script_params or {}).items():
        found += [name] if value is None or (isinstance(value, str) and not value) else [name, value]
    return found
