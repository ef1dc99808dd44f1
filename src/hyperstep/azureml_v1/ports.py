"""Ports: what a step reads, whatever class it was given as, and what a step makes."""

from __future__ import annotations

from typing import Any, Dict, Optional

from hyperstep.azureml_v1.pipeline_parameter import PipelineParameter, is_data
from hyperstep.azureml_v1.v1_object import V1Object


class Made(V1Object):
    """Data that a step makes.

    _output: its name in the engine's definition; _promoted: the producer lists it in the form of a data set.
    """

    _training_output: Any = None
    _pipeline_output_name: Optional[str] = None

    def __init__(self, output: str) -> None:
        # The engine keeps a folder of this name of every script.
        self._output = output if output != "outputs" else "outputs_"
        self._producer: Any = None
        self._promoted = False
        self._registration: Optional[Dict[str, Any]] = None
        self._destination: Any = None


class Port:
    """One thing that a step reads.

    made: what another step makes; else outside: data from outside, a thing with `_path()`; else parameter: the
    pipeline's parameter that chooses it. document: the data set that `run.input_datasets` gives, or None.
    promoted: the producer must list it as a data set.
    """

    def __init__(
        self,
        name: str,
        *,
        made: Optional[Made] = None,
        outside: Any = None,
        parameter: Optional[PipelineParameter] = None,
        document: Optional[Dict[str, Any]] = None,
        promoted: bool = False,
    ) -> None:
        self.name = name
        self.made = made
        self.outside = outside
        self.parameter = parameter
        self.document = document
        self.promoted = promoted

    def renamed(self, name: str) -> Port:
        return Port(
            name,
            made=self.made,
            outside=self.outside,
            parameter=self.parameter,
            document=self.document,
            promoted=self.promoted,
        )

    def is_of(self, other: Port) -> bool:
        """True if the other is the same data, in whatever form."""
        if self.made is not None or other.made is not None:
            return self.made is other.made
        return self.name == other.name


class InputPortBinding(V1Object):
    """Data under the name that one step reads it by; modes and paths on the compute are only recorded."""

    def __init__(
        self,
        name: str,
        bind_object: Any = None,
        bind_mode: str = "mount",
        path_on_compute: Optional[str] = None,
        overwrite: Optional[bool] = None,
        is_resource: bool = False,
        additional_transformations: Any = None,
        **kwargs: Any,
    ) -> None:
        self.name = name
        self.bind_object = bind_object
        self.bind_mode = bind_mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite
        self.is_resource = is_resource

    @property
    def data_reference_name(self) -> str:
        return self.name

    def _port(self) -> Port:
        return port_of(self.bind_object).renamed(self.name)

    def __str__(self) -> str:
        return "$AZUREML_DATAREFERENCE_%s" % self.name


class PipelineDataset(V1Object):
    """A registered data set as an input of a step, in the oldest form of v1."""

    def __init__(self, dataset: Any, name: str, parameter_name: Optional[str] = None) -> None:
        self.dataset = dataset
        self.name = name
        self.parameter_name = parameter_name

    @staticmethod
    def create(dataset: Any, name: Optional[str] = None, parameter_name: Optional[str] = None) -> PipelineDataset:
        return PipelineDataset(dataset, name or dataset.name, parameter_name)

    def _port(self) -> Port:
        return dataset_port(self.name, self.dataset)


def port_of(thing: Any) -> Port:
    """What an item of a step's inputs reads.

    Raises ValueError for what can't be read.
    """
    if isinstance(thing, tuple) and len(thing) == 2 and isinstance(thing[0], PipelineParameter):
        return Port(thing[0].name, parameter=thing[0])
    if isinstance(thing, PipelineParameter) and is_data(thing.default_value):
        return Port(thing.name, parameter=thing)
    if callable(getattr(thing, "_port", None)):
        port: Port = thing._port()
        return port
    if hasattr(thing, "dataset") and hasattr(thing, "name"):  # a DatasetConsumptionConfig
        return dataset_port(thing.name, thing.dataset)
    if is_data(thing) and hasattr(thing, "_document"):
        return dataset_port(thing.name or "dataset", thing)
    raise ValueError("Unexpected input type: %s" % type(thing))


def is_port(thing: Any) -> bool:
    """True if a step can read the thing."""
    try:
        port_of(thing)
    except ValueError:
        return False
    return True


def dataset_port(name: str, dataset: Any) -> Port:
    """A data set under the name that a step reads it by."""
    if isinstance(dataset, PipelineParameter):
        return Port(name, parameter=dataset, document={})
    if isinstance(dataset, Made):
        document = {"kind": "file", "paths": [], "name": name, "options": {}}
        return Port(name, made=dataset, document=document)
    if callable(getattr(dataset, "_port", None)):
        port: Port = dataset._port()
        return port.renamed(name)
    return Port(name, outside=dataset, document=dataset._document())
