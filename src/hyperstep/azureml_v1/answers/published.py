"""What the server asks when somebody calls a published pipeline's REST address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hyperstep.azureml_v1.data_reference import DataPath
from hyperstep.azureml_v1.datastore import Datastore
from hyperstep.azureml_v1.endpoint import PipelineEndpoint
from hyperstep.azureml_v1.exceptions import ErrorResponseException
from hyperstep.azureml_v1.experiment import Experiment
from hyperstep.azureml_v1.published import PublishedPipeline
from hyperstep.azureml_v1.workspace import Workspace
from hyperstep.errors import HyperstepError, NotFound, SubmissionError


def submit(
    folder: Path,  # noqa: ARG001 - every question says it; v1 code finds it by itself
    experiment: str,
    parameters: Mapping[str, Any],
    data_paths: Mapping[str, Mapping[str, str]],
    tags: Mapping[str, str],
    properties: Mapping[str, str],
    keep_going: bool | None = None,
    pipeline: str = "",
    endpoint: str = "",
    version: str | None = None,
) -> str:
    """Leave a run of a pipeline or an endpoint's version to the server's driver; returns the run's id."""
    workspace = Workspace("local", "local", "local")
    try:
        if endpoint:
            called: Any = PipelineEndpoint.get(workspace, id=endpoint).get_pipeline(version)
        else:
            called = PublishedPipeline.get(workspace, pipeline)
        values = {**parameters, **{name: _path(workspace, place) for name, place in data_paths.items()}}
        called._document["plan"]["queued"] = True
        run = called._submit(
            Experiment(workspace, experiment),
            pipeline_parameters=values,
            continue_on_step_failure=keep_going,
            tags=dict(tags),
            properties={**properties, **({"azureml.pipelineendpointid": endpoint} if endpoint else {})},
        )
    except HyperstepError:
        raise
    except ErrorResponseException as error:
        raise NotFound(str(error)) from error
    except Exception as error:  # v1 raises any kind, and programs look for them
        raise SubmissionError(str(error)) from error
    return str(run.id)


def _path(workspace: Workspace, place: Mapping[str, str]) -> DataPath:
    """A place in a data store, as Azure's request says it."""
    store = place.get("DataStoreName")
    return DataPath(Datastore.get(workspace, store) if store else None, place.get("RelativePath"))
