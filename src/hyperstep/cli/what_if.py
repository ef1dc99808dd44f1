"""`what-if`: another policy over the reports of a search that was made."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hyperstep.cli.identify import search_meant
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, bold, one_line, table
from hyperstep.engine.events import (
    Event,
    JobRequested,
    MetricsLogged,
    RunSubmitted,
    TrialAnswered,
    TrialEnded,
    TrialSuggested,
)
from hyperstep.engine.ids import attempt_of, step_of, trial_of
from hyperstep.errors import SubmissionError
from hyperstep.search.goal import Goal
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.replay import Replay
from hyperstep.search.trial import Trial
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import StepRow
from hyperstep.wording import counted, number
from hyperstep.workspace import Workspace

POLICIES: dict[str, type[Any]] = {
    "bandit": BanditPolicy,
    "median": MedianStoppingPolicy,
    "truncation": TruncationSelectionPolicy,
    "asha": AshaPolicy,
}
KINDS = (JobRequested, MetricsLogged, TrialAnswered, TrialEnded, TrialSuggested)


@click.command(
    name="what-if",
    help=taught(
        "Say which trials of a search another policy would have stopped, what that saves, and whether the best one "
        "would have been among them.",
        "The reports are replayed in the order in which they were recorded. Trials that were stopped then have no "
        "later reports, and what a sampler would have proposed otherwise isn't known.",
        examples={
            "hyperstep what-if 1/tune --policy median": "",
            "hyperstep what-if 1 --policy bandit --slack-factor 0.1 --evaluation-interval 2": "",
            "hyperstep what-if 1 --policy asha --eta 3 --first-rung 2": "",
        },
    ),
)
@click.argument("step", metavar="[STEP]", required=False)
@click.option("--policy", type=click.Choice(list(POLICIES)), required=True)
@click.option("--slack-factor", type=float, help="bandit: the ratio that a trial may fall behind.")
@click.option("--slack-amount", type=float, help="bandit: the amount that a trial may fall behind.")
@click.option("--truncation-percentage", type=int, help="truncation: the share to stop, 1 to 99.")
@click.option("--eta", type=int, help="asha: one of so many trials goes on at each rung.")
@click.option("--first-rung", type=int, help="asha: reports until the first rung.")
@click.option("--evaluation-interval", type=int, help="Look at each n-th report.")
@click.option("--delay-evaluation", type=int, help="Not before so many reports.")
@click.option("--trials", "count", type=click.IntRange(0), default=10, show_default=True, help="How many to list.")
@json_option
@workspace_option
def what_if(
    step: str | None, policy: str, count: int, workspace: Path | None, *, as_json_text: bool, **settings: float | None
) -> None:
    """Replay a search under another policy and print what differs."""
    rule = _policy(policy, {name: value for name, value in settings.items() if value is not None})
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        search = search_meant(opened.store.db, step)
        replayed = replay(opened.store.db, search, rule)
    if as_json_text:
        click.echo(as_json(_document(search, replayed)))
    else:
        click.echo(_text(search, replayed, rule, count))


def _policy(name: str, settings: dict[str, float]) -> TerminationPolicy:
    kind = POLICIES[name]
    try:
        made: TerminationPolicy = kind(**settings)
    except TypeError:
        known = ", ".join(f"--{field.replace('_', '-')}" for field in kind.__dataclass_fields__)
        given = ", ".join(f"--{field.replace('_', '-')}" for field in settings) or "none"
        raise SubmissionError(f"--policy {name} takes {known}; given were {given}.") from None
    return made


def replay(db: Db, search: StepRow, policy: TerminationPolicy) -> Replay:
    """Tell a replay all that was recorded of a tuning step."""
    told = Replay(policy, Goal(search.goal), _prior(db, search))
    newest: dict[int, str] = {}
    for recorded in queries.events(db, search.run, KINDS):
        _tell(told, recorded.event, search, newest)
    return told


def _tell(told: Replay, event: Event, search: StepRow, newest: dict[int, str]) -> None:
    match event:
        case TrialSuggested(step=step, number=trial, values=values) if step == search.id:
            told.suggest(trial, values)
        case TrialAnswered(step=step, number=trial, scores=scores) if step == search.id:
            told.take(trial, scores)
        case TrialEnded(step=step, number=trial, status=status) if step == search.id:
            told.end(trial, status)
        case JobRequested(job=job) if (again := _trial(job.id, search)) is not None:
            newest[again] = job.id
            if attempt_of(job.id):
                told.restart(again)
        case MetricsLogged(job=job_id, points=points) if (trial_number := _trial(job_id, search)) is not None:
            for point in points:
                if point.name == search.metric and newest.get(trial_number) == job_id:
                    told.report(trial_number, point.value)


def _trial(job: str, search: StepRow) -> int | None:
    return trial_of(job) if step_of(job) == step_of(search.id) else None


def _prior(db: Db, search: StepRow) -> tuple[Trial, ...]:
    for recorded in queries.events(db, search.run, [RunSubmitted]):
        if isinstance(recorded.event, RunSubmitted):
            return recorded.event.prior.get(search.name, ())
    return ()


def _document(search: StepRow, replayed: Replay) -> dict[str, Any]:
    best, kept = replayed.actual.best(), replayed.history.best()
    return {
        "step": search.id,
        "reports": replayed.reports,
        "saved": replayed.saved,
        "best": None if best is None else best.number,
        "best_then": None if kept is None else kept.number,
        "stops": [asdict(stop) for stop in replayed.stops],
    }


def _text(search: StepRow, replayed: Replay, policy: TerminationPolicy, count: int) -> str:
    stops = replayed.stops
    share = replayed.saved / replayed.reports if replayed.reports else 0.0
    trials, reports = counted(replayed.actual.suggested, "trial"), counted(replayed.reports, "report")
    lines = [
        f"{bold(search.id)} under {one_line(str(policy))}:",
        f"{len(stops)} of {trials} would have been stopped, saving {replayed.saved} of {reports} ({share:.0%}).",
        _winner(search, replayed),
    ]
    if stops and count:
        made = [str(replayed.actual.reports(stop.number)) for stop in stops]
        rows = [
            (str(stop.number), str(stop.reports), of, stop.reason)
            for stop, of in zip(stops[:count], made, strict=False)
        ]
        lines += ["", table(("trial", "after", "of", ""), rows, numeric=("trial", "after", "of"))]
        if len(stops) > count:
            lines.append(f"and {len(stops) - count} more: --trials {len(stops)}")
    return "\n".join(lines)


def _winner(search: StepRow, replayed: Replay) -> str:
    best, kept = replayed.actual.best(), replayed.history.best()
    if best is None:
        return "No trial completed with a score, so there was no best one to lose."
    score = f"{one_line(search.metric)} {number(replayed.actual.score(best.number))}"
    if kept is None:
        return (
            f"The best, trial {best.number} with {score}, would have been stopped, and no other would have completed."
        )
    if kept.number == best.number:
        return f"The best stays the same: trial {best.number}, {score}."
    then = number(replayed.history.score(kept.number))
    return (
        f"The best, trial {best.number} with {score}, would have been stopped: trial {kept.number} would win, {then}."
    )
