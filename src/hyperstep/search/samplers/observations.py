"""What a search has seen so far, as arrays that grow with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hyperstep.errors import SpaceError
from hyperstep.search.history import WORST, History
from hyperstep.search.samplers.kernels import Array
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial, TrialStatus


@dataclass(slots=True)
class Observations:
    """The finished trials of a search, after those of earlier searches.

    points: (n, d), in the cube; NaN where an axis doesn't apply.
    merits: (n,), more is better; minus infinity for a trial that failed or has no score.
    finished: how many trials of this search are among them.
    """

    space: SearchSpace
    points: Array
    merits: Array
    finished: int = 0


def observed(space: SearchSpace, history: History) -> Observations:
    """Those of a history, which remembers them: only trials that ended since are worked out."""
    known = history.memory.get("observations")
    if not isinstance(known, Observations) or known.space != space:
        known = Observations(space, np.empty((0, len(space.axes))), np.empty(0))
        _add(known, history, [(-1 - index, trial) for index, trial in enumerate(history.prior)])
        history.memory["observations"] = known
    new = history.finished[known.finished :]
    _add(known, history, [(trial.number, trial) for trial in new])
    known.finished += len(new)
    return known


def running(space: SearchSpace, history: History) -> Array:
    """The points of the trials that have not ended, (m, d)."""
    points = [space.position(trial.values) for trial in history.running.values()]
    return np.array(points).reshape(-1, len(space.axes))


def _add(known: Observations, history: History, trials: list[tuple[int, Trial]]) -> None:
    points, merits = [], []
    for number, trial in trials:
        try:
            points.append(known.space.position(trial.values))
        except SpaceError:  # the space of an earlier search was another one
            continue
        score = None if trial.status is TrialStatus.FAILED else history.score(number)
        merits.append(WORST if score is None else history.merit(score))
    if points:
        known.points = np.concatenate([known.points, points])
        known.merits = np.concatenate([known.merits, merits])
