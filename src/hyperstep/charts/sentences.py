"""One sentence about a search, made from its data, for whoever doesn't see the chart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hyperstep.charts.columns import Column
from hyperstep.charts.numbers import counted, shown
from hyperstep.charts.trials import STATES, Trials

_CLEAR = 0.5  # a rank correlation that can be told as "falls as it grows"
_FEWEST = 4  # trials, below which any two columns seem to go together


def sentence(trials: Trials) -> str:
    """What was found: `r2 falls as --alpha grows; best r2 0.2047 with --alpha 0.1749 in trial 0.`."""
    parts = [part for part in (trend(trials), best(trials)) if part]
    if not parts:
        return f"No trial of {trials.id} has a score yet."
    return f"{'; '.join(parts)}." if len(parts) > 1 else f"{parts[0][:1].upper()}{parts[0][1:]}."


def best(trials: Trials) -> str:
    """What the best trial scored, and with which values; empty if none has a score."""
    index = winner_index(trials)
    if index is None:
        return ""
    score = trials.scores[index]
    assert score is not None, "the best trial has a score"
    values = " ".join(f"{column.name} {_short(column, index)}" for column in trials.parameters if column.text(index))
    return f"best {trials.metric} {shown(score)}{f' with {values}' if values else ''} in trial {trials.numbers[index]}"


def winner_index(trials: Trials) -> int | None:
    """Where the winner stands; before there is one, the trial with the best score."""
    if trials.winner is not None and trials.winner in trials.numbers:
        found = list(trials.numbers).index(trials.winner)
        if trials.scores[found] is not None:
            return found
    if trials.climb and trials.climb[-1][0] in trials.numbers:
        return list(trials.numbers).index(trials.climb[-1][0])
    return None


def trend(trials: Trials) -> str:
    """Which parameter the score rises or falls with, if it clearly does with one."""
    found = [(correlation(trials, column), column.name) for column in trials.parameters if column.kind != "category"]
    clear = max(found, key=lambda one: abs(one[0]), default=(0.0, ""))
    if abs(clear[0]) < _CLEAR:
        return ""
    return f"{trials.metric} {'rises' if clear[0] > 0 else 'falls'} as {clear[1]} grows"


def correlation(trials: Trials, column: Column) -> float:
    """Spearman's rank correlation of a parameter and the score, in [-1, 1]; 0 for too few trials."""
    pairs = [
        (place, score)
        for place, score in zip(column.places, trials.scores, strict=True)
        if score is not None and not math.isnan(place)
    ]
    if len(pairs) < _FEWEST:
        return 0.0
    first, second = _ranks([place for place, _ in pairs]), _ranks([score for _, score in pairs])
    mean = (len(pairs) - 1) / 2
    both = sum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    spread = sum((a - mean) ** 2 for a in first) * sum((b - mean) ** 2 for b in second)
    return both / math.sqrt(spread) if spread > 0 else 0.0


def tally(trials: Trials) -> str:
    """`40 trials: 32 completed, 5 stopped`."""
    words = ", ".join(f"{trials.counts[state]:,} {state}" for state in STATES if trials.counts.get(state))
    return f"{counted(trials.total, 'trial')}: {words}" if words else "no trials yet"


def _short(column: Column, index: int) -> str:
    return column.text(index) if column.kind == "category" else shown(column.places[index])


def _ranks(numbers: Sequence[float]) -> list[float]:
    """Ranks from 0; equal numbers share the mean of theirs."""
    order = sorted(range(len(numbers)), key=lambda i: numbers[i])
    ranks = [0.0] * len(numbers)
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or numbers[order[end]] != numbers[order[start]]:
            for i in order[start:end]:
                ranks[i] = (start + end - 1) / 2
            start = end
    return ranks
