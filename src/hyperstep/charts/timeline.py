"""Timeline: a bar for each trial from its start to its end, in the slot that it ran in.

Which slot that was isn't recorded, nor does it matter: each trial is drawn in
the first that is free. What shows is where slots stood idle, and which trials
kept the others waiting.
"""

from __future__ import annotations

from hyperstep.charts.frame import Frame, x_axis
from hyperstep.charts.marks import trial_attribute
from hyperstep.charts.numbers import counted, took
from hyperstep.charts.sample import said, thinned
from hyperstep.charts.scales import Scale, clock
from hyperstep.charts.sentences import winner_index
from hyperstep.charts.svg import chart, coordinate, hint, label, notice, room
from hyperstep.charts.trials import STATES, Trials

_LABELLED = 16  # rows, up to which each has its name
_TALLEST = 420.0  # units for more rows than that
_FILLED = ("completed", "running")  # the bars of others are outlines
_CLOSE = 1e-3  # seconds by which two trials of one slot may overlap, since clocks are read one after the other


def timeline(trials: Trials, *, width: int = 640) -> str:
    """A row for each slot, a bar for each trial that began. A trial that runs goes on to the right end."""
    drawn = thinned(trials)
    title = f"When the trials of {trials.id} ran"
    began = sorted(
        ((start, index) for index, start in enumerate(drawn.starts) if start is not None),
    )
    if not began:
        words = (
            "No trial has begun yet."
            if not drawn.numbers
            else "No trial ran here: their results were taken from earlier ones."
        )
        return notice(words, kind="timeline", title=title, width=width, height=120)
    spent = {index: drawn.seconds[index] for _, index in began}
    latest = max([start + (spent[index] or 0.0) for start, index in began])
    ends = {index: latest if spent[index] is None else start + (spent[index] or 0.0) for start, index in began}
    slots = _slots(began, ends)
    rows = max(slots.values()) + 1
    row = 26.0 if rows <= _LABELLED else max(1.5, _TALLEST / rows)
    frame = Frame(left=64, top=34, right=width - 24, bottom=34 + rows * row)
    scale = Scale(0.0, latest if latest > 0 else 1.0)
    best = winner_index(drawn)
    parts = [
        *_legend(drawn, frame.left),
        *x_axis(frame, scale, title="time since the start", tick=took, ticks=clock(scale)),
    ]
    if rows <= _LABELLED:
        parts += [label(f"slot {slot + 1}", 54, frame.top + slot * row + 17, "soft end") for slot in range(rows)]
    for start, index in began:
        x, end = frame.x(scale, start), frame.x(scale, ends[index])
        y = frame.top + slots[index] * row + row * 0.11
        classes = f"span {drawn.states[index]} s-{drawn.states[index]}{' winner' if index == best else ''}"
        size = (
            f'width="{coordinate(max(1.5, end - x - 1))}" height="{coordinate(row * 0.78)}" rx="{3 if row > 12 else 0}"'
        )
        length = spent[index]
        words = f"{drawn.tooltip(index)}; {'runs' if length is None else f'took {took(length)}'}" if drawn.hints else ""
        parts.append(
            f'<rect class="{classes}" x="{coordinate(x)}" y="{coordinate(y)}" {size}'
            f"{trial_attribute(drawn.numbers[index])}>{hint(words)}</rect>"
        )
        number = f"{drawn.numbers[index]}{' …' if spent[index] is None else ''}"
        if row > 12 and room(number) + 8 < end - x:
            parts.append(
                label(
                    number,
                    (x + end) / 2,
                    y + 14,
                    "small middle inside" if drawn.states[index] in _FILLED else "small middle",
                )
            )
    found = _sentence(drawn, sum(ends[index] - start for start, index in began), latest, rows)
    return chart(parts, kind="timeline", title=title, sentence=found, width=width, height=frame.bottom + 48)


def _slots(began: list[tuple[float, int]], ends: dict[int, float]) -> dict[int, int]:
    """For each trial the first slot that is free when it begins."""
    free: list[float] = []
    found: dict[int, int] = {}
    for start, index in began:
        slot = next((slot for slot, until in enumerate(free) if until <= start + _CLOSE), len(free))
        if slot == len(free):
            free.append(0.0)
        free[slot] = ends[index]
        found[index] = slot
    return found


def _legend(trials: Trials, x: float) -> list[str]:
    parts: list[str] = []
    for state in [state for state in STATES if trials.counts.get(state)]:
        word = f"{trials.counts[state]:,} {state}"
        parts.append(f'<rect class="span {state} s-{state}" x="{coordinate(x)}" y="6" width="14" height="10" rx="2"/>')
        parts.append(label(word, x + 20, 16, "soft"))
        x += 20 + room(word) + 14
    return parts


def _sentence(trials: Trials, busy: float, latest: float, rows: int) -> str:
    if said(trials):
        return f"{said(trials)} They took {took(latest)}."
    share = busy / (latest * rows) if latest > 0 else 1.0
    of = "slot was" if rows == 1 else "slots were"
    trials_in = f"{counted(len(trials.numbers), 'trial')} in {took(latest)}"
    return f"{trials_in}; {rows} {of} busy {min(1.0, share):.0%} of the time."
