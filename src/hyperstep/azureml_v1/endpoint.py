"""PipelineEndpoint: published pipelines under one name, with versions, one of them the default."""

# ruff: noqa: ARG004, TRY002

from __future__ import annotations

import time
import uuid
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import served, shelf
from hyperstep.azureml_v1.exceptions import ErrorResponseException
from hyperstep.azureml_v1.kept import ACTIVE, DISABLED, Kept
from hyperstep.azureml_v1.pipeline import Pipeline
from hyperstep.azureml_v1.published import PublishedPipeline

KIND = "pipeline_endpoints"
ARCHIVED = "Archived"


class PipelineEndpoint(Kept):
    """Published pipelines under one name; `endpoint` is an address on this machine, answered while its server runs."""

    _kind = KIND
    _key = "name"

    @property
    def default_version(self) -> str:
        return str(self._document["default"])

    @property
    def endpoint(self) -> str:
        return "%s/endpoints/%s" % (served.address(), self.id)

    @property
    def swaggerurl(self) -> str:
        return self.endpoint + "/swagger.json"

    @property
    def pipeline_version_list(self) -> List[str]:
        return self.list_versions()  # type: ignore[no-any-return]

    @staticmethod
    def publish(
        workspace: Any,
        name: str,
        description: Optional[str],
        pipeline: Any,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> PipelineEndpoint:
        if shelf.get(KIND, name) is not None:
            raise ValueError("PipelineEndpoint already exists with the given name. Please choose a unique value.")
        document = {
            "id": str(uuid.uuid4()),
            "name": name,
            "description": description,
            "status": ACTIVE,
            "default": "0",
            "pipelines": [_published(pipeline, name, description).id],
            "created_at": time.time(),
        }
        shelf.put(KIND, name, document)
        return PipelineEndpoint(workspace, document)

    @staticmethod
    def get(
        workspace: Any,
        id: Optional[str] = None,
        name: Optional[str] = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> PipelineEndpoint:
        if id is None and name is None:
            raise Exception("Please, enter either id or name to get PipelineEndpoint")
        for document in _documents():
            if document["id"] == id or (id is None and document["name"] == name):
                return PipelineEndpoint(workspace, document)
        raise ErrorResponseException(
            "No pipeline endpoint has the %s %r. PipelineEndpoint.publish(workspace, name, description, pipeline) "
            "makes one." % (("id", id) if id is not None else ("name", name))
        )

    @staticmethod
    def list(
        workspace: Any,
        active_only: bool = True,
        max_results: int = 100,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> List[PipelineEndpoint]:
        found = [PipelineEndpoint(workspace, document) for document in _documents()]
        return [one for one in found if not active_only or one.status == ACTIVE][:max_results]

    @staticmethod
    def get_all(workspace: Any, active_only: bool = True, **kwargs: Any) -> List[PipelineEndpoint]:
        return PipelineEndpoint.list(workspace, active_only)

    def add(self, pipeline: Any) -> None:
        """Add a version; the default stays."""
        published = _published(pipeline, self.name, self.description)
        if published.id in self._document["pipelines"]:
            raise ValueError(
                "Cannot add pipeline , pipeline id %s exists in PipelineEndpoint {%s}" % (published.id, self.id)
            )
        self._change(pipelines=[*self._document["pipelines"], published.id])

    def add_default(self, pipeline: Any) -> None:
        """Add a version, which becomes the default."""
        self.add(pipeline)
        self._change(default=self.list_versions()[-1])

    def set_default(self, pipeline: Any) -> None:
        if pipeline.id not in self._document["pipelines"]:
            raise ValueError(
                "Pipeline %s is no version of PipelineEndpoint %s. Add it first: endpoint.add(pipeline)."
                % (pipeline.id, self.name)
            )
        self._change(default=str(self._document["pipelines"].index(pipeline.id)))

    def set_default_version(self, version: str) -> None:
        self._id_of(version)
        self._change(default=str(version))

    def get_default_version(self) -> str:
        return self.default_version

    def list_versions(self, _workflow_provider: Any = None, _service_endpoint: Any = None) -> Any:
        return [str(number) for number in range(len(self._document["pipelines"]))]

    get_all_versions = list_versions

    def list_pipelines(
        self, active_only: bool = True, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> Any:
        found = [PublishedPipeline.get(self._workspace, id) for id in self._document["pipelines"]]
        return [pipeline for pipeline in found if not active_only or pipeline.status == ACTIVE]

    get_all_pipelines = list_pipelines

    def get_pipeline(self, version: Optional[str] = None) -> PublishedPipeline:
        return PublishedPipeline.get(self._workspace, self._id_of(version))

    def set_name(self, name: str) -> None:
        if name == self.name:
            return
        if shelf.get(KIND, name) is not None:
            raise ValueError("PipelineEndpoint already exists with the given name. Please choose a unique value.")
        before = self.name
        self._change(name=name)
        shelf.remove(KIND, before)

    def enable(self) -> None:
        self._change(status=ACTIVE)

    def disable(self) -> None:
        self._change(status=DISABLED)

    def archive(self) -> None:
        """Take the endpoint out of use, and its name with it, until it is reactivated."""
        before = self.name
        self._change(status=ARCHIVED, name="%s (archived %s)" % (before, self.id))
        shelf.remove(KIND, before)

    def reactivate(self, name: str) -> None:
        self.set_name(name)
        self._change(status=ACTIVE)

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        parent_run_id: Optional[str] = None,
        pipeline_version: Optional[str] = None,
        **kwargs: Any,
    ) -> Any:
        from hyperstep.azureml_v1.experiment import Experiment

        return self._submit(
            Experiment(self._workspace, experiment_name),
            pipeline_parameters=pipeline_parameters,
            parent_run_id=parent_run_id,
            pipeline_version=pipeline_version,
            **kwargs,
        )

    def _submit(self, experiment: Any, pipeline_version: Optional[str] = None, **kwargs: Any) -> Any:
        if self.status != ACTIVE:
            raise ValueError("PipelineEndpoint %s is %s, so it takes no submissions." % (self.name, self.status))
        properties = {"azureml.pipelineendpointid": self.id}
        return self.get_pipeline(pipeline_version)._submit(experiment, properties=properties, **kwargs)

    def _id_of(self, version: Optional[str]) -> str:
        wanted = self.default_version if version is None else str(version)
        if wanted not in self.list_versions():
            raise ValueError(
                "PipelineEndpoint %s has no version %s; it has %s."
                % (self.name, wanted, ", ".join(self.list_versions()))
            )
        return str(self._document["pipelines"][int(wanted)])

    def __repr__(self) -> str:
        return "PipelineEndpoint(Name: %s,\nId: %s,\nStatus: %s,\nDefault version: %s,\nEndpoint: %s)" % (
            self.name,
            self.id,
            self.status,
            self.default_version,
            self.endpoint + " (answers while a hyperstep server runs)",
        )


def _published(pipeline: Any, name: str, description: Optional[str]) -> PublishedPipeline:
    if isinstance(pipeline, Pipeline):
        return pipeline.publish(name, description)  # type: ignore[no-any-return]
    if isinstance(pipeline, PublishedPipeline):
        return pipeline
    raise ValueError("A PipelineEndpoint takes a Pipeline or a PublishedPipeline, not a %s." % type(pipeline).__name__)


def _documents() -> List[Dict[str, Any]]:
    found = [shelf.get(KIND, name) for name in shelf.names(KIND)]
    return sorted((one for one in found if one), key=lambda document: -float(document["created_at"]))
