"""Importance: how much of the differences in score each parameter explains, and which way."""

from __future__ import annotations

from collections.abc import Mapping

from hyperstep.charts.numbers import counted, exact
from hyperstep.charts.sentences import correlation
from hyperstep.charts.svg import chart, coordinate, escaped, label, notice, room, shortened
from hyperstep.charts.trials import Trials
from hyperstep.search.values import option_of

FEWEST = 20
"""With fewer scored trials there are words instead of bars."""

_ROW, _TOP = 30, 14
_CLEAR = 0.25  # a rank correlation that is told as a direction


def importance(trials: Trials, shares: Mapping[str, float], *, width: int = 640) -> str:
    """A bar for each parameter, the longest first.

    shares: by name, the share of the variance that the parameter explains by itself (`search.importance`).
    """
    title = f"What mattered for {trials.metric} in {trials.id}"
    scored = trials.total if len(trials.numbers) < trials.total else len(trials.scored)
    if scored < FEWEST or not shares:
        words = (
            f"{counted(scored, 'trial')} with a score so far; {FEWEST} are needed to tell what mattered."
            if scored < FEWEST
            else "This search has no parameters to compare."
        )
        return notice(words, kind="importance", title=title, width=width, height=120)
    rows = sorted(((option_of(name), share) for name, share in shares.items()), key=lambda row: -row[1])
    ways = {column.name: _way(trials, column.name) for column in trials.parameters}
    left = min(180.0, max(room(name) for name, _ in rows) + 14)
    right = max((room(way) for way in ways.values()), default=0.0) + 60
    span = width - left - right
    parts: list[str] = []
    for position, (name, share) in enumerate(rows):
        y = _TOP + position * _ROW
        hint = f"{name} explains {exact(share)} of the variance of the ranks of {trials.metric}"
        parts.append(label(shortened(name, left - 12), left - 10, y + 15, "end", whole=name))
        parts.append(_bar(left, y + 3, span, "track", ""))
        parts.append(_bar(left, y + 3, span * min(1.0, share), "bar", hint))
        parts.append(label(f"{share:.0%}", left + span + 8, y + 15, "strong"))
        if ways.get(name):
            parts.append(label(ways[name], left + span + 48, y + 15, "soft"))
    first, share = rows[0]
    explained = f"{first} explains most by itself: {share:.0%} of the differences in {trials.metric}"
    sentence = (
        f"{explained}{f' ({ways[first]})' if ways.get(first) else ''}."
        if share
        else "No parameter explains anything by itself."
    )
    height = _TOP + len(rows) * _ROW + 4
    return chart(parts, kind="importance", title=title, sentence=sentence, width=width, height=height)


def _bar(x: float, y: float, length: float, style: str, hint: str) -> str:
    size = f'width="{coordinate(max(length, 0.0))}" height="16" rx="3"'
    inner = f"<title>{escaped(hint)}</title>" if hint else ""
    return f'<rect class="{style}" x="{coordinate(x)}" y="{coordinate(y)}" {size}>{inner}</rect>'


def _way(trials: Trials, name: str) -> str:
    """`more is better`, if more of a parameter clearly goes with better scores."""
    column = next(column for column in trials.parameters if column.name == name)
    found = 0.0 if column.kind == "category" else correlation(trials, column)
    if abs(found) < _CLEAR:
        return ""
    return "more is better" if (found > 0) is trials.more_is_better else "less is better"
