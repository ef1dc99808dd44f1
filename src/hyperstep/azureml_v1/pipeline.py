"""Pipeline: steps, checked as a whole when it is made; submitted or published."""

# ruff: noqa: ARG004

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import build
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.pipeline_step import PipelineStep
from hyperstep.azureml_v1.steps import flat
from hyperstep.azureml_v1.v1_object import V1Object
from hyperstep.errors import DefinitionError


class Pipeline(V1Object):
    """Steps that run as a whole; a default data store is only recorded."""

    def __init__(
        self,
        workspace: Any,
        steps: Any,
        description: Optional[str] = None,
        default_datastore: Any = None,
        default_source_directory: Optional[str] = None,
        resolve_closure: bool = True,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
        **kwargs: Any,
    ) -> None:
        for name in kwargs:
            raise ValueError("parameter %s is not recognized for Pipeline " % name)
        self.workspace = workspace
        self.description = description
        self._default_folder = default_source_directory
        self._steps = build.closure(list(flat(steps)), upstream=resolve_closure)
        build.check(self._steps, workspace, default_source_directory)

    @property
    def graph(self) -> build.Graph:
        return build.Graph(self._plan())

    def validate(self) -> List[str]:
        """Say what is wrong with the graph, and which steps are ready; returns the faults."""
        looping = build.cycle(self._steps)
        if looping is not None:
            return ["Cycle detected including node %s(%s)" % (looping.name, _digest(looping.name))]
        try:
            ask("submit.check", plan=build.with_values(self._plan(), {}))
        except DefinitionError as error:
            return [str(error)]
        for step in self._steps:
            print("Step %s is ready to be created [%s]" % (step.name, _digest(self._node(step))))
        return []

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: Optional[str] = None,
        credential_passthrough: Optional[bool] = None,
        **kwargs: Any,
    ) -> Any:
        from hyperstep.azureml_v1.experiment import Experiment

        return self._submit(
            Experiment(self.workspace, experiment_name),
            pipeline_parameters=pipeline_parameters,
            continue_on_step_failure=continue_on_step_failure,
            regenerate_outputs=regenerate_outputs,
            parent_run_id=parent_run_id,
            **kwargs,
        )

    def publish(
        self,
        name: Optional[str] = None,
        description: Optional[str] = None,
        version: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
    ) -> Any:
        """Keep the pipeline with its sources as they are now, to be submitted by its id or through an endpoint."""
        from hyperstep.azureml_v1.published import publish

        self._announce(fresh=False)
        name = name or "Pipeline_%s" % uuid.uuid4().hex[:8]
        return publish(self.workspace, self._plan(), name, description, version, continue_on_step_failure)

    def _submit(
        self,
        experiment: Any,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        **kwargs: Any,
    ) -> Any:
        from hyperstep.azureml_v1.pipeline_run import submitted

        values = build.strict_values(self._steps, pipeline_parameters)
        plan = self._plan()
        plan["name"] = experiment.name
        plan["continue_on_failure"] = bool(continue_on_step_failure)
        plan["fresh"] = bool(regenerate_outputs)
        plan["tags"] = dict(tags or {})
        if parent_run_id is not None:
            plan["properties"]["azureml.parentrunid"] = parent_run_id
        self._announce(fresh=bool(regenerate_outputs))
        return submitted(experiment, plan, values)

    def _plan(self) -> build.Plan:
        return build.plan(self._steps, self.workspace, self._default_folder, self.description)

    def _node(self, step: PipelineStep) -> Dict[str, Any]:
        places = {other: number for number, other in enumerate(self._steps)}
        return step._node(places, self._default_folder)

    def _announce(self, *, fresh: bool) -> None:
        for step in self._steps:
            reuses = step._reuse and not fresh
            what = (
                "This step is eligible to reuse a previous run's output"
                if reuses
                else "This step will run and generate new outputs"
            )
            print("Created step %s [%s][%s], (%s)" % (step.name, _digest(self._node(step)), uuid.uuid4(), what))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:8]
