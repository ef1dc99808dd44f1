"""TuneStep: a step that runs its script many times and keeps the best.

To tune an existing step, wrap it: the step stays as it is, its script too,
and every trial gets its values as further command line options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from hyperstep.errors import DefinitionError, SpaceError
from hyperstep.pipeline import accept
from hyperstep.pipeline.data import TRIAL_IDS, BestFile, OutputOf, TrialTable
from hyperstep.pipeline.names import listed
from hyperstep.pipeline.step import Step, checked_output
from hyperstep.search.history import History
from hyperstep.search.metric import Metric
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policy import TerminationPolicy
from hyperstep.search.sampler import Sampler
from hyperstep.search.samplers.grid import GridSampler
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.samplers.sobol import SobolSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.values import Values

SYSTEMATIC_SAMPLERS = (GridSampler, SobolSampler)
"""Samplers that go through a space in an order of their own, which not every space has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a search ends.

    trials: how many trials at most, 1 or more.
    concurrent: how many of them at once, 1 or more.
    duration: seconds until what still runs is stopped; None for no limit. A finished best stays the best.
    trial_duration: seconds until one trial and all it started are stopped; None for no limit.
    first_failures: the search ends when its first so many trials all fail; 0 to go on whatever happens.
    failed_share: the search ends when more than this share of its trials has failed, once `first_failures` have; in
        (0, 1), or None to go on.
    retries: how often a trial that fails is run again, each time in a folder of its own; what an earlier attempt
        reported doesn't count. A trial that is stopped isn't run again.
    """

    trials: int = 20
    concurrent: int = 2
    duration: float | None = None
    trial_duration: float | None = None
    first_failures: int = 3
    failed_share: float | None = None
    retries: int = 0

    def __post_init__(self) -> None:
        accept.whole(self.trials, "Limits.trials", least=1)
        accept.whole(self.concurrent, "Limits.concurrent", least=1)
        accept.whole(self.first_failures, "Limits.first_failures", least=0)
        accept.whole(self.retries, "Limits.retries", least=0)
        accept.share(self.failed_share, "Limits.failed_share")
        object.__setattr__(self, "duration", accept.seconds(self.duration, "Limits.duration"))
        object.__setattr__(self, "trial_duration", accept.seconds(self.trial_duration, "Limits.trial_duration"))


@dataclass(frozen=True, slots=True)
class TuneStep:
    """Run a step's script over a search space and keep the best trial.

    step: what every trial runs; sampled values follow its arguments as `--name value`, sorted by name.
    space: names and distributions; a mapping is taken as well.
    metric: what the script logs, and whether more or less of it is better.
    name: the step's own name if left out.
    first: values to try before the sampler is asked, each with every name of the space.
    resume_from: ids of earlier tuning steps (`41/tune`) of the same metric and goal, which the sampler and the policy
        learn from. Their trials are read when the run is submitted.
    options: False if the values don't follow the step's arguments, so that only variables tell them.
    variables: what stands before a value's name, without its leading dashes, in the environment variable that tells it,
        such as `SWEEP_`; None for no such variables.
    """

    step: Step
    _: KW_ONLY
    space: SearchSpace
    metric: Metric
    sampler: Sampler = field(default_factory=RandomSampler)
    policy: TerminationPolicy = field(default_factory=NoPolicy)
    limits: Limits = field(default_factory=Limits)
    name: str = ""
    first: tuple[Values, ...] = ()
    resume_from: tuple[str, ...] = ()
    reuse: bool = True
    options: bool = True
    variables: str | None = None

    def __post_init__(self) -> None:
        keep = object.__setattr__
        accept.instance(self.step, Step, "The step of a TuneStep", hint="TuneStep(Step('train.py'), ...)")
        keep(self, "name", accept.title(self.name or self.step.name, f"The name of the TuneStep of {self.step.name!r}"))
        where = f"Step {self.name!r}: its"
        keep(self, "space", SearchSpace.of(self.space))
        accept.instance(self.metric, Metric, f"{where} metric", hint="maximize('r2') or minimize('mse')")
        if isinstance(self.sampler, type) or not hasattr(self.sampler, "suggest"):
            raise DefinitionError(f"{where} sampler is {accept.shown(self.sampler)}. Write RandomSampler(seed=0).")
        if isinstance(self.policy, type) or not hasattr(self.policy, "reason_to_stop"):
            raise DefinitionError(f"{where} policy is {accept.shown(self.policy)}. Write MedianPolicy().")
        if isinstance(self.sampler, SYSTEMATIC_SAMPLERS):
            _check_way_through(self.sampler, self.space, History(self.metric.goal), f"{where} sampler")
        accept.instance(self.limits, Limits, f"{where} limits", hint="Limits(trials=20, concurrent=2)")
        keep(self, "first", _first(self.first, self.space, f"{where} first"))
        keep(self, "resume_from", accept.texts(self.resume_from, f"{where} resume_from"))
        accept.yes_or_no(self.reuse, f"{where} reuse")
        accept.yes_or_no(self.options, f"{where} options")
        if self.variables is not None and "=" in accept.text(self.variables, f"{where} variables", empty=True):
            raise DefinitionError(f"{where} variables is {self.variables!r}, but a variable's name can't hold '='.")
        if not self.options and self.variables is None:
            raise DefinitionError(
                f"{where} options is False, and no variables are named, so no trial would learn its values. "
                f"Write variables='SWEEP_'."
            )

    def best_file(self, path: str) -> BestFile:
        """A file that the best trial wrote below `outputs/`, as an argument of a later step."""
        return BestFile(self.name, path)

    def output(self, name: str) -> OutputOf:
        """The best trial's output of this name, as an argument of a later step.

        Raises DefinitionError if no argument of the wrapped step is Output(name).
        """
        return OutputOf(self.name, checked_output(self.step, name, self.name))

    def trial_table(self, ids: str = TRIAL_IDS) -> TrialTable:
        """Every trial's metrics as a JSON file, as an argument of a later step; ids as in TrialTable."""
        return TrialTable(self.name, ids)


def _check_way_through(sampler: Sampler, space: SearchSpace, history: History, where: str) -> None:
    """Ask for the first proposal, which these samplers refuse where they would refuse any."""
    try:
        sampler.suggest(space, history)
    except SpaceError as error:
        raise SpaceError(f"{where} is {accept.shown(sampler)}, which can't go through its space. {error}") from error


def _first(values: object, space: SearchSpace, where: str) -> tuple[Values, ...]:
    if not isinstance(values, (list, tuple)) or not all(isinstance(item, Mapping) for item in values):
        raise DefinitionError(f"{where} is {accept.shown(values)}, but must be a list of mappings: [{{'alpha': 0.1}}].")
    for number, item in enumerate(values, 1):
        unknown = set(item) - set(space.names)
        if unknown:
            raise DefinitionError(
                f"{where}, item {number}, has a value for {listed(sorted(unknown))}, but the space has "
                f"{listed(space.names)}."
            )
        try:
            space.position(item)
        except SpaceError as error:
            raise DefinitionError(f"{where}, item {number}: {error}") from error
    return tuple({name: item[name] for name in space.names if name in item} for item in values)
