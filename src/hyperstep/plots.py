"""Plots: what was recorded of a search or a run, as the values that charts draw.

Each takes the store's connection. Of a large search the scores of all trials
are read, and everything else only of those that are drawn.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from hyperstep.charts.columns import columns_of
from hyperstep.charts.curves import MOST, Curve, Curves
from hyperstep.charts.dag import Box, Dag, Edge
from hyperstep.charts.sample import BEST, chosen, part
from hyperstep.charts.trials import Trials, climb_of
from hyperstep.engine.events import RunSubmitted
from hyperstep.engine.ids import run_of, step_id
from hyperstep.errors import NotFound
from hyperstep.pipeline.data import BestFile, Dataset, OutputOf, Reference
from hyperstep.pipeline.graph import after_of, inputs_of, slugs
from hyperstep.pipeline.names import listed
from hyperstep.pipeline.tune import TuneStep
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.importance import importance
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policy import Bounded, TerminationPolicy, is_due
from hyperstep.search.trial import Trial
from hyperstep.store import queries
from hyperstep.store.encoding import event_from_text, value_from_text
from hyperstep.store.queries import Db
from hyperstep.store.rows import StepRow

_COMPARED = 2_000  # trials, above which no bound is worked out
_LOOKED_AT = 5_000  # trials, for the importance of parameters
_DRAWN_SCORES = 30  # of a step's best so far, in its box


def submission(db: Db, run: str) -> RunSubmitted:
    """What was submitted as a run. Raises NotFound if there is no such run."""
    found = db.execute(
        "SELECT kind, body FROM event WHERE run = ? AND kind = 'RunSubmitted' ORDER BY number LIMIT 1",
        [queries.run(db, run).id],
    ).fetchone()
    event = event_from_text(*found)
    assert isinstance(event, RunSubmitted), "only this kind was asked for"
    return event


def searched(db: Db, step: str) -> tuple[StepRow, TuneStep]:
    """The tuning step that ran the trials of a step (of a reused one, the earlier), and its definition.

    Raises NotFound if there is no such step.
    """
    row = queries.step(db, step)
    if row.reused:
        return searched(db, row.reused)
    (found,) = (one for one in submission(db, row.run).pipeline.steps if one.name == row.name)
    assert isinstance(found, TuneStep), "asked of tuning steps only"
    return row, found


def tuning_of(db: Db, run: str, name: str | None) -> StepRow:
    """The step that ran the trials of a run's tuning step: of a reused one, the earlier.

    name: None if the pipeline has one tuning step only. Raises NotFound if there is no such step.
    """
    steps = [row for row in queries.steps(db, run) if row.kind == "tune"]
    names = [row.name for row in steps]
    if name is None and len(steps) > 1:
        raise NotFound(f"Run {run} has the tuning steps {listed(names)}. Name one of them.")
    found = next((row for row in steps if name in (None, row.name)), None)
    if found is None:
        raise NotFound(f"Run {run} has no tuning step {name or ''!r}; it has {listed(names)}.")
    return queries.step(db, found.reused) if found.reused else found


def trials_of(db: Db, step: str) -> Trials:
    """The trials of a tuning step, as charts take them; of more than 2,000, those that are drawn.

    Raises NotFound if there is no such step.
    """
    row, search = searched(db, step)
    goal = search.metric.goal
    light = db.execute(
        "SELECT number, state, best_score FROM trial WHERE step = ? ORDER BY number", [row.id]
    ).fetchall()
    numbers, states, scores = [list(column) for column in zip(*light, strict=True)] or [[]] * 3
    kept = chosen(scores, states, goal)
    wanted = [numbers[index] for index in kept]
    found = db.execute(
        'SELECT trial."values", trial.seconds, job.started_at FROM trial '
        "LEFT JOIN job ON job.id = trial.job AND trial.taken = '' "
        "WHERE trial.step = ? AND trial.number IN (SELECT value FROM json_each(?)) ORDER BY trial.number",
        [row.id, json.dumps(wanted)],
    ).fetchall()
    values, seconds, started = [list(column) for column in zip(*found, strict=True)] or [[]] * 3
    (first,) = db.execute(
        "SELECT min(started_at) FROM job WHERE id >= ? AND id < ?", [f"{row.id}/", f"{row.id}0"]
    ).fetchone()
    counts = Counter(states)
    climb = climb_of(numbers, scores, goal)
    return Trials(
        id=row.id,
        metric=row.metric,
        goal=goal,
        numbers=wanted,
        states=[states[index] for index in kept],
        scores=[scores[index] for index in kept],
        parameters=columns_of(search.space, [value_from_text(text) for text in values]),
        starts=[None if at is None or first is None else at - first for at in started],
        seconds=seconds,
        winner=_winner(row, numbers, states, scores, goal),
        total=len(numbers),
        part=part(BEST, len(kept)) if len(kept) < len(numbers) else "",
        counts=counts,
        climb=climb,
    )


def curves_of(db: Db, step: str) -> Curves:
    """What the trials of a tuning step reported on their way; of more than 200 trials, the best 100 and a sample.

    The bound is the policy's as it was when all of this had been reported. Raises NotFound if there is no such step.
    """
    row, search = searched(db, step)
    goal = search.metric.goal
    light = "SELECT number, state, best_score, reason, job FROM trial WHERE step = ? ORDER BY number"
    found = db.execute(light, [row.id]).fetchall()
    numbers, states, scores, reasons, jobs = [list(column) for column in zip(*found, strict=True)] or [[]] * 5
    kept = chosen(scores, states, goal, best=MOST // 2, sampled=MOST // 2)
    few = len(numbers) <= _COMPARED
    reports = _reports(db, row.metric, jobs if few else [jobs[index] for index in kept])
    prior = submission(db, row.run).prior.get(row.name, ())
    return Curves(
        id=row.id,
        metric=row.metric,
        goal=goal,
        curves=tuple(
            Curve(
                number=numbers[index],
                state=states[index],
                scores=reports.get(jobs[index], ()),
                reason=reasons[index] if states[index] == "stopped" else "",
            )
            for index in kept
        ),
        bound=_bound(search.policy, History(goal, prior), [reports.get(job, ()) for job in jobs]) if few else (),
        policy="" if isinstance(search.policy, NoPolicy) else type(search.policy).__name__,
        winner=_winner(row, numbers, states, scores, goal),
        total=len(numbers),
    )


def importance_of(db: Db, step: str) -> Mapping[str, float]:
    """How much of the differences in score each parameter of a tuning step explains (`search.importance`).

    Of a large search, trials at even distances are looked at. Raises NotFound if there is no such step.
    """
    row, search = searched(db, step)
    (count,) = db.execute("SELECT count(*) FROM trial WHERE step = ? AND best_score IS NOT NULL", [row.id]).fetchone()
    found = db.execute(
        'SELECT number, "values", best_score FROM trial WHERE step = ? AND best_score IS NOT NULL AND number % ? = 0',
        [row.id, max(1, -(-count // _LOOKED_AT))],
    )
    trials = [Trial(number=number, values=value_from_text(text), scores=(score,)) for number, text, score in found]
    return importance(search.space, trials, search.metric.goal)


def _reports(db: Db, metric: str, jobs: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """What each job logged of a metric, in order."""
    rows = db.execute(
        "SELECT job, value FROM series JOIN metric ON metric.series = series.id "
        "WHERE name = ? AND job IN (SELECT value FROM json_each(?)) ORDER BY series.id, metric.number",
        [metric, json.dumps([job for job in jobs if job])],
    )
    return {
        job: tuple(math.nan if value is None else value for _, value in values)
        for job, values in groupby(rows, key=itemgetter(0))
    }


def _bound(policy: TerminationPolicy, history: History, reports: Sequence[Sequence[float]]) -> list[tuple[int, float]]:
    """What the policy asks for after each number of reports at which it looks."""
    if not isinstance(policy, Bounded):
        return []
    for number, scores in enumerate(reports):
        history.suggest(number, {})
        for score in scores:
            history.report(number, score)
    longest = max((len(scores) for scores in reports), default=0)
    looked = [(count, policy.bound(count, history)) for count in range(1, longest + 1) if is_due(policy, count)]
    return [(count, bound) for count, bound in looked if bound is not None]


def dag_of(db: Db, run: str, *, states: Mapping[str, str] | None = None) -> Dag:
    """The steps of a run, as charts take them.

    states: what a step's state is, by its id, where it is known better than the log does, such as `interrupted`.
    Raises NotFound if there is no such run.
    """
    pipeline = submission(db, run).pipeline
    rows = {row.name: row for row in queries.steps(db, run)}
    ids = {name: step_id(run, slug) for name, slug in slugs(pipeline).items()}
    edges: list[Edge] = []
    for step in pipeline.steps:
        taken = [item for item in inputs_of(step) if not isinstance(item, Dataset)]
        edges += [Edge(source=ids[item.step], target=ids[step.name], data=_name(item)) for item in taken]
        makers = {item.step for item in taken}
        edges += [Edge(source=ids[name], target=ids[step.name]) for name in after_of(step) if name not in makers]
    boxes = tuple(
        _box(db, rows[step.name], step.limits.trials if isinstance(step, TuneStep) else 0, states or {})
        for step in pipeline.steps
    )
    return Dag(name=f"run {run}, {pipeline.name}", boxes=boxes, edges=tuple(dict.fromkeys(edges)))


def _box(db: Db, row: StepRow, limit: int, states: Mapping[str, str]) -> Box:
    spent = None if row.ready_at is None or row.ended_at is None else row.ended_at - row.ready_at
    done, trials, best = 0, 0, []
    if row.kind == "tune":
        of = row.reused or row.id
        found = db.execute(
            "SELECT number, state, best_score FROM trial WHERE step = ? ORDER BY number", [of]
        ).fetchall()
        done = sum(state != "running" for _, state, _ in found)
        trials = len(found) if row.ended_at is not None else max(limit, len(found))
        best = _best_so_far(found, Goal(row.goal))
    return Box(
        id=row.id,
        name=row.name,
        kind=row.kind,
        state=states.get(row.id, row.state),
        note=f"from run {run_of(row.reused)}" if row.reused else "",
        seconds=spent,
        done=done,
        trials=trials,
        scores=best,
    )


def _best_so_far(found: list[tuple[int, str, float | None]], goal: Goal) -> list[float]:
    """The best score after each trial, thinned to what a small line can show."""
    best: list[float] = []
    for _, _, score in found:
        if score is not None and (not best or goal.better(score, best[-1])):
            best.append(score)
        elif best:
            best.append(best[-1])
    step = max(1, -(-len(best) // _DRAWN_SCORES))
    return best[::-step][::-1]


def _winner(row: StepRow, numbers: list[int], states: list[str], scores: list[float | None], goal: Goal) -> int | None:
    if row.best is not None:
        return row.best
    completed = [score if state == "completed" else None for state, score in zip(states, scores, strict=True)]
    climb = climb_of(numbers, completed, goal)
    return climb[-1][0] if climb else None


def _name(item: Reference) -> str:
    match item:
        case OutputOf(_, name):
            return name
        case BestFile(_, path):
            return path
        case _:
            return "table of trials"
