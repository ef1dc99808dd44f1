"""TuneStep: a step that runs its script many times and keeps the best.

To tune an existing step, wrap it: the step stays as it is, its script too,
and every trial gets its values as further command line options.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

from hyperstep.pipeline.data import BestFile, OutputOf, TrialTable
from hyperstep.pipeline.step import Step
from hyperstep.search.metric import Metric
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.sampler import Sampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a search ends.

    trials: how many trials at most, 1 or more.
    concurrent: how many of them at once, 1 or more.
    duration: seconds until what still runs is stopped; None for no limit. A finished best stays the best.
    trial_duration: seconds until one trial and all it started are stopped; None for no limit.
    first_failures: the search ends when its first so many trials all fail; 0 to go on whatever happens.
    """

    trials: int = 20
    concurrent: int = 2
    duration: float | None = None
    trial_duration: float | None = None
    first_failures: int = 3


@dataclass(frozen=True, slots=True)
class TuneStep:
    """Run a step's script over a search space and keep the best trial.

    step: what every trial runs; sampled values follow its arguments as `--name value`, sorted by name.
    space: names and distributions; a mapping is taken as well.
    metric: what the script logs, and whether more or less of it is better.
    name: the step's own name if left out.
    """

    step: Step
    _: KW_ONLY
    space: SearchSpace
    metric: Metric
    sampler: Sampler = field(default_factory=RandomSampler)
    policy: TerminationPolicy = field(default_factory=NoPolicy)
    limits: Limits = field(default_factory=Limits)
    name: str = ""
    reuse: bool = True

    def best_file(self, path: str) -> BestFile:
        """A file that the best trial wrote below `outputs/`, as an argument of a later step."""
        return BestFile(self.name, path)

    def output(self, name: str) -> OutputOf:
        """The best trial's output of this name, as an argument of a later step."""
        return OutputOf(self.name, name)

    def trial_table(self) -> TrialTable:
        """Every trial's metrics as a JSON file, as an argument of a later step."""
        return TrialTable(self.name)
