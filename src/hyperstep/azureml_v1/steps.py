"""The kinds of steps: a script, a command, an estimator, a search; and steps in a row."""

# ruff: noqa: TRY004

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Optional

from hyperstep.azureml_v1.pipeline_data import PipelineData
from hyperstep.azureml_v1.pipeline_parameter import TrainingOutput
from hyperstep.azureml_v1.pipeline_step import Arg, PipelineStep
from hyperstep.azureml_v1.ports import Made
from hyperstep.azureml_v1.v1_object import V1Object

MONTH = 2592000
"""Seconds that v1 lets a job run where nothing else is said."""


class PythonScriptStep(PipelineStep):
    """A step that runs one Python script; runconfig_pipeline_params and hash_paths are only recorded."""

    _kind = "PythonScriptStep"

    def __init__(
        self,
        script_name: str,
        name: Optional[str] = None,
        arguments: Any = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Optional[Dict[str, Any]] = None,
        source_directory: Optional[str] = None,
        allow_reuse: bool = True,
        version: Optional[str] = None,
        hash_paths: Any = None,
    ) -> None:
        if script_name is None:
            raise ValueError("script_name is required")
        if not isinstance(script_name, str):
            raise ValueError("script_name must be a string")
        super().__init__(str(name or script_name), inputs, outputs, arguments, params, compute_target, runconfig)
        self._script = script_name
        self._source = source_directory
        self._reuse = allow_reuse
        self._version = version

    def _node(self, nodes: Dict[PipelineStep, int], default_folder: Optional[str]) -> Dict[str, Any]:
        node = super()._node(nodes, default_folder)
        node["timeout"] = seconds(self._runconfig)
        return node


class CommandStep(PipelineStep):
    """A step that runs a command line of the shell."""

    _kind = "CommandStep"

    def __init__(
        self,
        command: Any = None,
        name: Optional[str] = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Optional[Dict[str, Any]] = None,
        source_directory: Optional[str] = None,
        allow_reuse: bool = True,
        version: Optional[str] = None,
    ) -> None:
        command = command or getattr(runconfig, "command", None)
        if not command:
            raise ValueError("command is required either from command directly or runconfig.")
        words = _words(command)
        source_directory = source_directory or getattr(runconfig, "source_directory", None)
        runconfig = getattr(runconfig, "run_config", runconfig)  # a ScriptRunConfig holds one
        name = name or "CommandStep_%s" % os.path.basename(str(words[0]).split()[0])
        super().__init__(name, inputs, outputs, words, params, compute_target, runconfig)
        self._source = source_directory
        self._reuse = allow_reuse
        self._version = version

    def _node(self, nodes: Dict[PipelineStep, int], default_folder: Optional[str]) -> Dict[str, Any]:
        node = super()._node(nodes, default_folder)
        node.update(_command(self._arguments, node["arguments"]), timeout=seconds(self._runconfig))
        return node


class EstimatorStep(PipelineStep):
    """A step that runs an estimator's script; of the estimator, what says how to run it is only recorded."""

    _kind = "EstimatorStep"

    def __init__(
        self,
        name: Optional[str] = None,
        estimator: Any = None,
        estimator_entry_script_arguments: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: Optional[str] = None,
    ) -> None:
        if estimator is None or compute_target is None:
            raise ValueError("Estimator, compute_target parameters are required")
        if estimator_entry_script_arguments is None:
            raise ValueError("estimator_entry_script_arguments is a required parameter")
        runconfig = estimator.run_config
        name = name or runconfig.script
        super().__init__(str(name), inputs, outputs, estimator_entry_script_arguments, None, compute_target, runconfig)
        self._script = runconfig.script
        self._source = estimator.source_directory
        self._reuse = allow_reuse
        self._version = version


class HyperDriveStep(PipelineStep):
    """A step that searches: it runs its script once for each of the values that a HyperDriveConfig tries."""

    _kind = "HyperDriveStep"
    _renames_inputs = False

    def __init__(
        self,
        name: str,
        hyperdrive_config: Any,
        estimator_entry_script_arguments: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        metrics_output: Any = None,
        allow_reuse: bool = True,
        version: Optional[str] = None,
    ) -> None:
        _check_search(name, hyperdrive_config, estimator_entry_script_arguments, metrics_output)
        if metrics_output is not None:
            metrics_output._training_output = TrainingOutput("Metrics")
            outputs = outputs if outputs is not None else []
            outputs.append(metrics_output)  # as v1 does to the caller's list
        self._config = hyperdrive_config
        script = searched_script(hyperdrive_config)
        arguments = script.command or estimator_entry_script_arguments or script.arguments
        super().__init__(name, inputs, outputs, arguments, None, script.target, script)
        self._script = script.script
        self._source = script.source
        self._reuse = allow_reuse
        self._version = version

    def _hands_on(self, made: Made, node: int) -> Arg:
        training = made._training_output
        if training is None:
            return super()._hands_on(made, node)
        return {"trial_table": node} if training._is_metrics else {"best_file": [node, self._model_file(made)]}

    def _key(self, made: Made) -> Optional[str]:
        training = made._training_output
        if training is None:
            return super()._key(made)
        return "trials" if training._is_metrics else self._model_file(made)

    def _own(self, made: Made) -> Optional[Arg]:
        return super()._own(made) if made._training_output is None else None

    def _model_file(self, made: Made) -> str:
        path = made._training_output.model_file
        if not path:
            raise ValueError(
                "Output %s of step %s is TrainingOutput('Model') without a model_file, so it doesn't say which file of "
                "the best child run it is. Write model_file='outputs/...', the path that the script writes."
                % (made._output, self.name)
            )
        return str(path)

    def _node(self, nodes: Dict[PipelineStep, int], default_folder: Optional[str]) -> Dict[str, Any]:
        script = searched_script(self._config)
        node = super()._node(nodes, default_folder)
        node["hyperdrive"] = dict(self._config._document(""))
        node["timeout"] = script.timeout
        if script.command:
            node.update(_command(self._arguments, node["arguments"]), script=None)
        return node


class StepSequence(V1Object):
    """Steps in a row; a list within the list runs at the same time."""

    def __init__(self, steps: Any = None) -> None:
        self._steps = list(steps or [])
        before: List[PipelineStep] = []
        for item in self._steps:
            group = list(flat(item))
            for step in _first(item):
                for earlier in before:
                    step.run_after(earlier)
            before = _last(item) or group

    def __iter__(self) -> Iterator[Any]:
        return iter(self._steps)


def flat(steps: Any) -> Iterator[Any]:
    """All steps in lists, tuples and sequences of them."""
    if isinstance(steps, (list, tuple, StepSequence)):
        for item in steps:
            for step in flat(item):
                yield step
    else:
        yield steps


def _first(item: Any) -> List[PipelineStep]:
    if isinstance(item, StepSequence):
        return _first(item._steps[0]) if item._steps else []
    if isinstance(item, (list, tuple)):
        return [step for inner in item for step in _first(inner)]
    return [item]


def _last(item: Any) -> List[PipelineStep]:
    if isinstance(item, StepSequence):
        return _last(item._steps[-1]) if item._steps else []
    if isinstance(item, (list, tuple)):
        return [step for inner in item for step in _last(inner)]
    return [item]


class SearchedScript:
    """The script that a HyperDriveConfig runs, of whichever kind its configuration is."""

    def __init__(self, configuration: Any, runconfig: Any) -> None:
        self.script: Optional[str] = getattr(configuration, "script", None) or getattr(runconfig, "script", None)
        self.source: Optional[str] = configuration.source_directory
        self.command = _words(getattr(configuration, "command", None))
        self.arguments = getattr(configuration, "arguments", None) or getattr(runconfig, "arguments", None)
        self.target = runconfig.target
        self.environment = runconfig.environment
        limit = getattr(configuration, "max_run_duration_seconds", None)
        self.timeout = limit if limit and limit < MONTH else None


def searched_script(config: Any) -> SearchedScript:
    """The script of a HyperDriveConfig: its ScriptRunConfig's, or its estimator's."""
    configuration = config.run_config if config.run_config is not None else config.estimator
    return SearchedScript(configuration, configuration.run_config)


def seconds(runconfig: Any) -> Optional[float]:
    """The longest that a job may run; None if nothing shorter than a month is set."""
    limit = getattr(runconfig, "max_run_duration_seconds", None)
    return limit if limit and limit < MONTH else None


def _words(command: Any) -> List[Any]:
    """A command that is given as text or as a list; empty if there is none."""
    return [command] if isinstance(command, str) else list(command or [])


def _command(kept: List[Any], arguments: List[Arg]) -> Dict[str, Any]:
    """A command line in a node, with its data and parameters as the shell's own arguments."""
    line: List[str] = []
    others: List[Arg] = []
    for word, argument in zip(kept, arguments):
        if isinstance(word, str):  # the shell itself fills in the variables that it names
            line.append(word)
        else:
            others.append(argument)
            line.append('"${%d}"' % len(others))
    return {"command": " ".join(line), "arguments": others}


def _check_search(name: Any, config: Any, arguments: Any, metrics_output: Any) -> None:
    if name is None:
        raise ValueError("name is required")
    if not isinstance(name, str):
        raise ValueError("name must be a string")
    if config is None:
        raise ValueError("hyperdrive_config is required")

    from hyperstep.azureml_v1.hyperdrive import HyperDriveConfig

    if not isinstance(config, HyperDriveConfig):
        raise ValueError("Unexpected hyperdrive_config type: %s" % type(config))
    if arguments is not None and not isinstance(arguments, list):
        raise ValueError("estimator_entry_script_arguments expects arguments as a list.")
    if arguments and getattr(config.run_config, "arguments", None):
        raise ValueError("Only one of estimator_entry_script_arguments and ScriptRunConfig.arguments should be set.")
    if metrics_output is not None and not isinstance(metrics_output, PipelineData):
        raise ValueError("Unexpected metrics_output type: %s" % type(metrics_output))
