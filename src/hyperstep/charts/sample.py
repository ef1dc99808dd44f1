"""Which trials of a large search are drawn: the best, all that run, and a sample of the rest.

The sample is stratified by score: the rest is sorted by score and cut into as
many pieces as there are places, and one trial is drawn from each. So it has
the shape of the whole. The same search gives the same sample.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from hyperstep.charts.numbers import counted
from hyperstep.charts.trials import Trials
from hyperstep.search.goal import Goal

BEST = 500
SAMPLED = 1_500
MOST = BEST + SAMPLED


def chosen(
    scores: Sequence[float | None], states: Sequence[str], goal: Goal, *, best: int = BEST, sampled: int = SAMPLED
) -> list[int]:
    """The indexes of the trials to draw, rising: all of them if they are no more than both numbers say."""
    if len(scores) <= best + sampled:
        return list(range(len(scores)))
    sign = 1.0 if goal is Goal.MAXIMIZE else -1.0
    merits = [-math.inf if score is None else sign * score for score in scores]
    order = sorted(range(len(scores)), key=merits.__getitem__, reverse=True)  # of equals, the first stays first
    rest = order[best:]
    width = len(rest) / sampled
    draw = random.Random(len(scores))  # noqa: S311 - a sample to look at, and the same one each time
    sample = [
        rest[draw.randrange(math.floor(piece * width), math.floor((piece + 1) * width))] for piece in range(sampled)
    ]
    running = (index for index, state in enumerate(states) if state == "running")
    return sorted({*order[:best], *sample, *running})


def thinned(trials: Trials, *, best: int = BEST, sampled: int = SAMPLED) -> Trials:
    """The trials that are drawn; what is about the whole search stays."""
    if len(trials.numbers) <= best + sampled:
        return trials
    kept = chosen(trials.scores, trials.states, trials.goal, best=best, sampled=sampled)
    if len(kept) == len(trials.numbers):
        return trials
    return replace(
        trials,
        part=part(best, len(kept)),
        numbers=[trials.numbers[index] for index in kept],
        states=[trials.states[index] for index in kept],
        scores=[trials.scores[index] for index in kept],
        starts=[trials.starts[index] for index in kept] if trials.starts else (),
        seconds=[trials.seconds[index] for index in kept] if trials.seconds else (),
        parameters=tuple(
            replace(column, places=[column.places[index] for index in kept]) for column in trials.parameters
        ),
    )


def part(best: int, drawn: int) -> str:
    """What is drawn, in words, if it is a part."""
    return f"the best {best} and a sample of {drawn - best:,}"


def said(trials: Trials) -> str:
    """That a part is shown, and which; empty if all is."""
    return f"Drawn: {trials.part} of {counted(trials.total, 'trial')}." if trials.part else ""
