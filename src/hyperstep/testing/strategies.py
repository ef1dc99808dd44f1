"""Hypothesis strategies for distributions, spaces and histories; needs Hypothesis."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from hyperstep.search.distribution import LAST, Distribution
from hyperstep.search.distributions import (
    Branch,
    Choice,
    LogNormal,
    LogUniform,
    Normal,
    QLogNormal,
    QLogUniform,
    QNormal,
    QUniform,
    RandInt,
    Uniform,
)
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus
from hyperstep.search.values import Value

ENDS = (TrialStatus.COMPLETED, TrialStatus.STOPPED, TrialStatus.FAILED, TrialStatus.CANCELLED)


def shares() -> st.SearchStrategy[float]:
    """Coordinates of the unit cube: [0, 1)."""
    return st.floats(0, LAST)


def scores() -> st.SearchStrategy[float]:
    """What scripts report: mostly small numbers, equal ones among them, sometimes NaN or an infinity."""
    return st.one_of(
        st.sampled_from((-1.0, -0.5, 0.0, 0.5, 0.9, 1.0)),
        st.floats(-100, 100),
        st.sampled_from((math.nan, math.inf, -math.inf, 1e308, -1e308)),
    )


def options() -> st.SearchStrategy[Value]:
    """One option of a choice, of any kind."""
    return st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(-5, 5), st.text(max_size=4))


def finite_distributions() -> st.SearchStrategy[Distribution]:
    """Distributions with few values."""
    steps = st.sampled_from((0.1, 0.5, 1, 2, 5))
    return st.one_of(
        st.builds(lambda items: Choice(tuple(items)), st.lists(options(), min_size=1, max_size=5)),
        st.builds(RandInt, st.integers(1, 8)),
        _between(QUniform, -4, 4, steps),
        _between(QLogUniform, -3, 2, steps),
    )


def distributions() -> st.SearchStrategy[Distribution]:
    """Distributions of all ten forms."""
    means, deviations = st.floats(-5, 5), st.floats(0.01, 3)
    steps = st.sampled_from((0.1, 0.5, 1, 2, 5))
    return st.one_of(
        finite_distributions(),
        _between(Uniform, -1e6, 1e6),
        _between(LogUniform, -20, 20),
        st.builds(Normal, means, deviations),
        st.builds(LogNormal, means, deviations),
        st.builds(QNormal, means, deviations, steps),
        st.builds(QLogNormal, means, deviations, steps),
    )


def names() -> st.SearchStrategy[str]:
    """Names of dimensions, with and without dashes."""
    return st.sampled_from(("alpha", "--beta", "-C", "batch_size", "learning-rate", "x1", "--x1", "_y"))


@st.composite
def spaces(draw: st.DrawFn, axes: st.SearchStrategy[Distribution] | None = None, *, dimensions: int = 4) -> SearchSpace:
    """Search spaces of 1 to `dimensions` dimensions."""
    chosen = draw(st.lists(names(), min_size=1, max_size=dimensions, unique_by=lambda name: name.lstrip("-")))
    return SearchSpace({name: draw(axes if axes is not None else distributions()) for name in chosen})


@st.composite
def nested_spaces(draw: st.DrawFn, axes: st.SearchStrategy[Distribution] | None = None) -> SearchSpace:
    """Search spaces with a choice whose options bring more to choose, down to two levels."""
    within = axes if axes is not None else distributions()
    deep = Choice((Branch("p", {"deep": draw(within)}), "q"))
    options: list[Value | Branch] = [
        Branch(1, {"inner": draw(within)}),
        2,
        Branch(3, {"inner": draw(within), "more": draw(within), "at": deep}),
    ]
    return SearchSpace(
        {**draw(spaces(axes, dimensions=2)).dimensions, "kind": Choice(tuple(draw(st.permutations(options))))}
    )


@st.composite
def histories(draw: st.DrawFn, *, trials: int = 8, reports: int = 6) -> History:
    """Histories of at most so many trials with so many reports each, in any order of events."""
    history = History(draw(st.sampled_from(Goal)))
    for number in range(draw(st.integers(0, trials))):
        history.suggest(number, {"a": draw(st.floats(0, 1))})
    for _ in range(draw(st.integers(0, trials * reports))):
        if not history.running:
            break
        number = draw(st.sampled_from(sorted(history.running)))
        if history.reports(number) < reports and draw(st.integers(0, 9)):
            history.report(number, draw(scores()))
        else:
            history.end(number, draw(st.sampled_from(ENDS)))
    return history


def _between(
    kind: type[Distribution], least: float, most: float, *more: st.SearchStrategy[float]
) -> st.SearchStrategy[Distribution]:
    ends = st.tuples(st.floats(least, most), st.floats(least, most)).map(sorted)
    apart = ends.filter(lambda pair: pair[1] - pair[0] > 1e-6 * (most - least))
    return st.tuples(apart, *more).map(lambda drawn: kind(*drawn[0], *drawn[1:]))
