"""The REST interface on one page: every address, what it takes and what it answers."""

from __future__ import annotations

from typing import Any

from starlette.convertors import Convertor, register_url_convertor

import hyperstep
from hyperstep.server.rest import azure, doing, files, looking
from hyperstep.server.rest.endpoint import MOST_ROWS, Asked, Endpoint, Number, Query, Text
from hyperstep.server.rest.looking import Page
from hyperstep.server.rest.openapi import document
from hyperstep.store.rows import DatasetRow, JobRow, MetricRow, ModelRow, PublishedRow, RunRow, StepRow, TrialRow


class _Job(Convertor[str]):
    """A job's id, slashes included."""

    regex = r"[0-9]{1,18}/[^/.]+(?:/[0-9]{1,18})?\.[0-9]{1,9}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("job", _Job())

_RUN = "/api/runs/{run}"
_STEP = f"{_RUN}/steps/{{step}}"
_TRIAL = f"{_STEP}/trials/{{trial}}"
_JOB = "/api/jobs/{job:job}"
_MODEL = "/api/models/{model}"
_VERSION = f"{_MODEL}/versions/{{version}}"
_PIPELINE = "/api/pipelines/{pipeline}"

_LIMIT = {"limit": Number(says="At most so many.", default=100, least=1, most=MOST_ROWS)}
_AFTER: Query = {"after": Number(says="The `next` of the page before."), **_LIMIT}
_TRIALS: Query = {
    "after": Text(says="The `next` of the page before."),
    "state": Text(says="Only those in this state.", choices=looking.STATES),
    "sort": Text(says="In which order.", default="number", choices=("number", "best", "seconds", "reports")),
    **_LIMIT,
}
_KEY = {"Idempotency-Key": "Names this submission, so that it is made once within a day however often it is sent."}


def openapi(_asked: Asked) -> Any:
    """Describe this interface."""
    return document(ENDPOINTS, version=hyperstep.__version__)


def _get(path: str, run: Any, says: str, answers: Any, query: Query | None = None) -> Endpoint:
    return Endpoint(method="GET", path=path, run=run, says=says, answers=answers, query=query or {})


def _bytes(path: str, run: Any, says: str, kind: str, **more: Any) -> Endpoint:
    return Endpoint(method="GET", path=path, run=run, says=says, kind=kind, **more)


def _post(path: str, run: Any, says: str, body: type, answers: Any, status: int = 202, **more: Any) -> Endpoint:
    return Endpoint(method="POST", path=path, run=run, says=says, body=body, answers=answers, status=status, **more)


_RANGE = {"Range": "Which bytes, such as bytes=1000- for all from the thousandth on."}
_FILE = "application/octet-stream"

ENDPOINTS: tuple[Endpoint, ...] = (
    _get("/api/openapi.json", openapi, "This description.", dict[str, Any]),
    _get("/api/workspace", looking.place, "The workspace that is served.", looking.Place),
    _get("/api/runs", looking.runs, "The runs, newest first.", Page[RunRow], _AFTER),
    _get(_RUN, looking.run, "A run.", RunRow),
    _get(f"{_RUN}/steps", looking.steps, "The steps of a run, as its pipeline declares them.", tuple[StepRow, ...]),
    _get(_STEP, looking.step, "A step.", StepRow),
    _get(f"{_STEP}/jobs", looking.step_jobs, "The jobs of a plain step.", tuple[JobRow, ...]),
    _get(f"{_STEP}/trials", looking.trials, "The trials of a tuning step.", Page[TrialRow], _TRIALS),
    _get(_TRIAL, looking.trial, "A trial.", TrialRow),
    _get(f"{_TRIAL}/jobs", looking.trial_jobs, "The attempts of a trial.", tuple[JobRow, ...]),
    _get(_JOB, looking.job, "A job: one attempt to run a script.", JobRow),
    _get(f"{_JOB}/metrics", looking.metric_names, "The last value of each metric that it logged.", dict[str, float]),
    _get(f"{_JOB}/metrics/{{metric:path}}", looking.metrics, "What it logged by one name.", Page[MetricRow], _AFTER),
    _bytes(f"{_JOB}/log", files.log, "What it printed; at most 1 MiB in one answer.", "text/plain", needs=_RANGE),
    _get(f"{_JOB}/files", files.job_files, "The files that it made.", tuple[files.File, ...]),
    _bytes(f"{_JOB}/files/{{file:path}}", files.job_file, "A file that it made.", _FILE),
    _get("/api/models", looking.models, "The newest version of every model.", tuple[ModelRow, ...]),
    _get(_MODEL, looking.versions, "The versions of a model, newest first.", tuple[ModelRow, ...]),
    _get(_VERSION, looking.version, "A version of a model, by number or alias, with its lineage.", ModelRow),
    _get(f"{_VERSION}/files", files.model_files, "The files that it is.", tuple[files.File, ...]),
    _bytes(f"{_VERSION}/files/{{file:path}}", files.model_file, "A file of it.", _FILE),
    _get(
        "/api/pipelines", looking.pipelines, "The newest version of every published pipeline.", tuple[PublishedRow, ...]
    ),
    _get(_PIPELINE, looking.pipeline_versions, "The versions of one, newest first.", tuple[PublishedRow, ...]),
    _get(f"{_PIPELINE}/versions/{{version}}", looking.pipeline, "A version, or `newest`.", looking.Published),
    _get(
        "/api/data",
        looking.data,
        "What pipelines name as their data.",
        Page[DatasetRow],
        {"after": Text(says="The `next` of the page before."), **_LIMIT},
    ),
    _post(f"{_RUN}/cancel", doing.cancel, "End a run.", doing.By, doing.Noted),
    _post(f"{_RUN}/delete", doing.delete, "Take an ended run out of the lists.", doing.By, doing.Noted),
    _post(f"{_STEP}/stop", doing.stop_search, "Try nothing more; what runs goes on.", doing.By, doing.Noted),
    _post(f"{_STEP}/extend", doing.extend, "Go on with an ended search, in a new run.", doing.More, doing.Accepted),
    _post(f"{_TRIAL}/stop", doing.stop_trial, "Stop a trial.", doing.By, doing.Noted),
    _post(f"{_TRIAL}/register", doing.register, "Register what a trial made.", doing.Registration, doing.Version, 201),
    _post(f"{_MODEL}/aliases", doing.point, "Point an alias to a version.", doing.Alias, doing.Version, 200),
    _post(f"{_PIPELINE}/runs", doing.submit, "Run a published pipeline.", doing.Wanted, doing.Accepted, needs=_KEY),
    _post(
        "/azureml_v1/pipelines/{id}", azure.submit, "Run a pipeline, as Azure is asked to.", azure.Body, azure.Run, 200
    ),
    _post("/azureml_v1/pipelines/{id}/{version}", azure.submit, "The same, of a version.", azure.Body, azure.Run, 200),
    _post(
        "/azureml_v1/endpoints/{id}", azure.submit_endpoint, "Run an endpoint's pipeline.", azure.Body, azure.Run, 200
    ),
    _post(
        "/azureml_v1/endpoints/{id}/{version}",
        azure.submit_endpoint,
        "The same, of a version.",
        azure.Body,
        azure.Run,
        200,
    ),
)
