"""What is read: runs, steps, trials, jobs, metrics, models, published pipelines, data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import hyperstep
from hyperstep.engine.ids import owner_of
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.server.ask import number_given
from hyperstep.server.guard import Refusal
from hyperstep.server.rest.endpoint import Asked
from hyperstep.standing import standing, standing_in
from hyperstep.store import asked as requests
from hyperstep.store import queries, trial_pages
from hyperstep.store.rows import DatasetRow, JobRow, MetricRow, ModelRow, PublishedRow, RunRow, StepRow, TrialRow

Row = TypeVar("Row")

STATES = ("running", "completed", "stopped", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Some of many. next: what to give as `after` for those that follow, null if there are none."""

    items: tuple[Row, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The workspace that is served. number: of its last event."""

    folder: str
    version: str
    number: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version of a published pipeline. parameters: every one with its default, which says its type."""

    name: str
    version: int
    at: float
    description: str
    pipeline: str
    steps: tuple[str, ...]
    parameters: dict[str, ParameterValue]


def page_of(rows: tuple[Row, ...], limit: int, key: Any) -> Page[Row]:
    """A page of rows, one more of which than the limit says that there is another page."""
    shown = rows[:limit]
    return Page(items=shown, next=key(shown[-1]) if len(rows) > limit else None)


def place(asked: Asked) -> Place:
    with asked.moment() as moment:
        waiting = requests.waiting(moment.db)
        number = moment.number
    return Place(folder=str(asked.reading.folder), version=hyperstep.__version__, number=number, waiting=waiting)


def runs(asked: Asked) -> Page[RunRow]:
    limit, after = asked.query["limit"], asked.query["after"]
    with asked.moment() as moment:
        rows = queries.runs(moment.db, limit=limit + 1, before=None if after is None else str(after))
        return page_of(tuple(standing(row, asked.reading.home) for row in rows), limit, lambda row: row.id)


def run(asked: Asked) -> RunRow:
    return standing(queries.run(asked.reading.db, asked.path["run"]), asked.reading.home)


def steps(asked: Asked) -> tuple[StepRow, ...]:
    with asked.moment() as moment:
        row = standing(queries.run(moment.db, asked.path["run"]), asked.reading.home)
        return tuple(standing_in(row, one) for one in queries.steps(moment.db, row.id))


def step_id(asked: Asked) -> str:
    """The id of the step that the address names."""
    return f"{asked.path['run']}/{asked.path['step']}"


def trial_id(asked: Asked) -> str:
    """The id of the trial that the address names."""
    return f"{step_id(asked)}/{asked.path['trial']}"


def step(asked: Asked) -> StepRow:
    with asked.moment() as moment:
        row = standing(queries.run(moment.db, asked.path["run"]), asked.reading.home)
        return standing_in(row, queries.step(moment.db, step_id(asked)))


def trials(asked: Asked) -> Page[TrialRow]:
    query = asked.query
    limit, after, states = query["limit"], query["after"], tuple(filter(None, [query["state"]]))
    with asked.moment() as moment:
        step = queries.step(moment.db, step_id(asked))
        of = step.reused or step.id
        if query["sort"] == "number":
            above = number_given("after", after) if after else -1
            rows = queries.trials_after(moment.db, of, after=above, limit=limit + 1, states=states)
            return page_of(rows, limit, lambda row: str(row.number))
        key = trial_pages.key_from_text(after)
        if after and key is None:
            raise Refusal(422, f"after={after[:40]!r} isn't what a page gave as `next`.")
        by = "score" if query["sort"] == "best" else query["sort"]
        order = trial_pages.Order(by=by, descending=query["sort"] == "best" and step.goal == "maximize")
        rows, following = trial_pages.trial_page(
            moment.db, of, trial_pages.Wanted(states=states), order, limit=limit, after=key
        )
        return Page(items=rows, next=trial_pages.key_text(following) if following else None)


def trial(asked: Asked) -> TrialRow:
    return queries.trial(asked.reading.db, trial_id(asked))


def trial_jobs(asked: Asked) -> tuple[JobRow, ...]:
    with asked.moment() as moment:
        return queries.jobs(moment.db, queries.trial(moment.db, trial_id(asked)).id)


def step_jobs(asked: Asked) -> tuple[JobRow, ...]:
    """The jobs of a plain step; those of a search are its trials'."""
    with asked.moment() as moment:
        step = queries.step(moment.db, step_id(asked))
        if step.kind == "tune":
            return ()
        return tuple(job for job in queries.jobs(moment.db, step.id) if owner_of(job.id) == step.id)


def job(asked: Asked) -> JobRow:
    return queries.job(asked.reading.db, asked.path["job"])


def metrics(asked: Asked) -> Page[MetricRow]:
    limit, after = asked.query["limit"], asked.query["after"]
    with asked.moment() as moment:
        queries.job(moment.db, asked.path["job"])
        rows = queries.metrics_after(
            moment.db, asked.path["job"], asked.path["metric"], after=-1 if after is None else after, limit=limit + 1
        )
        return page_of(rows, limit, lambda row: str(row.number))


def metric_names(asked: Asked) -> dict[str, float]:
    with asked.moment() as moment:
        queries.job(moment.db, asked.path["job"])
        return queries.last_metrics(moment.db, asked.path["job"])


def models(asked: Asked) -> tuple[ModelRow, ...]:
    with asked.moment() as moment:
        return queries.models(moment.db)


def versions(asked: Asked) -> tuple[ModelRow, ...]:
    with asked.moment() as moment:
        return queries.model_versions(moment.db, asked.path["model"])


def version(asked: Asked) -> ModelRow:
    with asked.moment() as moment:
        return queries.model(moment.db, asked.path["model"], asked.path["version"])


def pipelines(asked: Asked) -> tuple[PublishedRow, ...]:
    return requests.publications(asked.reading.db)


def pipeline_versions(asked: Asked) -> tuple[PublishedRow, ...]:
    return requests.publications(asked.reading.db, asked.path["pipeline"])


def pipeline(asked: Asked) -> Published:
    text = asked.path["version"]
    version = None if text == "newest" else number_given("version", text)
    with asked.moment() as moment:
        found = requests.publication(moment.db, asked.path["pipeline"], version)
        row = next(row for row in requests.publications(moment.db, found.name) if row.version == found.version)
    defined = found.submission.pipeline
    return Published(
        name=found.name,
        version=found.version,
        at=row.at,
        description=found.description,
        pipeline=defined.name,
        steps=tuple(step.name for step in defined.steps),
        parameters=dict(defined.parameters),
    )


def data(asked: Asked) -> Page[DatasetRow]:
    limit, after = asked.query["limit"], asked.query["after"]
    path, _, digest = after.rpartition("@")
    rows = queries.datasets(asked.reading.db, after=(path, digest), limit=limit + 1)
    return page_of(rows, limit, lambda row: f"{row.path}@{row.digest}")
