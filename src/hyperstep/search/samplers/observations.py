"""What a search has seen so far, as arrays that grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hyperstep.errors import SpaceError
from hyperstep.search.history import WORST, History
from hyperstep.search.samplers.kernels import Array, Fit, fit_for
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial, TrialStatus


@dataclass(slots=True)
class Observations:
    """The finished trials of a search, after those of earlier searches.

    points: (n, d), in the cube; NaN where an axis doesn't apply.
    merits: (n,), more is better; minus infinity for a trial that failed or has no score.
    fits: of the space's d axes.
    finished: how many trials of this search are among them.
    running: the points of trials that hadn't ended when they were last asked for, by number.
    """

    space: SearchSpace
    points: Array
    merits: Array
    fits: Sequence[Fit]
    finished: int = 0
    running: dict[int, tuple[float, ...]] = field(default_factory=dict)


def observed(space: SearchSpace, history: History) -> Observations:
    """Those of a history, which remembers them: only trials that ended since are worked out."""
    known = history.memory.get("observations")
    if not isinstance(known, Observations) or known.space != space:
        fits = [fit_for(axis.distribution) for axis in space.axes]
        known = Observations(space, np.empty((0, len(space.axes))), np.empty(0), fits)
        _add(known, history, [(-1 - index, trial) for index, trial in enumerate(history.prior)])
        history.memory["observations"] = known
    new = history.finished[known.finished :]
    _add(known, history, [(trial.number, trial) for trial in new])
    known.finished += len(new)
    return known


def running(known: Observations, history: History) -> Array:
    """The points of the trials that have not ended, (m, d)."""
    before = known.running
    known.running = {
        number: before.get(number) or known.space.position(history.trial(number).values) for number in history.running
    }
    return np.array(list(known.running.values())).reshape(-1, len(known.space.axes))


def _add(known: Observations, history: History, trials: list[tuple[int, Trial]]) -> None:
    points, merits = [], []
    for number, trial in trials:
        try:
            points.append(known.running.get(number) or known.space.position(trial.values))
        except SpaceError:  # the space of an earlier search was another one
            continue
        score = None if trial.status is TrialStatus.FAILED else history.score(number)
        merits.append(WORST if score is None else history.merit(score))
    if points:
        known.points = np.concatenate([known.points, points])
        known.merits = np.concatenate([known.merits, merits])
