"""Live: a run as a terminal shows it while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hyperstep.cli.lines import tally
from hyperstep.cli.progress import Progress, Search
from hyperstep.cli.text import STATE_COLOURS, visible
from hyperstep.engine.events import Recorded
from hyperstep.engine.state import StepState
from hyperstep.search.trial import TrialStatus
from hyperstep.wording import duration, number, options

MARKS = {"completed": "✓", "reused": "✓", "running": "●", "failed": "✗", "waiting": "·"}
TIMES_A_SECOND = 8


class Screen:
    """Draws a run in place, from a thread of its own, until it is left."""

    def __init__(self, progress: Progress, now: Callable[[], float], console: Console | None = None) -> None:
        """Draw on a terminal.

        now: elapsed seconds on the clock of the log.
        """
        self._progress = progress
        self._now = now
        self._lock = threading.Lock()  # the drawing thread reads what the driving thread folds
        self._live = Live(
            console=console or Console(),
            get_renderable=self._draw,
            refresh_per_second=TIMES_A_SECOND,
            transient=True,  # the summary that follows says it all again
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def hear(self, recorded: Recorded) -> None:
        """Take in an event; the next drawing shows it."""
        with self._lock:
            self._progress.hear(recorded)

    def say(self, text: str) -> None:
        """Print a text above the drawing."""
        self._live.console.print(Text(visible(text)))

    def _draw(self) -> RenderableType:
        with self._lock:
            return drawing(self._progress, self._now())


def drawing(progress: Progress, now: float) -> RenderableType:
    """The whole run: a line for each step, and below a tuning step that runs its best so far."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        grid.add_column(no_wrap=True, overflow="ellipsis")
    below: list[Text] = []
    for step in progress.state.steps.values():
        word = progress.word(step)
        style = STATE_COLOURS.get(word, "dim")
        search = progress.search(step)
        took = progress.seconds(step.id) if step.ended else progress.running_for(step, now)
        grid.add_row(
            Text(f"{MARKS.get(word, '-')} {visible(step.definition.name)}", style=style),
            Text(word, style=style),
            Text(duration(took), justify="right"),
            _details(step, search),
        )
        if search is not None and step.ended is None and step.ready is not None:
            below = _best_lines(step, search)
    return Group(grid, *below)


def _details(step: StepState, search: Search | None) -> RenderableType:
    if step.ended is not None and step.ended.reused:
        return Text(f"from {step.ended.reused}")
    if search is None or step.ready is None:
        return Text("")
    running = search.counts[TrialStatus.RUNNING]
    words = tally(search) + (f", {running} running" if running else "")
    if search.left is not None:
        words += f", about {duration(search.left)} left"
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_row(ProgressBar(total=search.total, completed=search.ended, width=20), Text(words))
    return row


def _best_lines(step: StepState, search: Search) -> list[Text]:
    if search.best is None or search.score is None or step.tuning is None:
        return []
    metric = step.tuning.step.metric.name
    text = f"  best so far: trial {search.best.number}, {metric} {number(search.score)}, {options(search.best.values)}"
    return [Text(visible(text), style="bold")]
