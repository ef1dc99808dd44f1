"""hyperstep runs ML pipelines whose training step tunes itself.

The public names are loaded when they are first used: a training script that
imports `hyperstep.tracking` pays for nothing else, in any Python from 3.8.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing typing would take a third of our time in every job

if TYPE_CHECKING:
    from hyperstep.errors import DefinitionError as DefinitionError
    from hyperstep.errors import GraphError as GraphError
    from hyperstep.errors import HyperstepError as HyperstepError
    from hyperstep.errors import NotFound as NotFound
    from hyperstep.errors import PluginError as PluginError
    from hyperstep.errors import RunCancelled as RunCancelled
    from hyperstep.errors import RunFailed as RunFailed
    from hyperstep.errors import SpaceError as SpaceError
    from hyperstep.errors import SubmissionError as SubmissionError
    from hyperstep.errors import TrackingError as TrackingError
    from hyperstep.errors import UnknownKind as UnknownKind
    from hyperstep.errors import UnknownParameter as UnknownParameter
    from hyperstep.errors import WorkspaceBusy as WorkspaceBusy
    from hyperstep.errors import WorkspaceMissing as WorkspaceMissing
    from hyperstep.errors import WorkspaceNotYours as WorkspaceNotYours
    from hyperstep.errors import WorkspaceTooNew as WorkspaceTooNew
    from hyperstep.finished import BestTrial as BestTrial
    from hyperstep.finished import FinishedRun as FinishedRun
    from hyperstep.pipeline.data import BestFile as BestFile
    from hyperstep.pipeline.data import Dataset as Dataset
    from hyperstep.pipeline.data import JobName as JobName
    from hyperstep.pipeline.data import Joined as Joined
    from hyperstep.pipeline.data import Output as Output
    from hyperstep.pipeline.data import OutputOf as OutputOf
    from hyperstep.pipeline.data import TrialTable as TrialTable
    from hyperstep.pipeline.environment import Environment as Environment
    from hyperstep.pipeline.environment import Start as Start
    from hyperstep.pipeline.parameter import Parameter as Parameter
    from hyperstep.pipeline.pipeline import Pipeline as Pipeline
    from hyperstep.pipeline.register import RegisterStep as RegisterStep
    from hyperstep.pipeline.source import Source as Source
    from hyperstep.pipeline.step import Step as Step
    from hyperstep.pipeline.tune import Limits as Limits
    from hyperstep.pipeline.tune import TuneStep as TuneStep
    from hyperstep.running import run as run
    from hyperstep.search.distributions import Branch as Branch
    from hyperstep.search.distributions import Choice as Choice
    from hyperstep.search.distributions import LogNormal as LogNormal
    from hyperstep.search.distributions import LogUniform as LogUniform
    from hyperstep.search.distributions import Normal as Normal
    from hyperstep.search.distributions import QLogNormal as QLogNormal
    from hyperstep.search.distributions import QLogUniform as QLogUniform
    from hyperstep.search.distributions import QNormal as QNormal
    from hyperstep.search.distributions import QUniform as QUniform
    from hyperstep.search.distributions import RandInt as RandInt
    from hyperstep.search.distributions import Uniform as Uniform
    from hyperstep.search.distributions import choice as choice
    from hyperstep.search.distributions import lognormal as lognormal
    from hyperstep.search.distributions import loguniform as loguniform
    from hyperstep.search.distributions import normal as normal
    from hyperstep.search.distributions import qlognormal as qlognormal
    from hyperstep.search.distributions import qloguniform as qloguniform
    from hyperstep.search.distributions import qnormal as qnormal
    from hyperstep.search.distributions import quniform as quniform
    from hyperstep.search.distributions import randint as randint
    from hyperstep.search.distributions import uniform as uniform
    from hyperstep.search.goal import Goal as Goal
    from hyperstep.search.metric import Metric as Metric
    from hyperstep.search.metric import maximize as maximize
    from hyperstep.search.metric import minimize as minimize
    from hyperstep.search.policies.asha import AshaPolicy as AshaPolicy
    from hyperstep.search.policies.bandit import BanditPolicy as BanditPolicy
    from hyperstep.search.policies.median import MedianStoppingPolicy as MedianStoppingPolicy
    from hyperstep.search.policies.none import NoPolicy as NoPolicy
    from hyperstep.search.policies.truncation import TruncationSelectionPolicy as TruncationSelectionPolicy
    from hyperstep.search.samplers.bayesian import BayesianSampler as BayesianSampler
    from hyperstep.search.samplers.grid import GridSampler as GridSampler
    from hyperstep.search.samplers.random import RandomSampler as RandomSampler
    from hyperstep.search.samplers.sobol import SobolSampler as SobolSampler
    from hyperstep.search.space import SearchSpace as SearchSpace
    from hyperstep.workspace import Workspace as Workspace

__version__ = "0.1.0"

_NAMES = {
    "errors": (
        "DefinitionError GraphError HyperstepError NotFound PluginError RunCancelled RunFailed SpaceError "
        "SubmissionError TrackingError UnknownKind UnknownParameter WorkspaceBusy WorkspaceMissing WorkspaceNotYours "
        "WorkspaceTooNew"
    ),
    "finished": "BestTrial FinishedRun",
    "pipeline.data": "BestFile Dataset JobName Joined Output OutputOf TrialTable",
    "pipeline.environment": "Environment Start",
    "pipeline.parameter": "Parameter",
    "pipeline.pipeline": "Pipeline",
    "pipeline.register": "RegisterStep",
    "pipeline.source": "Source",
    "pipeline.step": "Step",
    "pipeline.tune": "Limits TuneStep",
    "running": "run",
    "search.distributions": (
        "Branch Choice LogNormal LogUniform Normal QLogNormal QLogUniform QNormal QUniform RandInt Uniform "
        "choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform"
    ),
    "search.goal": "Goal",
    "search.metric": "Metric maximize minimize",
    "search.policies.asha": "AshaPolicy",
    "search.policies.bandit": "BanditPolicy",
    "search.policies.median": "MedianStoppingPolicy",
    "search.policies.none": "NoPolicy",
    "search.policies.truncation": "TruncationSelectionPolicy",
    "search.samplers.bayesian": "BayesianSampler",
    "search.samplers.grid": "GridSampler",
    "search.samplers.random": "RandomSampler",
    "search.samplers.sobol": "SobolSampler",
    "search.space": "SearchSpace",
    "workspace": "Workspace",
}
_PLACES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = list(_PLACES)


def __getattr__(name: str) -> object:
    """Load a public name when it is first used (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module 'hyperstep' has no attribute {name!r}")
    value = getattr(import_module(f"hyperstep.{_PLACES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, loaded or not."""
    return sorted(set(globals()) | set(_PLACES))


def load_ipython_extension(_: object) -> None:
    """`%load_ext hyperstep`: let a notebook that is written for the Azure ML SDK v1 run here."""
    from hyperstep.azureml_v1 import enable

    enable()
