"""Compare: two to twenty runs or trials side by side, what differs first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.changes import changes, submission
from hyperstep.search.goal import Goal
from hyperstep.search.values import Value, option_of, text_of
from hyperstep.server.pages.render import page
from hyperstep.server.reading import Reading
from hyperstep.store import queries, trial_pages
from hyperstep.store.artifacts import FolderArtifacts
from hyperstep.store.queries import Db
from hyperstep.store.rows import RunRow, TrialRow

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row: a value for each of what is compared, None for none. better: the index of the best one, or None."""

    name: str
    cells: tuple[str | float | None, ...]
    better: int | None = None

    @property
    def differs(self) -> bool:
        return len({repr(cell) for cell in self.cells}) > 1


def show(request: Request) -> Response:
    """The page; what is compared are the `id`s of the address."""
    reading: Reading = request.app.state.reading
    wanted = list(dict.fromkeys(filter(None, request.query_params.getlist("id"))))[:MOST]
    with reading.moment() as moment:
        rows = [queries.describe(moment.db, identity) for identity in wanted]
        runs = [row for row in rows if isinstance(row, RunRow)]
        trials = [row for row in rows if isinstance(row, TrialRow)]
        alike = len(rows) >= 2 and len(rows) in (len(runs), len(trials))
        lines = (_runs(moment.db, runs) if runs else _trials(moment.db, trials)) if alike else []
        lines.sort(key=lambda line: not line.differs)
        return page(
            request,
            "compare.html",
            title="Compare",
            active="Runs",
            number=moment.number,
            ids=wanted,
            alike=alike,
            lines=lines,
            changed=_changed(moment.db, reading.artifacts, runs) if alike and runs else [],
        )


def _runs(db: Db, runs: Sequence[RunRow]) -> list[Line]:
    lines = [
        Line(name="pipeline", cells=tuple(run.pipeline for run in runs)),
        Line(name="state", cells=tuple(run.state for run in runs)),
        Line(
            name="took, s",
            cells=tuple(None if run.ended_at is None else round(run.ended_at - run.submitted_at, 3) for run in runs),
        ),
    ]
    lines += _table([run.parameters for run in runs])
    found: dict[str, list[float | None]] = {}
    goals: dict[str, Goal] = {}
    for index, run in enumerate(runs):
        for step in queries.steps(db, run.id):
            best = trial_pages.best(db, step) if step.kind == "tune" else None
            if best is not None:
                name = f"best {step.metric} of {step.name}"
                found.setdefault(name, [None] * len(runs))[index] = best.best_score
                goals[name] = Goal(step.goal)
    lines += [Line(name=name, cells=tuple(cells), better=_best(cells, goals[name])) for name, cells in found.items()]
    return lines


def _trials(db: Db, trials: Sequence[TrialRow]) -> list[Line]:
    steps = [queries.step(db, trial.step) for trial in trials]
    scores = [trial.best_score for trial in trials]
    same = len({(step.metric, step.goal) for step in steps}) == 1
    better = _best(scores, Goal(steps[0].goal)) if same else None
    lines = [
        Line(name="state", cells=tuple(trial.state for trial in trials)),
        Line(name=f"best {steps[0].metric}", cells=tuple(scores), better=better),
        Line(name="reports", cells=tuple(trial.reports for trial in trials)),
        Line(name="took, s", cells=tuple(None if one.seconds is None else round(one.seconds, 3) for one in trials)),
        Line(name="why it ended early", cells=tuple(trial.reason or None for trial in trials)),
    ]
    lines += _table([{option_of(name): value for name, value in trial.values.items()} for trial in trials])
    logged = [queries.last_metrics(db, trial.job) if trial.job else {} for trial in trials]
    names = dict.fromkeys(name for one in logged for name in one)
    return lines + [Line(name=f"{name}, last", cells=tuple(one.get(name) for one in logged)) for name in names]


def _table(values: Sequence[Mapping[str, Value]]) -> list[Line]:
    names = dict.fromkeys(name for one in values for name in one)
    return [Line(name=name, cells=tuple(_cell(one[name]) if name in one else None for one in values)) for name in names]


def _cell(value: Value) -> str | float:
    return value if isinstance(value, float) else text_of(value)


def _best(cells: Sequence[float | None], goal: Goal) -> int | None:
    known = [(value, index) for index, value in enumerate(cells) if value is not None]
    if len({value for value, _ in known}) < 2:
        return None
    return (max if goal is Goal.MAXIMIZE else min)(known)[1]


def _changed(db: Db, artifacts: FolderArtifacts, runs: Sequence[RunRow]) -> list[tuple[str, str, list[str]]]:
    """For each run but the first, what its steps differ in from those of the run before it in the list."""
    found = []
    for earlier, later in pairwise(runs):
        if earlier.pipeline != later.pipeline:
            continue
        names = {step.name for step in submission(db, earlier.id).pipeline.steps}
        before = {step.name: step for step in queries.steps(db, earlier.id) if step.ready_at is not None}
        sentences = []
        for step in queries.steps(db, later.id):
            if step.name not in names:
                sentences.append(f"{step.name} is new")
            elif step.name in before and step.ready_at is not None and step.kind != "register":
                sentences += [f"{step.name}: {words}" for words in changes(db, artifacts, before[step.name], step)]
        found.append((earlier.id, later.id, sentences))
    return found


ROUTES = (Route("/compare", show, methods=["GET"]),)
