"""PipelineStep: what all kinds of steps have, names, data, arguments, and their node in the plan.

Steps check their own inputs, outputs and arguments when they are made; what
needs the others (producers, computes, scripts) is checked by the Pipeline.
"""

# ruff: noqa: TRY004

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.output_dataset_config import OutputDatasetConfig
from hyperstep.azureml_v1.pipeline_data import PipelineData, PipelineOutputAbstractDataset
from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter, is_data, variable_of
from hyperstep.azureml_v1.ports import Made, Port, port_of
from hyperstep.azureml_v1.v1_object import V1Object

Arg = Any  # JSON: see build.py
DATA = "AZUREML_DATAREFERENCE_"
INPUT = "HYPERSTEP_V1_INPUT_"
MADE = (PipelineData, PipelineOutputAbstractDataset, OutputDatasetConfig)
NAMED = re.compile(r"\$\{?((?:AZUREML_DATAREFERENCE|AML_PARAMETER)_\w+)\}?")
REMOTE = "Please specify a remote compute_target. (Local execution is not supported for pipelines.)"


class PipelineStep(V1Object):
    """A step of a pipeline."""

    _kind = "PipelineStep"
    _renames_inputs = True
    _reuse = True
    _version: Optional[str] = None
    _source: Optional[str] = None
    _script: Optional[str] = None

    def __init__(
        self,
        name: str,
        inputs: Any = None,
        outputs: Any = None,
        arguments: Any = None,
        params: Optional[Dict[str, Any]] = None,
        compute_target: Any = None,
        runconfig: Any = None,
    ) -> None:
        self.name = name
        self._ports: List[Port] = []
        self._outputs: Dict[str, Made] = {}
        self._after: List[PipelineStep] = []
        self._target = compute_target if compute_target is not None else getattr(runconfig, "target", None)
        self._runconfig = runconfig
        self._params = {key: self._parameter(value) for key, value in (params or {}).items()}
        given = list(arguments or [])
        for argument in given:
            hash(argument)  # a list among the arguments is a TypeError, in the words of Python
        self._take(list(inputs or []), list(outputs or []), given)
        self._arguments = [self._argument(argument) for argument in given]
        self._numbers = {  # those that are no text, by their place: a search tells its arguments as they were given
            str(place): item for place, item in enumerate(given) if isinstance(item, (int, float))
        }
        for made in self._outputs.values():
            made._producer = self

    def run_after(self, step: PipelineStep) -> None:
        """Run this step after another one, though no data flows."""
        self._after.append(step)

    def _take(self, inputs: List[Any], outputs: List[Any], arguments: List[Any]) -> None:
        listed = [port_of(item) for item in inputs]
        for item in outputs:
            if not isinstance(item, MADE):
                raise ValueError("Unexpected output type: %s" % type(item))
        for argument in arguments:
            if isinstance(argument, OutputDatasetConfig):
                made = argument._original
                if all(port.made is not made for port in listed) and made not in map(made_of, outputs):
                    outputs.append(argument)
            elif _brings_itself(argument):
                port = port_of(argument)
                if not any(port.is_of(other) and port.name == other.name for other in listed):
                    listed.append(port)
        self._keep(listed, outputs)

    def _keep(self, listed: List[Port], outputs: List[Any]) -> None:
        for item in outputs:
            made = made_of(item)
            made._promoted = made._promoted or isinstance(item, PipelineOutputAbstractDataset)
            made._registration = getattr(item, "_registration", None) or made._registration
            if item.name in self._outputs:
                raise ValueError("[%s] is repeated. Output port names must be unique." % item.name)
            self._outputs[item.name] = made
        for port in listed:
            if port.name in self._outputs:
                if not self._renames_inputs:
                    raise ValueError("[%s] is repeated. Input and output port names must be unique." % port.name)
                port = port.renamed("INPUT_" + port.name)
            if any(other.name == port.name for other in self._ports):
                raise ValueError("[%s] is repeated. Input port names must be unique." % port.name)
            self._ports.append(port)

    def _argument(self, argument: Any) -> Any:
        """An argument as it is kept: text, a parameter, a port or an output of this step."""
        if isinstance(argument, PipelineParameter) and not is_data(argument.default_value):
            return self._parameter(argument)
        if isinstance(argument, MADE):
            made = made_of(argument)
            if made in self._outputs.values():
                return made
            return self._found(port_of(argument))
        try:
            port = port_of(argument)
        except ValueError:
            return str(argument)
        return self._found(port)

    def _parameter(self, value: Any) -> Any:
        return value if isinstance(value, PipelineParameter) else str(value)

    def _found(self, port: Port) -> Port:
        for name in (True, False):
            for other in self._ports:
                if port.is_of(other) and (other.name == port.name or not name):
                    return other
        raise ValueError("Input/Output %s appears in arguments list but is not in the input/output lists" % port.name)

    def _parameters(self) -> List[PipelineParameter]:
        """All parameters of the pipeline that the step takes."""
        plain = [item for item in [*self._arguments, *self._params.values()] if isinstance(item, PipelineParameter)]
        return plain + [port.parameter for port in self._ports if port.parameter is not None]

    def _before(self) -> List[PipelineStep]:
        """The steps that must have ended first: those whose data it reads, then those that run_after names."""
        makers = [port.made._producer for port in self._ports if port.made is not None]
        return [step for step in makers if step is not None] + self._after

    def _target_name(self) -> Optional[str]:
        """The compute's name, or None if nothing names one."""
        target = self._target[0] if isinstance(self._target, tuple) else self._target
        if target is None or isinstance(target, str):
            return target
        return str(target.name)

    def _folder(self, default: Optional[str]) -> str:
        """The absolute folder of the step's script."""
        return os.path.abspath(str(self._source or default or "."))

    def _hands_on(self, made: Made, node: int) -> Arg:
        """What another step reads of an output of this one."""
        return {"output_of": [node, made._output]}

    def _key(self, made: Made) -> Optional[str]:
        """The engine's name of an output."""
        return made._output

    def _own(self, made: Made) -> Optional[Arg]:
        """Where the step's own script makes an output; None if the script doesn't make it."""
        return {"output": made._output}

    def _node(self, nodes: Dict[PipelineStep, int], default_folder: Optional[str]) -> Dict[str, Any]:
        """The step as a node of the plan; nodes: the place of every step in it."""
        variables: Dict[str, Arg] = {}
        reads = {port: _read(port, nodes) for port in self._ports}
        for port, arg in reads.items():
            variables[DATA + port.name] = arg
            if port.document is not None:
                variables[INPUT + port.name] = arg
        for name, made in self._outputs.items():
            own = self._own(made)
            if own is not None:
                variables[DATA + name] = own
        for item in self._arguments:
            if isinstance(item, PipelineParameter):
                variables[variable_of(item.name)] = {"parameter": item.name}
        for key, value in self._params.items():
            parameter = isinstance(value, PipelineParameter)
            variables[variable_of(key)] = {"parameter": value.name} if parameter else value
        return {
            "name": self.name,
            "type": self._kind,
            "source": self._folder(default_folder),
            "script": self._script,
            "command": None,
            "arguments": [self._filled(item, reads, variables) for item in self._arguments],
            "numbers": self._numbers,
            "variables": variables,
            "inputs": {port.name: _input(port) for port in self._ports if port.document is not None},
            "outputs": {name: self._key(made) for name, made in self._outputs.items()},
            "datasets": [name for name, made in self._outputs.items() if made._promoted],
            "environment": _environment(self._runconfig),
            "target": self._target_name() or "",
            "after": sorted({nodes[step] for step in self._before()}),
            "reuse": bool(self._reuse),
            "timeout": None,
            "version": None if self._version is None else str(self._version),
            "hyperdrive": None,
        }

    def _filled(self, item: Any, reads: Dict[Port, Arg], variables: Dict[str, Arg]) -> Arg:
        if isinstance(item, PipelineParameter):
            return {"parameter": item.name}
        if isinstance(item, Port):
            return reads[item]
        if isinstance(item, Made):
            own = self._own(item)
            if own is None:
                raise ValueError(
                    "%s is among the arguments of step %s, but the step's script doesn't make it: it is the file of "
                    "the best child run, or the table of all. Take it out of the arguments." % (item._output, self.name)
                )
            return own
        return _joined(item, variables)


def made_of(item: Any) -> Made:
    """The data that an item of a step's outputs is a form of."""
    if isinstance(item, PipelineOutputAbstractDataset):
        return item._pipeline_data
    if isinstance(item, OutputDatasetConfig):
        return item._original
    assert isinstance(item, Made), "%r is neither data nor a form of it" % (item,)
    return item


def _brings_itself(argument: Any) -> bool:
    """True for an argument that needn't stand in the list of inputs: a data set, with its own name."""
    if isinstance(argument, MADE) or isinstance(argument, (str, PipelineParameter)):
        return False
    return hasattr(argument, "dataset") or hasattr(argument, "_document")


def _read(port: Port, nodes: Dict[PipelineStep, int]) -> Arg:
    if port.made is not None:
        maker = port.made._producer
        return maker._hands_on(port.made, nodes[maker])
    if port.parameter is not None:
        return {"data_parameter": port.parameter.name}
    return {"dataset": port.outside._path()}


def _input(port: Port) -> Dict[str, Any]:
    document = {"kind": "file", "paths": [], "options": {}, **(port.document or {})}
    return {**document, "parameter": port.parameter.name} if port.parameter is not None else document


def _joined(text: str, variables: Dict[str, Arg]) -> Arg:
    """Text in which the data and parameters that it names as environment variables are put in place."""
    parts: List[Arg] = []
    end = 0
    for found in NAMED.finditer(text):
        if found.group(1) in variables:
            parts += [text[end : found.start()], variables[found.group(1)]]
            end = found.end()
    parts = [part for part in [*parts, text[end:]] if part != ""]
    if not parts or parts == [text]:
        return text
    return parts[0] if len(parts) == 1 else {"join": parts}


def _environment(runconfig: Any) -> Dict[str, Any]:
    if runconfig is None or runconfig.environment is None:
        return {"name": "", "variables": {}, "python": None, "pip": [], "conda": []}
    if isinstance(runconfig.environment, str):
        raise UserErrorException(
            "The environment is the text %r, and an Environment was expected: Environment.get(workspace, %r) gives a "
            "registered one, Environment(%r) a new one." % ((runconfig.environment,) * 3)
        )
    document: Dict[str, Any] = runconfig.environment._document()
    return document
