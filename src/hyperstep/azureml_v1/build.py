"""Build: steps become the plan document that the engine's side turns into a run.

An argument in the plan is text, a number, True or False, or one of
{"parameter": name}, {"output": name}, {"output_of": [node, output]}, {"best_file": [node, path]},
{"trial_table": node}, {"dataset": path}, {"join": [argument, ...]}. In a published plan there is also
{"data_parameter": name}: data that is chosen at each submission, and becomes a "dataset" then.
"""

# ruff: noqa: TRY002

from __future__ import annotations

import copy
import os
from typing import Any, Dict, Iterator, List, Optional

from hyperstep.azureml_v1.deliveries import KIND as DELIVERY
from hyperstep.azureml_v1.deliveries import deliveries
from hyperstep.azureml_v1.pipeline_parameter import is_data
from hyperstep.azureml_v1.pipeline_step import DATA, REMOTE, PipelineStep
from hyperstep.azureml_v1.v1_object import V1Object

Plan = Dict[str, Any]


def closure(steps: List[Any], *, upstream: bool) -> List[PipelineStep]:
    """The steps given, each once, and those that they wait for, in the order in which they are met."""
    found: List[PipelineStep] = []
    waiting = list(steps)
    while waiting:
        step = waiting.pop(0)
        if not isinstance(step, PipelineStep):
            raise NotImplementedError("Can not add object of type %s to Pipeline." % type(step).__name__)
        if step not in found:
            found.append(step)
            waiting += step._before() if upstream else []
    return found


def check(steps: List[PipelineStep], workspace: Any, default_folder: Optional[str]) -> None:
    """Raise for what makes a pipeline of these steps impossible."""
    computes = set(workspace.compute_targets)
    for step in steps:
        _check_parameters(step)
        _check_compute(step, computes)
        _check_script(step, default_folder)
    for step in steps:
        _check_data(step, steps)
    _check_names(steps)


def _check_parameters(step: PipelineStep) -> None:
    values: Dict[str, Any] = {}
    for parameter in step._parameters():
        first = values.setdefault(parameter.name, parameter.default_value)
        if first != parameter.default_value:
            raise Exception(
                "Pipeline parameters with same name %s but different values %s, %s used"
                % (parameter.name, first, parameter.default_value)
            )


def _check_compute(step: PipelineStep, computes: Any) -> None:
    target = step._target_name()
    if target == "local":
        raise ValueError(REMOTE)
    if target is not None and target not in computes:
        raise ValueError("Target %s does not exist in the workspace." % target)


def _check_script(step: PipelineStep, default_folder: Optional[str]) -> None:
    if step._script is None or step._kind == "HyperDriveStep":
        return
    path = os.path.join(step._folder(default_folder), step._script)
    if not os.path.isfile(path):
        raise ValueError(
            "Step [%s]: script not found at: %s. Make sure to specify an appropriate source_directory on the Step or "
            "default_source_directory on the Pipeline." % (step.name, path)
        )


def _check_data(step: PipelineStep, steps: List[PipelineStep]) -> None:
    for name, made in step._outputs.items():
        if made._producer is not step:
            raise ValueError(
                "Step output %s can not be used as an output for step %s, as it is already an output of step %s."
                % (name, step.name, made._producer.name)
            )
    for port in step._ports:
        if port.made is None:
            continue
        if port.made._producer not in steps:
            if port.document is not None:
                raise ValueError('The intermediate data "%s" does not have any producer step.' % port.name)
            raise ValueError("Input %s on step %s is not connected to any previous step" % (port.name, step.name))
        if port.promoted and not port.made._promoted:
            raise ValueError(
                'Input "%s" is expected to be consumed as a dataset but the output "%s" is not promoted to a dataset. '
                "Please make sure you've passed the object returned by as_dataset to the outputs parameter of the step."
                % (port.name, port.name)
            )


def _check_names(steps: List[PipelineStep]) -> None:
    defaults: Dict[str, Any] = {}
    outputs = set()
    for step in steps:
        for parameter in step._parameters():
            first = defaults.setdefault(parameter.name, parameter.default_value)
            if first != parameter.default_value:
                raise Exception(
                    "Graph already has pipeline parameter with same name %s but different default values %s, %s"
                    % (parameter.name, first, parameter.default_value)
                )
        for made in step._outputs.values():
            if made._pipeline_output_name is not None:
                if made._pipeline_output_name in outputs:
                    raise ValueError("Duplicate pipeline output with name %s" % made._pipeline_output_name)
                outputs.add(made._pipeline_output_name)


def ordered(steps: List[PipelineStep]) -> List[PipelineStep]:
    """The steps so that each comes after those that it waits for; those in a cycle, and behind it, at the end."""
    done: List[PipelineStep] = []
    waiting = list(steps)
    while waiting:
        ready = [step for step in waiting if all(earlier in done for earlier in step._before())]
        if not ready:
            break
        done.append(ready[0])
        waiting.remove(ready[0])
    return done + waiting


def cycle(steps: List[PipelineStep]) -> Optional[PipelineStep]:
    """A step that waits for itself, through others or not; None if there is none."""
    for step in steps:
        seen: List[PipelineStep] = []
        waiting = list(step._before())
        while waiting:
            earlier = waiting.pop()
            if earlier is step:
                return step
            if earlier not in seen:
                seen.append(earlier)
                waiting += earlier._before()
    return None


def plan(
    steps: List[PipelineStep], workspace: Any, default_folder: Optional[str] = None, description: Optional[str] = None
) -> Plan:
    """The plan of a pipeline, without an experiment and without values."""
    nodes = {step: number for number, step in enumerate(ordered(steps))}
    parameters: Dict[str, str] = {}
    data: Dict[str, Any] = {}
    for step in nodes:
        for parameter in step._parameters():
            if is_data(parameter.default_value):
                data[parameter.name] = _data(parameter.default_value)
            else:
                parameters[parameter.name] = str(parameter.default_value)
    outputs = {
        made._pipeline_output_name: [number, name]
        for step, number in nodes.items()
        for name, made in step._outputs.items()
        if made._pipeline_output_name is not None
    }
    return {
        "experiment": "",
        "workspace": {
            "name": workspace.name,
            "subscription_id": workspace.subscription_id,
            "resource_group": workspace.resource_group,
        },
        "name": "",
        "kind": "pipeline",
        "description": description or "",
        "tags": {},
        "properties": {},
        "parameters": parameters,
        "data_parameters": data,
        "values": {},
        "continue_on_failure": False,
        "fresh": False,
        "outputs": outputs,
        "nodes": [step._node(nodes, default_folder) for step in nodes] + list(deliveries(nodes, workspace)),
    }


def strict_values(steps: List[PipelineStep], given: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    """Values of parameters as `Pipeline.submit` takes them: each of its default's type; None takes the default."""
    defaults = {parameter.name: parameter.default_value for step in steps for parameter in step._parameters()}
    values: Dict[str, Any] = {}
    for name, value in (given or {}).items():
        if name not in defaults:
            raise Exception("Pipeline parameter with name %s does not exist" % name)
        if value is None:
            continue
        default = defaults[name]
        if not isinstance(value, (str, int, float, bool)) and not is_data(value):
            raise Exception("Invalid parameter type %s" % type(value))
        if not isinstance(default, type(value)) and not (is_data(default) and is_data(value)):
            raise Exception(
                "Expected type of the pipeline parameter %s is %s, but the value %s provided is of type %s"
                % (name, type(default).__name__, value, type(value).__name__)
            )
        values[name] = value
    return values


def loose_values(plan: Plan, given: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    """Values of parameters as published pipelines take them: any that have text."""
    for name in given or {}:
        if name not in plan["parameters"] and name not in plan["data_parameters"]:
            raise Exception("Pipeline parameter with name %s does not exist" % name)
    return {name: value for name, value in (given or {}).items() if value is not None}


def with_values(plan: Plan, values: Dict[str, Any]) -> Plan:
    """The plan for one submission: texts for its parameters, and the data that its data parameters choose."""
    filled = copy.deepcopy(plan)
    data = filled.pop("data_parameters")
    for name, value in values.items():
        if name in data:
            data[name] = _data(value) if is_data(value) else {"path": str(value), "document": {}}
        else:
            filled["values"][name] = str(value)
    for node in filled["nodes"]:
        node["arguments"] = [_chosen(arg, data) for arg in node["arguments"]]
        node["variables"] = {name: _chosen(arg, data) for name, arg in node["variables"].items()}
        for name, document in node["inputs"].items():
            parameter = document.pop("parameter", None)
            if parameter is not None:
                node["inputs"][name] = {**document, **data[parameter]["document"]}
    return filled


def _data(value: Any) -> Dict[str, Any]:
    document = value._document() if hasattr(value, "_document") else {}
    return {"path": value._path(), "document": document}


def _chosen(arg: Any, data: Dict[str, Any]) -> Any:
    if not isinstance(arg, dict):
        return arg
    if "data_parameter" in arg:
        return {"dataset": data[arg["data_parameter"]]["path"]}
    if "join" in arg:
        return {"join": [_chosen(part, data) for part in arg["join"]]}
    return arg


def steps_of(plan: Plan) -> List[Dict[str, Any]]:
    """The nodes that are steps of v1, and so no deliveries, which come last."""
    return [node for node in plan["nodes"] if node["type"] != DELIVERY]


class Node:
    """A step in a graph."""

    def __init__(self, node_id: str, name: str, type: str, allow_reuse: bool) -> None:
        self.node_id = node_id
        self.name = name
        self.type = type
        self.allow_reuse = allow_reuse

    def __repr__(self) -> str:
        return "Node(%r, %r)" % (self.node_id, self.name)


class Edge:
    """Data that flows from one step to another; `name` is the one that the reader knows it by."""

    def __init__(self, source: Node, name: str, destination: Node) -> None:
        self.source_node = source
        self.name = name
        self.dest_node = destination

    def __repr__(self) -> str:
        return "Edge(%r, %r, %r)" % (self.source_node.name, self.name, self.dest_node.name)


class Graph(V1Object):
    """What a pipeline consists of: nodes, edges, parameters with their defaults, and named outputs."""

    def __init__(self, plan: Plan) -> None:
        self.nodes = [
            Node(str(number), node["name"], node["type"], node["reuse"]) for number, node in enumerate(steps_of(plan))
        ]
        self.edges = list(self._edges(plan))
        self.params = dict(plan["parameters"])
        self.pipeline_outputs = {name: tuple(where) for name, where in plan["outputs"].items()}

    def _edges(self, plan: Plan) -> Iterator[Edge]:
        for reader, node in zip(self.nodes, plan["nodes"]):
            for name, arg in node["variables"].items():
                maker = _maker(arg)
                if maker is not None and name.startswith(DATA):
                    yield Edge(self.nodes[maker], name[len(DATA) :], reader)


def _maker(arg: Any) -> Optional[int]:
    if not isinstance(arg, dict):
        return None
    for kind in ("output_of", "best_file", "trial_table"):
        if kind in arg:
            place = arg[kind]
            return int(place[0] if isinstance(place, list) else place)
    return None
