"""Finds the classes that documents may name: our own, and those of plug-ins.

A plug-in offers a sampler or a policy as an entry point in the group
`hyperstep.samplers` or `hyperstep.policies`. Installed packages are looked
through only when somebody asks for a kind that isn't ours.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING

from hyperstep.errors import PluginError
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
from hyperstep.search.metric import Metric
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.samplers.bayesian import BayesianSampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.optuna import OptunaSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import Trial, TrialStatus

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUPS = {"hyperstep.samplers": "suggest", "hyperstep.policies": "reason_to_stop"}

OWN: tuple[type, ...] = (
    *(Choice, Branch, RandInt, Uniform, QUniform, LogUniform, QLogUniform, Normal, QNormal, LogNormal, QLogNormal),
    *(SearchSpace, Goal, Metric, Trial, TrialStatus),
    *(RandomSampler, GridSampler, SobolSampler, BayesianSampler, OptunaSampler),
    *(NoPolicy, BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy, AshaPolicy),
)


def known_kinds(*, plugins: bool = False) -> tuple[type, ...]:
    """Our search classes; with plugins, those of installed packages before them.

    Raises PluginError, with its name, for a plug-in that can't be loaded.
    """
    return (*_installed(), *OWN) if plugins else OWN


def _installed() -> tuple[type, ...]:
    from importlib.metadata import entry_points  # 20 ms that most commands don't need

    return tuple(_load(entry, method) for group, method in GROUPS.items() for entry in entry_points(group=group))


def _load(entry: EntryPoint, method: str) -> type:
    try:
        kind = entry.load()
    except Exception as error:
        raise PluginError(f"{entry.group} {entry.name!r} ({entry.value}) can't be loaded: {error!r}") from error
    if not (isinstance(kind, type) and is_dataclass(kind) and callable(getattr(kind, method, None))):
        raise PluginError(
            f"{entry.group} {entry.name!r} ({entry.value}) is {kind!r}, but a frozen dataclass with a method "
            f"{method!r} was expected."
        )
    return kind
