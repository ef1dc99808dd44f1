"""A run in a few lines: each step's result, the best trial, the models, and what to type next."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path

from hyperstep.cli.text import bold, one_line, table, visible
from hyperstep.engine.events import ModelRegistered
from hyperstep.failure import failing_job, log_end
from hyperstep.standing import INTERRUPTED, standing, standing_in
from hyperstep.store import queries
from hyperstep.store.queries import Db
from hyperstep.store.rows import RunRow, StepRow, TrialRow
from hyperstep.wording import counted, duration, number, options, short


def summary(db: Db, run: RunRow, home: Path) -> str:
    """The whole of it, several paragraphs; home: the workspace's `.hyperstep`, for the logs."""
    run = standing(run, home)
    steps = tuple(standing_in(run, step) for step in queries.steps(db, run.id))
    failed = any(step.state == "failed" for step in steps)
    parts = [_head(run, reason="" if failed else run.reason), _step_table(db, steps)]
    parts += [text for step in steps if (text := _outcome(db, step, home))]
    registered = _registered(db, run.id)
    if registered:
        parts.append("\n".join(f"Registered {bold(name)} version {version}." for name, version in registered))
    parts.append(_next(run, steps, registered))
    return "\n\n".join(parts)


def best_trial(db: Db, step: StepRow) -> TrialRow | None:
    """The best completed trial of a tuning step, also while it runs, and of a reused one where it was tried."""
    if step.reused:
        return best_trial(db, queries.step(db, step.reused))
    if step.best is not None:
        return queries.trial(db, f"{step.id}/{step.best}")
    by_score = queries.trials(db, step.id, order="best")
    return next((trial for trial in by_score if trial.state == "completed" and trial.best_score is not None), None)


def tally(trials: tuple[TrialRow, ...]) -> str:
    """`4 trials: 3 completed, 1 stopped`."""
    counts = Counter(trial.state for trial in trials)
    states = ("completed", "stopped", "failed", "cancelled", "running")
    parts = ", ".join(f"{counts[state]} {state}" for state in states if counts[state])
    return f"{counted(len(trials), 'trial')}: {parts}" if trials else "no trials yet"


def _head(run: RunRow, *, reason: str) -> str:
    took = duration(run.ended_at - run.submitted_at) if run.ended_at is not None else ""
    head = f"{bold(f'Run {run.id}')} of {one_line(run.pipeline)}: {run.state}{f' after {took}' if took else ''}"
    chosen = " ".join(f"{name}={short(value)}" for name, value in run.parameters.items())
    lines = [head, *([f"with {one_line(chosen)}"] if chosen else [])]
    return "\n".join([*lines, *([visible(reason)] if reason else [])])


def _step_table(db: Db, steps: tuple[StepRow, ...]) -> str:
    rows = []
    for step in steps:
        took = None if step.ready_at is None or step.ended_at is None else step.ended_at - step.ready_at
        if step.reused:
            note = f"from {step.reused}"
        elif step.kind == "tune" and step.ready_at is not None:
            note = tally(queries.trials(db, step.id))
        else:
            note = ""
        rows.append((step.name, step.state, duration(took), step.id, note))
    return table(("step", "state", "took", "id", ""), rows, numeric=("took",))


def _outcome(db: Db, step: StepRow, home: Path) -> str:
    """What there is to say about a step besides its line in the table."""
    lines = []
    if step.kind == "tune":
        best = best_trial(db, step)
        if best is not None:
            lines.append(
                f"Best trial of {one_line(step.name)}: {bold(best.id)}, "
                f"{one_line(step.metric)} {number(best.best_score)}"
            )
            lines.append(f"  {one_line(options(best.values))}")
    if step.reason and not step.reused:
        lines.append(f"{one_line(step.name)} {step.state}: {visible(step.reason)}")
    job = failing_job(db, step) if step.state == "failed" else ""
    if job:
        lines.append(visible(log_end(home, job)))
    if step.state != "failed":
        lines += [f"Note on {one_line(step.name)}: {visible(note)}" for note in step.notes]
    return "\n".join(lines)


def _registered(db: Db, run: str) -> list[tuple[str, int]]:
    recorded = queries.events(db, run, [ModelRegistered])
    return [(one.event.name, one.event.version) for one in recorded if isinstance(one.event, ModelRegistered)]


def _next(run: RunRow, steps: tuple[StepRow, ...], registered: list[tuple[str, int]]) -> str:
    commands: dict[str, str] = {}
    if run.state == INTERRUPTED:
        commands[f"hyperstep resume {run.id}"] = "go on; nothing drives it now"
    if run.ended_at is None:
        commands[f"hyperstep cancel {run.id}"] = "end it"
    for step in steps:
        if step.state == "failed":
            commands[f"hyperstep logs {step.id}"] = "what the script printed"
        elif step.kind == "tune" and step.state in ("completed", "reused"):
            commands[f"hyperstep best {step.id}"] = "the best values as a command line, and its files"
            commands[f"hyperstep trials {step.id}"] = "every trial, best first"
        if step.state == "reused":
            commands[f"hyperstep why {step.id}"] = "why it didn't run again"
    for name, _ in registered:
        commands[f"hyperstep models {shlex.quote(name)}"] = "its versions and where they come from"
    if run.state == "failed" and run.origin:
        commands[f"hyperstep run {shlex.quote(run.origin)}"] = "after a change: what completed is reused"
    if not commands:
        return f"Look closer: hyperstep show {steps[0].id}"
    room = max(map(len, commands))
    return "\n".join(["Next:", *(f"  {one_line(command):<{room}}  {what}" for command, what in commands.items())])
