"""HyperDriveConfig: what a search runs, what it tries, what it goes by and when it ends."""

from __future__ import annotations

from enum import Enum
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import direct
from hyperstep.azureml_v1.exceptions import HyperDriveConfigException
from hyperstep.azureml_v1.policies import NoTerminationPolicy
from hyperstep.azureml_v1.script_run import ScriptRunConfig
from hyperstep.azureml_v1.v1_object import V1Object
from hyperstep.errors import UnsupportedV1

MOST_PARENTS = 5
MOST_RUNS = 1000
WEEK = 10080


class PrimaryMetricGoal(Enum):
    """Whether more or less of the primary metric is better."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"

    @staticmethod
    def from_str(goal: str) -> PrimaryMetricGoal:
        for known in PrimaryMetricGoal:
            if goal in (known.name, known.name.lower()):
                return known
        raise HyperDriveConfigException("The primary metric goal expects either 'maximize' or 'minimize'.")


class HyperDriveConfig(V1Object):
    """A search: its script, sampling, metric, policy and limits; debug_flag and custom_run_id are only recorded."""

    def __init__(
        self,
        hyperparameter_sampling: Any,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: Optional[int] = None,
        max_duration_minutes: int = WEEK,
        policy: Any = None,
        estimator: Any = None,
        run_config: Any = None,
        resume_from: Any = None,
        resume_child_runs: Any = None,
        pipeline: Any = None,
        debug_flag: Any = None,
        custom_run_id: Optional[str] = None,
    ) -> None:
        _check_what_runs(estimator, run_config, pipeline)
        if hyperparameter_sampling is None:
            raise HyperDriveConfigException("HyperDriveConfig expects hyperparameter_sampling to be set")
        if resume_child_runs:
            raise UnsupportedV1(
                "HyperDriveConfig(resume_child_runs=...) hands each script the folder of an earlier run, which isn't "
                "done here. Use resume_from for a search that learns from earlier ones."
            )
        self._sampling = hyperparameter_sampling
        self._policy = policy if policy is not None else NoTerminationPolicy()
        self._metric = {"name": primary_metric_name, "goal": primary_metric_goal.name.lower()}
        self._limits = {
            "max_total_jobs": int(max_total_runs),
            "max_concurrent_jobs": int(max_concurrent_runs or max_total_runs),
            "max_duration_minutes": int(max_duration_minutes),
        }
        self._estimator: Any = None if estimator is None else _unswept(estimator, hyperparameter_sampling)
        self._run_config = run_config
        self._resumed = _earlier(resume_from)
        self._check_earlier()

    @property
    def estimator(self) -> Any:
        return self._estimator

    @property
    def run_config(self) -> Any:
        return self._run_config

    @property
    def source_directory(self) -> Any:
        return (self._run_config or self._estimator).source_directory

    def _document(self, name: str) -> Dict[str, Any]:
        """The form in which it is submitted, to an experiment of this name."""
        return {
            "name": name,
            "platform": "AML",
            "generator_config": self._sampling.to_json(),
            "policy_config": self._policy.to_json(),
            "primary_metric_config": dict(self._metric),
            **self._limits,
            "resume_from": [run.id for run in self._resumed],
            "resume_child_runs": [],
        }

    def _submit(self, experiment: Any, tags: Optional[Dict[str, Any]] = None, **recorded: Any) -> Any:
        from hyperstep.azureml_v1.hyperdrive_run import HyperDriveRun
        from hyperstep.azureml_v1.steps import HyperDriveStep, searched_script

        script = searched_script(self)
        step = HyperDriveStep(
            direct.title(script.script, script.command),
            self,
            inputs=direct.inputs(getattr(self._estimator, "_inputs", []), script.command or script.arguments or []),
            allow_reuse=False,
        )
        run = direct.submit(experiment, step, kind="hyperdrive", tags=tags, timeout=script.timeout)
        return HyperDriveRun(experiment, "HD_%s_0" % run, self)

    def _check_earlier(self) -> None:
        if len(self._resumed) > MOST_PARENTS:
            raise HyperDriveConfigException("HyperDriveConfig expects the number of parent runs to not exceed than 5")
        seen = set()
        total = self._limits["max_total_jobs"]
        for run in self._resumed:
            if run.id in seen:
                raise HyperDriveConfigException(
                    "resume_from cannot contain duplicate runs. More than one run with id '%s' was found" % run.id
                )
            seen.add(run.id)
            self._check_alike(run.hyperdrive_config)
            status = run.get_status()
            if status not in ("Completed", "Canceled"):
                raise HyperDriveConfigException(
                    "All resume_from runs should be completed or canceled. A resume_from run with status '%s' was "
                    "found." % status
                )
            total += run.hyperdrive_config._limits["max_total_jobs"]
        if total > MOST_RUNS and self._resumed:
            raise HyperDriveConfigException("The number of total runs should not be greater than 1000. ")

    def _check_alike(self, earlier: Any) -> None:
        for key in ("name", "goal"):
            if earlier._metric[key] != self._metric[key]:
                raise HyperDriveConfigException(
                    "primary_metric_%s should be the same for all runs. Current run's %s is %s, while a run with %s "
                    "was found" % (key, key, self._metric[key], earlier._metric[key])
                )
        mine, other = self._sampling.to_json(), earlier._sampling.to_json()
        if mine["name"] == "BayesianOptimization" and mine["parameter_space"] != other["parameter_space"]:
            raise HyperDriveConfigException(
                "A Bayesian search goes on from searches of the same parameter space only. Current run's space is %s, "
                "while a run with %s was found" % (mine["parameter_space"], other["parameter_space"])
            )


class HyperDriveRunConfig(V1Object):
    """The old name of HyperDriveConfig, which it makes one of; its first argument is the estimator."""

    def __new__(cls, estimator: Any, *given: Any, **named: Any) -> HyperDriveConfig:  # type: ignore[misc]
        named["estimator"] = estimator
        return HyperDriveConfig(*given, **named)


def read_back(document: Dict[str, Any]) -> HyperDriveConfig:
    """The configuration that a search was submitted with, less its script."""
    from hyperstep.azureml_v1.policies import _policy_from_dict
    from hyperstep.azureml_v1.samplings import _sampling_from_dict

    config = HyperDriveConfig.__new__(HyperDriveConfig)
    config._sampling = _sampling_from_dict(document["generator_config"])
    config._policy = _policy_from_dict(document["policy_config"])
    config._metric = dict(document["primary_metric_config"])
    config._limits = {key: document[key] for key in ("max_total_jobs", "max_concurrent_jobs", "max_duration_minutes")}
    config._estimator = config._run_config = None
    config._resumed = []
    return config


def _check_what_runs(estimator: Any, run_config: Any, pipeline: Any) -> None:
    given = [one for one in (estimator, run_config, pipeline) if one is not None]
    if not given:
        raise HyperDriveConfigException(
            "HyperDriveConfig expects at least one of estimator, run_config, pipeline to be set"
        )
    if len(given) > 1:
        raise HyperDriveConfigException(
            "HyperDriveConfig expects only one of estimator, run_config, pipeline to be set"
        )
    if pipeline is not None:
        raise UnsupportedV1(
            "HyperDriveConfig(pipeline=...) would run a whole pipeline for each of the values, which isn't done here. "
            "Put a HyperDriveStep into the pipeline, with the script that the values are for."
        )
    if run_config is not None and not isinstance(run_config, ScriptRunConfig):
        raise HyperDriveConfigException("Expected type ScriptRunConfig for run_config but got [Scrubbed]")


def _unswept(estimator: Any, sampling: Any) -> Any:
    """An estimator without the parameters that are searched over: of its arguments v1 passes none twice."""
    from hyperstep.azureml_v1.estimator import MMLBaseEstimator

    swept = sampling.to_json()["parameter_space"] or {}
    return estimator._less(swept) if isinstance(estimator, MMLBaseEstimator) else estimator


def _earlier(runs: Any) -> List[Any]:
    if runs is None:
        return []
    return list(runs) if isinstance(runs, (list, tuple)) else [runs]
