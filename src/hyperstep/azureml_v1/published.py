"""PublishedPipeline: a pipeline kept with its sources, submitted by its id."""

from __future__ import annotations

import time
import uuid
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import build, served, shelf
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.exceptions import ErrorResponseException
from hyperstep.azureml_v1.kept import ACTIVE, DISABLED, Kept

KIND = "pipelines"


class PublishedPipeline(Kept):
    """A pipeline as it was published; `endpoint` is an address on this machine, answered while its server runs."""

    _kind = KIND

    @property
    def version(self) -> Optional[str]:
        return self._document["version"]  # type: ignore[no-any-return]

    @property
    def continue_on_step_failure(self) -> Optional[bool]:
        return self._document["continue_on_step_failure"]  # type: ignore[no-any-return]

    @property
    def total_run_steps(self) -> int:
        return len(build.steps_of(self._document["plan"]))

    @property
    def graph_id(self) -> str:
        return self.id

    @property
    def endpoint(self) -> str:
        return "%s/pipelines/%s" % (served.address(), self.id)

    @property
    def portal_url(self) -> str:
        return self.endpoint

    def get_portal_url(self) -> str:
        return self.endpoint

    @staticmethod
    def get(
        workspace: Any, id: str, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> PublishedPipeline:
        document = shelf.get(KIND, id)
        if document is None:
            raise ErrorResponseException(
                "No published pipeline has the id %r. PublishedPipeline.list(workspace) names those that there are."
                % (id,)
            )
        return PublishedPipeline(workspace, document)

    @staticmethod
    def list(workspace: Any, active_only: bool = True, _service_endpoint: Any = None) -> List[PublishedPipeline]:
        documents = [document for document in (shelf.get(KIND, id) for id in shelf.names(KIND)) if document]
        documents.sort(key=lambda document: -float(document["created_at"]))
        return [
            PublishedPipeline(workspace, document)
            for document in documents
            if not active_only or document["status"] == ACTIVE
        ]

    get_all = list

    def enable(self) -> None:
        self._change(status=ACTIVE)

    def disable(self) -> None:
        self._change(status=DISABLED)

    def get_step_names(self, _workflow_provider: Any = None) -> Any:
        return [node["name"] for node in build.steps_of(self._document["plan"])]

    def get_graph(self, _workflow_provider: Any = None) -> build.Graph:
        return build.Graph(self._document["plan"])

    def submit(
        self,
        workspace: Any,
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
        parent_run_id: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
    ) -> Any:
        from hyperstep.azureml_v1.experiment import Experiment

        return self._submit(
            Experiment(workspace, experiment_name),
            pipeline_parameters=pipeline_parameters,
            parent_run_id=parent_run_id,
            continue_on_step_failure=continue_on_step_failure,
        )

    def _submit(
        self,
        experiment: Any,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        parent_run_id: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        regenerate_outputs: bool = False,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        **kwargs: Any,
    ) -> Any:
        from hyperstep.azureml_v1.pipeline_run import submitted

        if self.status != ACTIVE:
            raise ValueError("Published pipeline %s is %s. Call enable() first." % (self.id, self.status))
        plan = dict(self._document["plan"])
        plan["name"] = self.name
        if continue_on_step_failure is None:
            continue_on_step_failure = self.continue_on_step_failure
        plan["continue_on_failure"] = bool(continue_on_step_failure)
        plan["fresh"] = bool(regenerate_outputs)
        plan["tags"] = dict(tags or {})
        plan["properties"] = {**plan["properties"], "azureml.pipelineid": self.id, **(properties or {})}
        if parent_run_id is not None:
            plan["properties"]["azureml.parentrunid"] = parent_run_id
        return submitted(experiment, plan, build.loose_values(plan, pipeline_parameters))

    def __repr__(self) -> str:
        return "Pipeline(Name: %s,\nId: %s,\nStatus: %s,\nEndpoint: %s (answers while a hyperstep server runs))" % (
            self.name,
            self.id,
            self.status,
            self.endpoint,
        )


def publish(
    workspace: Any,
    plan: build.Plan,
    name: str,
    description: Optional[str],
    version: Optional[str],
    continue_on_step_failure: Optional[bool],
) -> PublishedPipeline:
    """Keep a plan, with its sources as they are now, under a new id."""
    document = {
        "id": str(uuid.uuid4()),
        "name": name,
        "description": description,
        "version": version,
        "status": ACTIVE,
        "continue_on_step_failure": continue_on_step_failure,
        "created_at": time.time(),
        "plan": ask("submit.publish", plan=plan),
    }
    shelf.put(KIND, str(document["id"]), document)
    return PublishedPipeline(workspace, document)
