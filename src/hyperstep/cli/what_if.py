"""`what-if`: another policy over the reports of a search that was made."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from hyperstep.cli.identify import search_meant
from hyperstep.cli.options import json_option, taught, workspace_option
from hyperstep.cli.text import as_json, bold, one_line, table
from hyperstep.replays import POLICIES, policy_of, replay, saving, winner
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.replay import Replay
from hyperstep.store.rows import StepRow
from hyperstep.workspace import Workspace


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
    rule = policy_of(policy, {name: value for name, value in settings.items() if value is not None})
    with Workspace.open(workspace, create=False, read_only=True) as opened:
        search = search_meant(opened.store.db, step)
        replayed = replay(opened.store.db, search, rule)
    if as_json_text:
        click.echo(as_json(_document(search, replayed)))
    else:
        click.echo(_text(search, replayed, rule, count))


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
    lines = [
        f"{bold(search.id)} under {one_line(str(policy))}:",
        saving(replayed),
        one_line(winner(search, replayed)),
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
